for (const id of ['a', 'b']) introduce(document.getElementById(id));
await import('{files}/embed/vireo-studio.js');
const old = await import('{files}/embed/v{version}/vireo-studio.js');
old.defineVireoStudio('vireo-studio-old');
