introduce(document.getElementById('a'));
// A stranger's words, a thousand of them: nobody listens.
for (let n = 0; n < 1000; n++) postMessage({ ns: 'vireo-studio', v: 1, type: 'hello' }, '*');
