// Starts the app: theme before the first paint of the app, configuration and wasm side by side, and a card with a
// way out where that fails. What is typed or submitted before the app runs is kept and handed over by the page itself.
const script = document.querySelector('script[data-wasm]');
const root = document.getElementById('vireo');

// The one script address that is ever made from text, and the only policy there can be: whatever else gets into the
// page makes none.
const WORKER = new URL('sw.js', document.baseURI).href;
let worker = WORKER;
try {
  worker = globalThis.trustedTypes?.createPolicy('vireo', {
    createScriptURL(address) {
      if (address !== WORKER) throw new TypeError(`${address} is no script of this page`);
      return address;
    },
  }).createScriptURL(WORKER) ?? WORKER;
} catch { /* a host whose own policy allows none: the page does without its worker */ }

const theme = localStorageItem('vireo-theme');
if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;

root.querySelector('[data-early-submit]')?.addEventListener('click', (event) => {
  root.dataset.submitted = '';
  event.currentTarget.setAttribute('aria-busy', 'true');
});

async function readConfig() {
  const address = new URL('config.json', document.baseURI);
  const name = `vireo-config ${address.pathname}`;
  let response;
  try {
    response = await fetch(address, { cache: 'no-store' });
    if (response.status >= 500) throw new Error(`config.json: HTTP ${response.status}`);
  } catch (error) {
    // Without a network, or with a host in trouble, the page goes on speaking to whom it spoke last.
    const last = localStorageItem(name);
    if (last === null) throw error;
    return last;
  }
  if (response.status === 404) return '';
  if (!response.ok) throw new Error(`config.json: HTTP ${response.status}`);
  // Hosts that answer every path with their start page have no configuration either.
  if (response.headers.get('content-type')?.startsWith('text/html')) return '';
  const text = await response.text();
  try {
    localStorage.setItem(name, text);
  } catch { /* blocked or full */ }
  return text;
}

// Nothing where storage is blocked.
function localStorageItem(name) {
  try {
    return localStorage.getItem(name);
  } catch {
    return null;
  }
}

// Resolves once the form was painted: where everything is here at once, the app would be in its way. Tabs in the
// background paint nothing.
function seen() {
  return new Promise((resolve) => {
    requestAnimationFrame(() => setTimeout(resolve));
    setTimeout(resolve, 100);
  });
}

async function startApp() {
  const preload = document.querySelector('link[rel=preload][as=fetch]');
  const wasm = fetch(script.dataset.wasm, preload?.integrity ? { integrity: preload.integrity } : {});
  const [glue, config] = await Promise.all([
    import(new URL(script.dataset.js, document.baseURI)),
    readConfig().catch((error) => {
      console.warn(error);
      return '';
    }),
  ]);
  await Promise.all([glue.default({ module_or_path: wasm }), seen()]);
  const inline = document.getElementById('vireo-config')?.textContent ?? '';
  glue.start(root, config, inline);
  const page = new URL(script.dataset.wasm, document.baseURI).href;
  const install = () => import(new URL('installed.js', document.baseURI)).then((app) => app.install(worker, page)).catch(console.warn);
  (globalThis.requestIdleCallback ?? setTimeout)(install);
}

// The catalogue lives in the wasm. The few sentences that must do without it are those of `locales/*/boot.txt`, which
// the build writes here, by language.
const WORDS = {};

function word(name) {
  const wishes = [localStorageItem('vireo-language'), ...navigator.languages].filter(Boolean);
  const base = (tag) => tag.split('-')[0].toLowerCase();
  const fits = (wish) => Object.keys(WORDS).find((tag) => base(tag) === base(wish));
  return WORDS[wishes.map(fits).find(Boolean) ?? 'en']?.[`boot-${name}`] ?? name;
}

function say(name) {
  if (document.querySelector('.boot-failed')) return;
  const card = document.createElement('div');
  card.className = 'boot-failed';
  card.setAttribute('role', 'alert');
  const text = document.createElement('p');
  text.textContent = word(name);
  const again = document.createElement('button');
  again.type = 'button';
  again.className = 'button';
  again.textContent = word('again');
  again.addEventListener('click', () => location.reload());
  card.append(text, again);
  document.body.prepend(card);
}

// A panic leaves the wasm broken: say so instead of standing still.
function stopped(error) {
  if (typeof WebAssembly !== 'undefined' && error instanceof WebAssembly.RuntimeError) say('stopped');
}
addEventListener('error', (event) => stopped(event.error));
addEventListener('unhandledrejection', (event) => stopped(event.reason));

startApp().catch((error) => {
  console.error(error);
  say(typeof WebAssembly === 'undefined' ? 'missing' : 'failed');
});
