// <vireo-studio>: all that a host page pays for before the element comes near the viewport. The app, its wasm and its
// style sheet are fetched on demand, each checked against the hash that the build wrote here.
const VERSION = '__VERSION__';
const FILES = {
  app: ['./vireo-studio-app.js', '__APP_SRI__'],
  wasm: ['./vireo-studio_bg.wasm', '__WASM_SRI__'],
  css: ['./vireo-studio.css', '__CSS_SRI__'],
};
const WORDS = {
  failed: ['The video studio could not be loaded. Nothing was sent.', '视频工作室无法加载。没有发送任何内容。'],
  missing: ['The video studio needs WebAssembly, which is missing or forbidden here. Nothing was sent.', '视频工作室需要 WebAssembly，但此处无法使用。没有发送任何内容。'],
  stopped: ['The video studio has crashed. Videos and what was paid for are kept.', '视频工作室已崩溃。视频和已付费的内容都已保留。'],
  again: ['Reload', '重新加载'],
};
const fieldOf = (attribute) => attribute.replace('-r', 'R'); // aspectRatio is the only one of two words
const OPEN = ['queued', 'sending', 'generating'];

const Base = globalThis.HTMLElement ?? class {}; // importable on a server
const gone = () => new Error('<vireo-studio> was taken down or is in no document');
const alive = new Set();
const sheets = new WeakMap(); // by window
let app; // a promise of the running app, shared by all elements of this module
let reloads = 0;
let telling = 0; // events under way: the app that told them is on the stack and cannot be taken down

/** Imports a module only if its bytes have the expected hash; `root` keeps the check out of the host's <head>. */
async function importChecked(url, integrity, root) {
  const link = document.createElement('link');
  if (link.relList?.supports?.('modulepreload')) {
    Object.assign(link, { rel: 'modulepreload', href: url, integrity, crossOrigin: 'anonymous' });
    const checked = new Promise((resolve, reject) => {
      link.onload = resolve;
      link.onerror = () => reject(new Error(`${url}: missing or changed`));
    });
    root.append(link);
    try { await checked; } finally { link.remove(); }
  }
  return import(url);
}

function loadApp(root) {
  return app ??= (async () => {
    if (typeof WebAssembly === 'undefined') throw new Error('WebAssembly is missing');
    // A module that has panicked stays broken: a reload takes a fresh one.
    const at = (name) => new URL(name + (reloads ? `?r=${reloads}` : ''), import.meta.url).href;
    const get = ([name, integrity]) => fetch(at(name), { integrity, mode: 'cors', credentials: 'omit' });
    const wasm = get(FILES.wasm);
    const style = get(FILES.css).then((response) => response.text());
    wasm.catch(() => {}); // heard below
    style.catch(() => {});
    const glue = await importChecked(at(FILES.app[0]), FILES.app[1], root);
    const css = await style;
    await glue.default({ module_or_path: wasm });
    glue.onPanic(() => {
      app = undefined;
      reloads += 1;
      for (const element of [...alive]) element._crash('stopped', 'run', new Error('panicked'));
    });
    return { glue, css };
  })().catch((error) => {
    app = undefined;
    throw error;
  });
}

export class VireoStudioElement extends Base {
  static version = VERSION;
  static observedAttributes = [
    'relay', 'prompt', 'lang', 'model', 'storage', 'namespace', 'theme', 'layout', 'loading', 'aspect-ratio',
  ];

  #config = {}; #getToken;
  #root; #slot; #card; #handle; #internals; #near; #css;
  #turn = 0; // counts takedowns: a mount that waited too long finds another number and gives up
  #mounting;
  #open = new Set();
  #ready; #isReady;

  constructor() {
    super();
    this.#renewReady();
    try { this.#internals = this.attachInternals(); } catch { /* states are a nicety */ }
  }

  get config() { return this.#config; }
  set config(value) {
    const before = this.#effective();
    this.#config = value && typeof value === 'object' ? value : {};
    this.#changed(before);
  }
  get getToken() { return this.#getToken; } // frameworks set a property only where there is one
  set getToken(value) { this.#getToken = value; }
  get tasks() { return this.#handle ? this.#handle.tasks() : []; }
  get ready() { return this.#ready; }

  connectedCallback() {
    for (const name of ['config', 'getToken']) {
      if (!Object.hasOwn(this, name)) continue; // set before the element was defined
      const value = this[name];
      delete this[name];
      this[name] = value;
    }
    this.#shadow();
    // After this turn: a move takes an element out and in again, and keeps its studio.
    const turn = this.#turn;
    queueMicrotask(() => { if (turn === this.#turn) this.#wait(); });
  }
  connectedMoveCallback() {} // moveBefore(): everything stays
  adoptedCallback() { this.#dress(); } // the sheet of another document does not come along
  disconnectedCallback() {
    queueMicrotask(() => { if (!this.isConnected) this.destroy(); });
  }
  attributeChangedCallback(name, before, after) {
    if (before === after) return;
    const key = fieldOf(name);
    const old = this.#effective();
    if (!(key in this.#config)) old[key] = before ?? undefined;
    this.#changed(old);
  }

  /** Makes a video; resolves with its task once the provider has accepted it. */
  async generate(request) {
    return (await this.#mount()).generate(JSON.stringify(request ?? null));
  }
  /** Brings a video into view by its intent id or task id. */
  async open(id) { return (await this.#mount()).open(String(id)); }
  /** The records of this studio as a JSON file; no key and no token is in it. */
  async exportLibrary() {
    return (await this.#mount()).exportLibrary();
  }
  /** Takes the studio down; `generate`, `open` or a reconnect bring it back. */
  destroy() {
    this.#turn++;
    this.#mounting = undefined;
    this.#near?.disconnect();
    alive.delete(this);
    const handle = this.#handle;
    this.#handle = undefined;
    if (handle) {
      const end = () => {
        try { handle.destroy(); handle.free(); } catch { /* a broken module cannot be taken down tidily */ }
      };
      telling ? queueMicrotask(end) : end();
      this.#renewReady();
    }
    this.#open.clear();
    this.#state('generating', false);
    this.#forgive();
    if (this.#root) this.#show(false);
  }

  /** Internal: what stands in place of a studio that cannot run. */
  _crash(words, during, error) {
    this.destroy();
    this.#shadow();
    const chinese = `${this.#effective().lang ?? navigator.language}`.startsWith('zh') ? 1 : 0;
    const card = document.createElement('div');
    card.className = 'boot-failed';
    card.role = 'alert';
    const text = document.createElement('p');
    text.textContent = WORDS[words][chinese];
    const again = document.createElement('button');
    again.className = 'button';
    again.textContent = WORDS.again[chinese];
    again.addEventListener('click', () => this.#mount().catch(() => {}));
    card.append(text, again);
    this.#slot.before(card);
    this.#card = card;
    this.#state('crashed', true);
    this.#emit('vireo-crash', { during, message: String(error?.message ?? error) });
  }

  /** Mounts when `loading` says so. */
  async #wait() {
    this.#near?.disconnect();
    const { loading } = this.#effective();
    if (!this.isConnected || this.#handle || loading === 'manual') return;
    if (loading !== 'eager') {
      await new Promise((resolve) => {
        this.#near = new IntersectionObserver((entries, near) => {
          if (entries.some((entry) => entry.isIntersecting)) { near.disconnect(); resolve(); }
        }, { rootMargin: '400px' });
        this.#near.observe(this);
      });
    }
    this.#mount().catch(() => {});
  }
  #forgive() {
    this.#card?.remove();
    this.#card = undefined;
    this.#state('crashed', false);
  }
  #renewReady() {
    this.#ready = new Promise((resolve) => { this.#isReady = resolve; });
  }
  #shadow() {
    if (this.#root) return;
    const shadow = this.attachShadow({ mode: 'open', delegatesFocus: true });
    this.#slot = document.createElement('slot');
    this.#root = document.createElement('div');
    this.#root.className = 'vireo';
    this.#root.part = 'root';
    this.#root.hidden = true;
    shadow.append(this.#slot, this.#root);
    this.#look();
  }
  #show(studio) {
    this.#root.hidden = !studio;
    this.#slot.style.display = studio ? 'none' : '';
  }
  #state(name, on) {
    try { this.#internals?.states[on ? 'add' : 'delete'](name); } catch { /* an older browser */ }
  }
  #effective() {
    const own = {};
    for (const name of VireoStudioElement.observedAttributes) {
      const value = this.getAttribute?.(name);
      if (value != null) own[fieldOf(name)] = value;
    }
    return { ...own, ...this.#config };
  }
  /** Puts the style sheet on: one for each document, and a document without a window has none. */
  #dress() {
    const view = this.ownerDocument.defaultView;
    if (!this.#css || !view) return;
    let sheet = sheets.get(view);
    if (!sheet) {
      sheet = new view.CSSStyleSheet();
      sheet.replaceSync(this.#css);
      sheets.set(view, sheet);
    }
    this.shadowRoot.adoptedStyleSheets = [sheet];
  }
  /** Theme and layout are the style sheet's business. */
  #look() {
    if (!this.#root) return;
    const { theme, layout } = this.#effective();
    this.#root.dataset.theme = ['light', 'dark'].includes(theme) ? theme : 'auto';
    this.#root.dataset.layout = ['compact', 'player'].includes(layout) ? layout : 'full';
  }
  #changed(before) {
    this.#look();
    const now = this.#effective();
    const differs = (name) => JSON.stringify(now[name]) !== JSON.stringify(before[name]);
    if (!this.#handle) {
      if (this.#root && differs('loading')) this.#wait();
      return;
    }
    if (['relay', 'relayBase', 'storage', 'namespace', 'mediaOrigins', 'typicalSeconds'].some(differs)) {
      this.destroy();
      this.#mount().catch(() => {});
      return;
    }
    const changed = ['lang', 'prompt', 'model', 'aspectRatio'].filter(differs).map((name) => [name, now[name]]);
    if (changed.length) this.#handle.set(Object.fromEntries(changed));
  }
  #emit(name, detail, cancelable = false) {
    const { intentId, state } = detail ?? {};
    if (intentId && name !== 'vireo-submit') {
      this.#open[OPEN.includes(state) ? 'add' : 'delete'](intentId);
      this.#state('generating', this.#open.size > 0);
    }
    telling++;
    const allowed = this.dispatchEvent(new CustomEvent(name, { detail, cancelable, bubbles: true, composed: true }));
    telling--;
    // Inside a frame the page that decides is one message away.
    return allowed && name === 'vireo-submit' && this._askParent ? this._askParent(detail) : allowed;
  }
  #mount() {
    if (this.#handle) return Promise.resolve(this.#handle);
    if (!this.isConnected) return Promise.reject(gone());
    const turn = this.#turn;
    return this.#mounting ??= this.#load(turn).catch((error) => {
      if (turn === this.#turn) this._crash(/WebAssembly|wasm/i.test(error) ? 'missing' : 'failed', 'load', error);
      throw error;
    });
  }
  async #load(turn) {
    this.#shadow();
    this.#state('loading', true);
    try {
      const { glue, css } = await loadApp(this.shadowRoot);
      let asked, told;
      do { // a relay that was changed meanwhile is asked too
        asked = this.#relay();
        told = await glue.askRelay(asked);
        this.#stay(turn);
      } while (asked !== this.#relay());
      this.#forgive();
      this.#css = css;
      this.#dress();
      const { config, options } = this.#split();
      this.#show(true);
      alive.add(this);
      this.#handle = glue.mountStudio(
        this.#root, told, JSON.stringify(config), options,
        (name, detail, cancelable) => this.#emit(name, detail, cancelable),
        () => (typeof this.getToken === 'function' ? this.getToken() : undefined),
      );
    } finally {
      this.#state('loading', false);
    }
    await this.#handle.opened();
    this.#stay(turn);
    this.#isReady();
    this.#emit('vireo-ready', { version: VERSION });
    this.#stay(turn);
    return this.#handle;
  }
  #stay(turn) { if (turn !== this.#turn) throw gone(); }
  #relay() {
    return `${this.#config.relay || this.#config.relayBase || this.getAttribute('relay') || ''}`.trim();
  }
  /** Fields of `config.json`, and what only an element has. */
  #split() {
    const { prompt, lang, model, storage, namespace, aspectRatio, ...rest } = this.#effective();
    for (const name of ['relay', 'relayBase', 'theme', 'layout', 'loading', 'connection', 'apiBase', 'uploadBase']) delete rest[name];
    return { config: rest, options: { relay: this.#relay(), prompt, lang, model, storage, namespace, aspectRatio } };
  }
}

/** Defines the element under a tag name. A name that is taken stays with whoever took it. */
export function defineVireoStudio(tag = 'vireo-studio') {
  const table = globalThis.customElements;
  if (!table) return;
  const taken = table.get(tag);
  if (!taken) table.define(tag, class extends VireoStudioElement {});
  else if (taken.version !== VERSION) console.warn(`<${tag}> is taken (${taken.version ?? 'not by Vireo'}).`);
}
defineVireoStudio();
