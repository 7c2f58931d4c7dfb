// Returns one text with everything in which a page could keep something.
const all = [document.documentElement.outerHTML, location.href, document.title, document.cookie, window.name];
for (const field of document.querySelectorAll('input, textarea, select')) all.push(field.value);
all.push(JSON.stringify(history.state), JSON.stringify(localStorage), JSON.stringify(sessionStorage));

const done = (request) => new Promise((resolve, reject) => {
  request.onsuccess = () => resolve(request.result);
  request.onerror = () => reject(request.error);
});
// Bytes as the text they may be: JSON shows none.
const text = (value) => JSON.stringify(value, (_, part) => {
  const bytes = part instanceof ArrayBuffer ? new Uint8Array(part) : part;
  return ArrayBuffer.isView(bytes) ? new TextDecoder().decode(bytes) : part;
});
const dump = async () => {
  for (const { name } of await indexedDB.databases()) {
    const database = await done(indexedDB.open(name));
    for (const store of database.objectStoreNames) {
      const place = database.transaction(store).objectStore(store);
      all.push(name, store, text(await done(place.getAll())), text(await done(place.getAllKeys())));
    }
    database.close();
  }
  for (const name of await (globalThis.caches?.keys() ?? [])) all.push(name);
  return all.join('\n');
};
return dump();
