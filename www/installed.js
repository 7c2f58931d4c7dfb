// What a page of our own does as an installed app: registers the service worker, tells of new versions, takes images
// that other apps shared. Loaded after the page has started.

// A tab that is open for days looks for a new version when somebody comes back to it, but not more often than this.
const LOOK_AGAIN_MS = 3_600_000;

/** `address` is that of the worker, `page` that of the running wasm, by which a version is told from another. */
export async function install(address, page) {
  await takeShared().catch(console.warn);
  const workers = navigator.serviceWorker;
  if (!workers) return;
  let registration;
  try {
    registration = await workers.register(address, { updateViaCache: 'none' });
  } catch {
    // Private windows and blocked storage have no workers; the page does without.
    return;
  }
  const look = () => tell(registration.waiting ?? registration.active, page);
  workers.addEventListener('controllerchange', look);
  registration.addEventListener('updatefound', () => {
    const { installing } = registration;
    installing?.addEventListener('statechange', () => {
      if (installing.state === 'installed') look();
    });
  });
  look();
  let looked = Date.now();
  document.addEventListener('visibilitychange', () => {
    if (document.hidden || Date.now() - looked < LOOK_AGAIN_MS) return;
    looked = Date.now();
    registration.update().catch(() => {});
  });
}

/** Lets the page say that a new version is ready, where this worker brings one. */
function tell(worker, page) {
  if (!worker) return;
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = ({ data }) => {
    if (data === false) {
      document.documentElement.dataset.newer = '';
      dispatchEvent(new Event('vireo-newer'));
    }
    port1.close();
  };
  worker.postMessage({ page }, [port2]);
}

/** Hands shared images to the form the way a paste does. */
async function takeShared() {
  const name = `vireo-shared ${new URL('./', document.baseURI).pathname}`;
  if (!globalThis.caches || !(await caches.has(name))) return;
  const cache = await caches.open(name);
  const transfer = new DataTransfer();
  for (const request of await cache.keys()) {
    const image = await (await cache.match(request)).blob();
    transfer.items.add(new File([image], decodeURIComponent(request.url.split('/').at(-1)), { type: image.type }));
  }
  // The app takes the form over a moment after it was started.
  while (!document.querySelector('#vireo form')) await new Promise((done) => { setTimeout(done, 100); });
  // Firefox takes no files for an event of its own making.
  const paste = new ClipboardEvent('paste', { cancelable: true });
  Object.defineProperty(paste, 'clipboardData', { value: transfer });
  // Who takes what is pasted stops what the browser would do.
  if (!dispatchEvent(paste) || transfer.files.length === 0) await caches.delete(name);
}
