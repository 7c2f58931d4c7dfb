// Inside the frame: obeys the page around it, if that page is one that frame.json names or one of our own origin.
import './vireo-studio.js';

const NS = 'vireo-studio';
const ATTRIBUTES = ['relay', 'model', 'aspect-ratio', 'prompt', 'lang', 'theme', 'layout', 'storage', 'namespace'];

const sheet = new CSSStyleSheet();
sheet.replaceSync('html, body { margin: 0 } vireo-studio { display: block }');
document.adoptedStyleSheets = [sheet];

async function allowedParents() {
  const parents = [location.origin];
  try {
    const response = await fetch(new URL('./frame.json', import.meta.url), { cache: 'no-store' });
    const named = response.ok ? (await response.json()).parents : [];
    if (Array.isArray(named)) parents.push(...named.filter((origin) => typeof origin === 'string'));
  } catch (error) {
    console.warn('frame.json cannot be read, so only pages of this origin may use the frame:', error);
  }
  return parents;
}

const isObject = (value) => typeof value === 'object' && value !== null;
const isSettings = ({ attributes, config }) => isObject(attributes) && isObject(config);

function serve(port, first) {
  const studio = document.createElement('vireo-studio');
  const asked = new Map();
  let lastAsk = 0;
  const ask = (message) => new Promise((resolve) => {
    const id = ++lastAsk;
    asked.set(id, resolve);
    port.postMessage({ ...message, ask: id });
  });
  const plain = (value) => (value === undefined ? undefined : JSON.parse(JSON.stringify(value)));
  const tell = (name, detail) => ({ type: 'event', name, detail: plain(detail), tasks: plain(studio.tasks) });

  const settle = ({ attributes, config, token }) => {
    for (const name of ATTRIBUTES) {
      const value = attributes[name];
      if (typeof value === 'string') studio.setAttribute(name, value);
      else studio.removeAttribute(name);
    }
    studio.config = { ...config, loading: 'eager' };
    studio.getToken = token ? () => ask({ type: 'token' }) : undefined;
  };
  const call = async ({ call: id, method, argument }) => {
    try {
      let value;
      if (method === 'generate') value = await studio.generate(argument);
      else if (method === 'open') value = await studio.open(argument);
      else if (method === 'exportLibrary') value = await (await studio.exportLibrary()).text();
      else throw new Error(`there is no ${method}`);
      port.postMessage({ type: 'result', call: id, value: plain(value) });
    } catch (error) {
      port.postMessage({ type: 'result', call: id, error: String(error?.message ?? error), task: plain(error?.task) });
    }
  };

  studio._askParent = (detail) => ask(tell('vireo-submit', detail));
  for (const name of ['ready', 'accepted', 'progress', 'succeeded', 'failed', 'unknown', 'crash']) {
    studio.addEventListener(`vireo-${name}`, ({ detail }) => port.postMessage(tell(`vireo-${name}`, detail)));
  }
  port.onmessage = ({ data }) => {
    if (data?.type === 'settings' && isSettings(data)) settle(data);
    else if (data?.type === 'call') call(data);
    else if (data?.type === 'answer') {
      asked.get(data.ask)?.(data.value);
      asked.delete(data.ask);
    }
  };
  settle(first);
  document.body.replaceChildren(studio);
  new ResizeObserver(() => port.postMessage({ type: 'height', height: document.documentElement.scrollHeight })).observe(studio);
}

const parents = await allowedParents();
let served = false;
addEventListener('message', (event) => {
  if (served || event.source !== parent || parent === window) return;
  const { ns, v, type } = event.data ?? {};
  if (ns !== NS || v !== 1 || type !== 'connect' || !event.ports[0] || !isSettings(event.data)) return;
  if (!parents.includes(event.origin)) {
    document.body.textContent = `${event.origin} is not among the sites that may use this frame (frame.json).`;
    return;
  }
  served = true;
  serve(event.ports[0], event.data);
});
if (parent !== window) parent.postMessage({ ns: NS, v: 1, type: 'hello' }, '*');
