// Counts what a studio takes from the page while it stands, to see that it gives everything back.
// WebKit's driver guards each script by a timer of its own, this long.
const DRIVERS = 60000;
const intervals = new Set(), timeouts = new Set(), listeners = new Map();
const { setInterval: si, clearInterval: ci, setTimeout: st, clearTimeout: ct } = window;
window.setInterval = (...a) => { const id = si(...a); intervals.add(id); return id; };
window.clearInterval = (id) => { intervals.delete(id); ci(id); };
window.setTimeout = (run, ms, ...a) => { const id = st(() => { timeouts.delete(id); run(...a); }, ms); if (ms !== DRIVERS) timeouts.add(id); return id; };
window.clearTimeout = (id) => { timeouts.delete(id); ct(id); };
for (const target of [window, document]) {
  const { addEventListener: add, removeEventListener: remove } = target;
  target.addEventListener = function (type, f, o) { listeners.set(f, type); return add.call(this, type, f, o); };
  target.removeEventListener = function (type, f, o) { listeners.delete(f); return remove.call(this, type, f, o); };
}
window.held = () => ({ intervals: intervals.size, timeouts: timeouts.size, listeners: [...listeners.values()].sort().join() });
window.place = () => {
  const studio = document.createElement('vireo-studio');
  studio.id = 'a';
  studio.setAttribute('relay', '{relay}');
  studio.setAttribute('loading', 'eager');
  introduce(studio);
  document.getElementById('here').append(studio);
  return studio;
};
