// A person in a frame that may neither keep anything nor submit forms.
const studio = document.getElementById('a');
introduce(studio);
heard.push = (...all) => parent.postMessage(JSON.parse(JSON.stringify(all)), '*');
studio.addEventListener('vireo-ready', () => {
  const root = studio.shadowRoot;
  const area = root.querySelector('[part=prompt]');
  area.value = 'nowhere in particular';
  area.dispatchEvent(new Event('input', { bubbles: true }));
  root.querySelector('[part=submit]').click();
  // Nothing can be kept here, and the person is asked whether that is all right.
  const ask = setInterval(() => {
    const yes = root.querySelector('[part=dialog] .button--main');
    if (yes) { clearInterval(ask); yes.click(); }
  }, 50);
});
