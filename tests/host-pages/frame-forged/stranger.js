// Hands a port to a frame that it may not use, and speaks in the frame's name to the page around it.
const frame = document.getElementById('taken').contentWindow;
const told = { ns: 'vireo-studio', v: 1, type: 'connect', attributes: { relay: '{relay}' }, config: {}, token: false };
addEventListener('message', ({ source }) => {
  if (source !== frame) return;
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = () => parent.postMessage('answered', '*');
  frame.postMessage(told, '*', [port2]);
  port1.postMessage({ type: 'call', call: 1, method: 'generate', argument: { prompt: 'forged' } });
});
for (let n = 0; n < 1000; n++) parent.postMessage({ ns: 'vireo-studio', v: 1, type: 'hello' }, '*');
