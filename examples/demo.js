// The demo's videos lie on this machine, and it is quicker than the real thing: its relay's own page says both.
// On the open internet nothing of this is needed.
const { mediaOrigins, typicalSeconds } = await (await fetch('../config.json')).json();
for (const studio of document.querySelectorAll('vireo-studio, vireo-studio-frame')) {
  studio.config = { mediaOrigins, typicalSeconds };
}
