// The service worker of the page of our own: lets it start without a network and takes images that other apps share.
// The build writes SHELL, the page's files, and VERSION, the hash of their content. A version's cache is filled once,
// when the worker is installed. It holds these files and nothing else: no answer of an API, no video, no configuration.
const SHELL = [];
const VERSION = '';

const scope = new URL(self.registration.scope);
const prefix = `vireo-shell ${scope.pathname} `;
const shared = `vireo-shared ${scope.pathname}`;
const shell = new Set(SHELL.map((name) => new URL(name, scope).href));
// A line that has not answered for this long is as good as none.
const PATIENCE_MS = 4_000;
// Pages that came from the cache: the rest of them comes from there too, so that no two versions are mixed.
const kept = new Set();

self.addEventListener('install', (event) => {
  event.waitUntil(fill());
  // Requests that buy something are none of the worker's business; where the browser can be told so, it is.
  event.addRoutes?.([
    { condition: { requestMethod: 'POST', urlPattern: new URLPattern({ pathname: `${scope.pathname}share` }) }, source: 'fetch-event' },
    { condition: { requestMethod: 'POST' }, source: 'network' },
  ])?.catch?.(() => {});
});

async function fill() {
  const cache = await caches.open(prefix + VERSION);
  // What is named by its content may come from the browser's own cache, where the page has just put it.
  await Promise.all(SHELL.map(async (name) => {
    const request = new Request(new URL(name, scope), { cache: isHashed(name) ? 'default' : 'no-cache', credentials: 'same-origin' });
    const response = await fetch(request);
    if (!response.ok) throw new Error(`${name}: HTTP ${response.status}`);
    await cache.put(request.url, response);
  }));
}

self.addEventListener('activate', (event) => {
  event.waitUntil((async () => {
    const versions = (await caches.keys()).filter((name) => name.startsWith(prefix));
    // The one before stays: tabs that are open may still load parts of it.
    const old = versions.filter((name) => name !== prefix + VERSION).slice(0, -1);
    await Promise.all(old.map((name) => caches.delete(name)));
  })());
});

self.addEventListener('fetch', (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (url.origin !== scope.origin) return;
  if (request.method === 'POST' && url.href === new URL('share', scope).href) {
    event.respondWith(takeShared(request));
    return;
  }
  if (request.method !== 'GET') return;
  if (request.mode === 'navigate') {
    if (isPage(url)) event.respondWith(page(event));
    return;
  }
  if (isHashed(url.pathname)) {
    event.respondWith(anyVersion(request));
  } else if (shell.has(url.origin + url.pathname)) {
    event.respondWith(kept.has(event.clientId) ? fromCache(url) : fetch(request).catch(() => fromCache(url)));
  }
});

function isPage(url) {
  return url.pathname === scope.pathname || url.pathname === `${scope.pathname}index.html`;
}

// Trunk puts the hash of the content into a name, without leading zeros.
function isHashed(path) {
  return /-[0-9a-f]{12,16}(_bg)?\.(js|css|wasm)$/.test(path);
}

// The newest page there is; without a network the one that was kept.
async function page(event) {
  const hung = new Promise((_, fail) => { setTimeout(fail, PATIENCE_MS, new Error('no answer')); });
  try {
    const response = await Promise.race([fetch(event.request), hung]);
    if (response.status < 500) return response;
  } catch { /* the kept one does */ }
  kept.add(event.resultingClientId);
  return fromCache(new URL('./', scope));
}

async function fromCache(url) {
  const cache = await caches.open(prefix + VERSION);
  return await cache.match(url.origin + url.pathname, { ignoreVary: true }) ?? Response.error();
}

async function anyVersion(request) {
  return await caches.match(request, { ignoreSearch: true, ignoreVary: true }) ?? fetch(request);
}

// Puts shared images where the page finds them, and shows the page; what was shared as words prefills the form.
async function takeShared(request) {
  const form = await request.formData();
  const cache = await caches.open(shared);
  const images = form.getAll('images').filter((image) => image instanceof File).slice(0, 3);
  await Promise.all(images.map((image, n) => cache.put(
    new URL(`shared/${Date.now()}-${n}/${encodeURIComponent(image.name || 'image')}`, scope),
    new Response(image, { headers: { 'content-type': image.type } }),
  )));
  const words = ['title', 'text', 'url'].map((name) => form.get(name)).filter((word) => typeof word === 'string' && word);
  const address = new URL('./', scope);
  if (words.length > 0) address.searchParams.set('prompt', words.join('\n'));
  return Response.redirect(address, 303);
}

// Phones show notifications through the worker.
self.addEventListener('notificationclick', (event) => {
  event.notification.close();
  event.waitUntil(self.clients.matchAll({ type: 'window', includeUncontrolled: true })
    .then(([open]) => (open ? open.focus() : self.clients.openWindow(scope.href))));
});

// A page asks whether it is of this version; if so, nobody needs to wait for it.
self.addEventListener('message', (event) => {
  const same = shell.has(event.data?.page);
  event.ports[0]?.postMessage(same);
  if (same) self.skipWaiting();
});
