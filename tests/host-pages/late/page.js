const studio = document.getElementById('a');
introduce(studio);
customElements.whenDefined('vireo-studio').then(() => { window.introduced = true; });
