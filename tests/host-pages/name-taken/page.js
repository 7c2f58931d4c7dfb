customElements.define('vireo-studio', class extends HTMLElement {});
introduce(document.getElementById('b'));
const { defineVireoStudio } = await import('{files}/embed/vireo-studio.js');
defineVireoStudio('other-studio');
