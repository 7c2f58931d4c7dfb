window.studio = document.getElementById('a');
introduce(studio);
window.readies = 0;
studio.addEventListener('vireo-ready', () => { readies += 1; });
