// Notes what is over before a test can look: policy violations, the states a card went through, what was said, what
// the page itself sent (the browser may repeat a request on its own).
(() => {
  const witness = { violations: [], states: {}, said: [], sent: [], console: [] };
  Object.defineProperty(window, '__witness', { value: witness });
  document.addEventListener('securitypolicyviolation', (event) => {
    witness.violations.push(`${event.violatedDirective}: ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`);
  });
  for (const [level, name] of [['SEVERE', 'error'], ['WARNING', 'warn'], ['INFO', 'log'], ['INFO', 'info'], ['INFO', 'debug']]) {
    const write = console[name];
    console[name] = (...words) => {
      witness.console.push([level, words.join(' ')]);
      write.apply(console, words);
    };
  }
  window.addEventListener('error', (event) => witness.console.push(['SEVERE', String(event.message)]));
  window.addEventListener('unhandledrejection', (event) => witness.console.push(['SEVERE', String(event.reason)]));
  const { fetch } = window;
  window.fetch = function (input, init) {
    const method = init?.method ?? input.method ?? 'GET';
    witness.sent.push(`${method} ${new URL(input.url ?? input, document.baseURI).pathname}`);
    return fetch.call(this, input, init);
  };
  const note = (list, item) => {
    if (item && list.at(-1) !== item) list.push(item);
  };
  const look = () => {
    for (const card of document.querySelectorAll('article[data-state]')) {
      note(witness.states[card.getAttribute('aria-label')] ??= [], card.dataset.state);
    }
    for (const region of document.querySelectorAll('[role=status], [aria-live=polite]')) note(witness.said, region.textContent.trim());
  };
  // Every single change of a state counts, also two within one turn.
  const seen = (changes) => {
    for (const { type, target, oldValue } of changes) {
      if (type === 'attributes' && target.matches('article') && oldValue) {
        note(witness.states[target.getAttribute('aria-label')] ??= [], oldValue);
      }
    }
    look();
  };
  new MutationObserver(seen).observe(document, {
    subtree: true, childList: true, characterData: true,
    attributes: true, attributeFilter: ['data-state'], attributeOldValue: true,
  });
})();
