// <vireo-studio-frame>: the studio in a frame of its own, for hosts that forbid foreign scripts or WebAssembly. Same
// attributes, properties, methods and events as <vireo-studio>; they travel over one MessagePort.
const VERSION = '__VERSION__';
const NS = 'vireo-studio';
const ATTRIBUTES = ['relay', 'model', 'aspect-ratio', 'prompt', 'lang', 'theme', 'loading', 'layout', 'storage', 'namespace'];
const EVENTS = ['ready', 'submit', 'accepted', 'progress', 'succeeded', 'failed', 'unknown', 'crash'].map((name) => `vireo-${name}`);
const Base = globalThis.HTMLElement ?? class {}; // importable on a server

export class VireoStudioFrameElement extends Base {
  static version = VERSION;
  static observedAttributes = ATTRIBUTES;

  #frame; #port; #config = {}; #getToken; #tasks = [];
  #calls = new Map(); #lastCall = 0;
  #ready; #isReady;
  #connected; #isConnected_;
  #fallback; #window;
  #hear = (event) => this.#hello(event);

  constructor() {
    super();
    this.#renew();
  }

  get config() { return this.#config; }
  set config(value) {
    this.#config = value && typeof value === 'object' ? value : {};
    this.#tell();
  }
  get getToken() { return this.#getToken; } // frameworks set a property only where there is one
  set getToken(value) {
    this.#getToken = value;
    this.#tell();
  }
  get tasks() { return this.#tasks; }
  get ready() { return this.#ready; }

  generate(request) { return this.#call('generate', request); }
  open(id) { return this.#call('open', String(id)); }
  async exportLibrary() { return new Blob([await this.#call('exportLibrary')], { type: 'application/json' }); }
  destroy() {
    this.#listen(undefined);
    this.#hangUp('the studio is gone');
    this.#frame?.remove();
    this.#frame = undefined;
    this.#tasks = [];
    this.#renew();
  }

  connectedCallback() {
    for (const name of ['config', 'getToken']) {
      if (!Object.hasOwn(this, name)) continue; // set before the element was defined
      const value = this[name];
      delete this[name];
      this[name] = value;
    }
    this.#listen(this.ownerDocument.defaultView);
    if (this.#frame) return;
    const shadow = this.shadowRoot ?? this.attachShadow({ mode: 'open' });
    const frame = this.#frame = document.createElement('iframe');
    frame.src = new URL('./frame.html', import.meta.url).href;
    frame.title = 'Vireo';
    frame.referrerPolicy = 'strict-origin-when-cross-origin';
    frame.allow = 'clipboard-read; clipboard-write; fullscreen; picture-in-picture; autoplay';
    if (this.getAttribute('loading') !== 'eager') frame.loading = 'lazy';
    if (new URL(frame.src).origin !== location.origin) {
      frame.setAttribute('sandbox', 'allow-scripts allow-same-origin allow-downloads allow-popups allow-forms');
    }
    frame.style.cssText = 'display:block;width:100%;border:0;height:640px;color-scheme:normal';
    this.#fallback = document.createElement('slot');
    shadow.replaceChildren(this.#fallback, frame);
  }
  disconnectedCallback() {
    // A frame that is moved loads anew anyway.
    queueMicrotask(() => { if (!this.isConnected) this.destroy(); });
  }
  attributeChangedCallback() { this.#tell(); }

  #renew() {
    this.#ready = new Promise((resolve) => { this.#isReady = resolve; });
    this.#connected = new Promise((resolve) => { this.#isConnected_ = resolve; });
  }
  /** A frame speaks to the window it stands in, which is another one after an adoption. */
  #listen(window) {
    this.#window?.removeEventListener('message', this.#hear);
    this.#window = window;
    window?.addEventListener('message', this.#hear);
  }
  #hangUp(why) {
    this.#port?.close();
    this.#port = undefined;
    for (const { reject } of this.#calls.values()) reject(new Error(why));
    this.#calls.clear();
  }
  /** The first word of our own frame, and of nobody else, is answered with a port. */
  #hello(event) {
    const frame = this.#frame;
    if (!frame || event.source !== frame.contentWindow || event.origin !== new URL(frame.src).origin) return;
    if (event.data?.ns !== NS || event.data.v !== 1 || event.data.type !== 'hello') return;
    if (this.#port) this.#hangUp('the frame was loaded anew');
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    port1.onmessage = ({ data }) => this.#heard(data);
    frame.contentWindow.postMessage({ ns: NS, v: 1, type: 'connect', ...this.#settings() }, event.origin, [port2]);
    this.#fallback.remove();
    this.#isConnected_();
  }
  #settings() {
    const attributes = {};
    for (const name of ATTRIBUTES) if (this.hasAttribute(name)) attributes[name] = this.getAttribute(name);
    const config = JSON.parse(JSON.stringify(this.#config));
    // Relative to this page, not to the frame's.
    for (const [of, name] of [[attributes, 'relay'], [config, 'relay'], [config, 'relayBase']]) {
      if (of[name] && URL.canParse(of[name], document.baseURI)) of[name] = new URL(of[name], document.baseURI).href;
    }
    return { attributes, config, token: typeof this.getToken === 'function' };
  }
  #tell() { this.#port?.postMessage({ type: 'settings', ...this.#settings() }); }
  #call(method, argument) {
    const call = ++this.#lastCall;
    return new Promise((resolve, reject) => {
      this.#calls.set(call, { resolve, reject });
      this.#connected.then(() => this.#port?.postMessage({ type: 'call', call, method, argument })).catch(reject);
    });
  }
  /** What the frame says. Anything of another shape means nothing. */
  async #heard(message) {
    const { type } = message ?? {};
    if (type === 'event' && EVENTS.includes(message.name)) {
      if (Array.isArray(message.tasks)) this.#tasks = message.tasks;
      const event = new CustomEvent(message.name, {
        detail: message.detail, cancelable: message.ask !== undefined, bubbles: true, composed: true,
      });
      const allowed = this.dispatchEvent(event);
      if (message.ask !== undefined) this.#port?.postMessage({ type: 'answer', ask: message.ask, value: allowed });
      if (message.name === 'vireo-ready') this.#isReady();
    } else if (type === 'token') {
      let value;
      try { value = await this.getToken?.(); } catch { /* no token, and the frame says so */ }
      this.#port?.postMessage({ type: 'answer', ask: message.ask, value });
    } else if (type === 'result') {
      const waiting = this.#calls.get(message.call);
      this.#calls.delete(message.call);
      if (message.error === undefined) waiting?.resolve(message.value);
      else waiting?.reject(Object.assign(new Error(message.error), { task: message.task }));
    } else if (type === 'height' && this.#frame) {
      this.#frame.style.height = `${Math.min(Math.max(Number(message.height) || 0, 120), 20000)}px`;
    }
  }
}

/** Defines the element under a tag name. A name that is taken stays with whoever took it. */
export function defineVireoStudioFrame(tag = 'vireo-studio-frame') {
  const table = globalThis.customElements;
  if (table && !table.get(tag)) table.define(tag, class extends VireoStudioFrameElement {});
}
defineVireoStudioFrame();
