// What every host page has: a record of the studio's events, of what the policy refused and of errors that reached the
// page, and the name it gives.
window.heard = [];
for (const name of ['ready', 'submit', 'accepted', 'progress', 'succeeded', 'failed', 'unknown', 'crash']) {
  document.addEventListener(`vireo-${name}`, (event) => heard.push({ name, id: event.target.id, detail: event.detail }));
}
document.addEventListener('securitypolicyviolation', (event) => heard.push({ name: 'violation', detail: `${event.violatedDirective} ${event.blockedURI} ${event.sample}` }));
addEventListener('error', (event) => heard.push({ name: 'trouble', detail: String(event.message) }));
addEventListener('unhandledrejection', (event) => heard.push({ name: 'trouble', detail: String(event.reason) }));
window.heardOf = (name, id) => heard.filter((one) => one.name === name && (!id || one.id === id)).length;
window.introduce = (studio, more = {}) => {
  studio.getToken = async () => 'demo';
  studio.config = { mediaOrigins: ['{media}'], typicalSeconds: { veo3: 1, veo3_fast: 1, veo3_lite: 1 }, ...more };
};
