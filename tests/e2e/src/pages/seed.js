// Fills the journal with copies of the one finished video it holds, older than that.
const [count] = arguments;
return new Promise((done, fail) => {
  const open = indexedDB.open("vireo");
  open.onerror = () => fail(open.error);
  open.onsuccess = () => {
    const transaction = open.result.transaction("intents", "readwrite");
    const store = transaction.objectStore("intents");
    store.getAll().onsuccess = ({ target: { result: [one] } }) => {
      for (let n = 0; n < count; n += 1) {
        const copy = structuredClone(one);
        copy.id = "01900000-0000-7000-8000-" + String(n).padStart(12, "0");
        copy.order.generate.prompt = "seeded video number " + n;
        copy.task_id = "seeded" + n;
        store.put(copy);
      }
    };
    transaction.oncomplete = () => { open.result.close(); done(count); };
    transaction.onabort = () => fail(transaction.error);
  };
});
