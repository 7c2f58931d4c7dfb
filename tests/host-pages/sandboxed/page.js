// What is heard inside is heard here.
addEventListener('message', ({ data }) => heard.push(...data));
