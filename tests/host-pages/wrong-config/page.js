introduce(document.getElementById('a'), { typicalSeconds: { veo3: 'fast' } });
