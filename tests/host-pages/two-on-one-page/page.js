for (const id of ['a', 'b']) introduce(document.getElementById(id));
