const studio = document.querySelector('vireo-studio');
const log = document.getElementById('log');
const names = ['ready', 'submit', 'accepted', 'progress', 'succeeded', 'failed', 'unknown', 'crash'];

for (const name of names) {
  studio.addEventListener(`vireo-${name}`, (event) => {
    if (name === 'submit' && document.getElementById('veto').checked) event.preventDefault();
    log.textContent += `${event.type} ${event.detail?.state ?? ''} ${event.detail?.taskId ?? ''}\n`;
  });
}
document.getElementById('make').addEventListener('click', async () => {
  try {
    const task = await studio.generate({ prompt: 'A paper boat in the rain', model: 'veo3_fast' });
    log.textContent += `generate() → ${task.taskId}\n`;
  } catch (error) {
    log.textContent += `generate() was refused: ${error.message}\n`;
  }
});
