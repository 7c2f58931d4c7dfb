// How a page in TypeScript uses the package; compiled by `cargo xtask test`, never run.
import { VireoStudioElement, defineVireoStudio, type StudioTask } from '../../dist/embed/vireo-studio.js';
import '../../dist/embed/vireo-frame.js';
defineVireoStudio('my-studio');
const el = document.querySelector('vireo-studio')!;
el.config = { relay: 'https://r/', mediaOrigins: [], typicalSeconds: { veo3: 1 } };
el.addEventListener('vireo-succeeded', (e) => { const t: StudioTask = e.detail; t.urls[0]; });
el.addEventListener('click', (e) => e.clientX);
el.getToken = async () => 'x';
el.generate({ prompt: 'x', duration: 8 }).then((t) => t.taskId);
document.createElement('vireo-studio-frame').open('x');
class Mine extends VireoStudioElement {}
VireoStudioElement.version;
// @ts-expect-error
el.generate({ prompt: 'x', duration: 5 });
