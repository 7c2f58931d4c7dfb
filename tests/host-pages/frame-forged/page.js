// Forged messages, a thousand at a time, of those who may say nothing, and rubbish on the line that is real.
const NS = 'vireo-studio';
const studio = document.getElementById('a');
introduce(studio);

window.lines = []; // the host's ends of the real lines
const { MessageChannel: Channel } = window;
window.MessageChannel = function () {
  const made = new Channel();
  lines.push(made.port1);
  return made;
};

const evil = JSON.parse('{"__proto__": {"polluted": 1}, "constructor": {"prototype": {"polluted": 1}}, "relay": "http://127.0.0.1:9/"}');
const shapes = [
  null, 0, '', 'x'.repeat(1_000_000), [], {}, new Date(), new Map([['type', 'hello']]),
  { ns: NS }, { ns: NS, v: 2, type: 'hello' }, { ns: NS, v: 1, type: 'hello' },
  { ns: NS, v: 1, type: 'connect' }, { ns: NS, v: 1, type: 'connect', attributes: 'x', config: 7, token: true },
  { ns: NS, v: 1, type: 'connect', attributes: evil, config: evil }, { ...evil, ns: NS, v: 1, type: 'connect' },
  { type: 'call', call: 1, method: 'generate', argument: { prompt: 'forged' } },
  { type: 'event', name: 'vireo-succeeded', tasks: [{ prompt: 'forged' }] }, { type: 'answer', ask: 1, value: true },
];

const near = document.getElementById('near').contentWindow;
near.say = near.Function('target', 'message', 'ports', 'target.postMessage(message, "*", ports)');
const mine = (target, message, ports) => target.postMessage(message, '*', ports);

// Before anybody is connected: a word that only the frame may say.
for (let n = 0; n < 100; n++) mine(window, { ns: NS, v: 1, type: 'hello' }), near.say(window, { ns: NS, v: 1, type: 'hello' });

window.answered = 0; // words that came over a port that nobody should have taken
window.forge = () => {
  const frame = studio.shadowRoot.querySelector('iframe').contentWindow;
  const ways = [[mine, window], [near.say, window], [mine, frame], [near.say, frame]];
  for (let n = 0; n < 1000; n++) {
    const [say, target] = ways[n % ways.length];
    const { port1, port2 } = new Channel();
    port1.onmessage = () => { answered += 1; };
    say(target, shapes[n % shapes.length], n % 3 ? [port2] : []);
    port1.postMessage({ type: 'call', call: 1, method: 'generate', argument: { prompt: 'forged' } });
  }
};
window.forgeOnTheLine = () => {
  const line = lines.at(-1);
  const words = [
    ...shapes.filter((shape) => !['call', 'event'].includes(shape?.type)), { type: 'settings' }, { type: 'settings', attributes: null, config: null },
    { type: 'settings', attributes: 'x', config: 7 }, { type: 'call', call: {}, method: '__proto__' },
    { type: 'call', call: 'x', method: 'destroy' }, { type: 'answer', ask: 'constructor', value: evil },
    { type: 'event', name: 'click' }, { type: 'event', name: 'vireo-ready', tasks: 'none' }, { type: 'event' },
    { type: 'result', call: 'constructor', value: evil }, { type: 'height', height: 'tall' }, { type: 'height', height: -1 },
  ];
  for (let n = 0; n < 1000; n++) {
    const data = words[n % words.length];
    line.postMessage(data); // to the frame, as if a careless host had said it
    line.dispatchEvent(new MessageEvent('message', { data })); // to the host, as if a broken frame had
  }
};
addEventListener('message', ({ data }) => { if (data === 'answered') answered += 1; });
window.clicked = 0;
studio.addEventListener('click', () => { clicked += 1; });
document.getElementById('stranger').src = new URL('stranger.html', location.href.replace('127.0.0.1', 'localhost')).href;
