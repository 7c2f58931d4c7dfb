// Puts the end of the remembered key into the past.
const done = (request) => new Promise((resolve, reject) => {
  request.onsuccess = () => resolve(request.result);
  request.onerror = () => reject(request.error);
});
return (async () => {
  const database = await done(indexedDB.open('vireo'));
  const notes = database.transaction('notes', 'readwrite').objectStore('notes');
  const record = await done(notes.get('key'));
  await done(notes.put({ ...record, until: Date.now() - 1 }, 'key'));
  database.close();
})();
