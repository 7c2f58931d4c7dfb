// Calls a person back: a system notification, a short sound. Loaded when one of them is first wanted.

/** Asks for the right to notify; only ever called by a click. */
export async function ask() {
  if (!('Notification' in globalThis)) return 'missing';
  return Notification.permission === 'default' ? Notification.requestPermission() : Notification.permission;
}

/** Shows `words` about the video `id`; a second word about the same video takes the place of the first. */
export async function notify(words, id) {
  if (!('Notification' in globalThis) || Notification.permission !== 'granted') return;
  const options = { tag: id, icon: new URL('icons/icon-192.png', document.baseURI).href, lang: document.documentElement.lang };
  try {
    const note = new Notification(words, options);
    note.onclick = () => {
      window.focus();
      note.close();
      document.querySelector(`article[data-intent-id="${CSS.escape(id)}"]`)?.scrollIntoView();
    };
  } catch {
    // Phones show only what a service worker shows.
    const registration = await navigator.serviceWorker?.getRegistration();
    await registration?.showNotification(words, options);
  }
}

let audio;

/** Two soft notes, rising for a video, falling for a failure. */
export async function ring(good) {
  audio ??= new AudioContext();
  await audio.resume();
  const start = audio.currentTime + 0.02;
  [good ? 659.3 : 440, good ? 880 : 329.6].forEach((pitch, n) => {
    const tone = audio.createOscillator();
    const volume = audio.createGain();
    const at = start + n * 0.16;
    tone.type = 'sine';
    tone.frequency.value = pitch;
    volume.gain.setValueAtTime(0, at);
    volume.gain.linearRampToValueAtTime(0.12, at + 0.02);
    volume.gain.exponentialRampToValueAtTime(0.001, at + 0.45);
    tone.connect(volume).connect(audio.destination);
    tone.start(at);
    tone.stop(at + 0.5);
  });
}
