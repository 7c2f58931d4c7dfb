introduce(document.getElementById('a'));
