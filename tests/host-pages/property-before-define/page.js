introduce(document.getElementById('a'), { prompt: 'set before the element was defined' });
await import('{files}/embed/vireo-studio.js');
