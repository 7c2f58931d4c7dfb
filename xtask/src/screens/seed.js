// Fills the journal with one video in every state, and more that are finished, each with a picture of its own.
const CLIP = 'CLIP_BASE64';
const now = Date.now();
const prompts = [
  'A paper boat drifts down a gutter in the rain, seen from above, soft overcast light, rain on stone',
  'A red fox crosses a frozen lake at dawn, wide shot, breath in the cold air, wind and distant crows',
  'A ceramic mug turns slowly on a walnut table, steam rising, macro shot, soft window light',
  'A lighthouse keeper looks up from his radio and says: “The storm has passed.”',
  '一只剪纸狐狸小跑穿过纸做的森林，定格动画，侧面视角',
  'A tram climbs a steep street between tiled houses, golden hour, handheld, bell and brakes',
  'Origami cranes rise from a desk and leave by the open window, slow motion, paper rustling',
  'A watchmaker closes the back of a pocket watch; ticking begins, extreme close-up, warm lamp',
];
const hues = [200, 24, 150, 42, 340, 18, 265, 90];
const picture = async (hue, tall) => {
  const canvas = new OffscreenCanvas(tall ? 360 : 640, tall ? 640 : 360);
  const brush = canvas.getContext('2d');
  const sky = brush.createLinearGradient(0, 0, 0, canvas.height);
  sky.addColorStop(0, `hsl(${hue} 45% 62%)`);
  sky.addColorStop(0.6, `hsl(${hue + 20} 40% 40%)`);
  sky.addColorStop(1, `hsl(${hue + 30} 45% 20%)`);
  brush.fillStyle = sky;
  brush.fillRect(0, 0, canvas.width, canvas.height);
  brush.fillStyle = `hsl(${hue + 170} 60% 75% / 0.9)`;
  brush.beginPath();
  brush.arc(canvas.width * 0.7, canvas.height * 0.32, canvas.height * 0.11, 0, 7);
  brush.fill();
  return canvas.convertToBlob({ type: 'image/jpeg', quality: 0.8 });
};
const clip = new Blob([Uint8Array.from(atob(CLIP), (letter) => letter.charCodeAt(0))], { type: 'video/mp4' });
const trouble = (cause, code, words) => ({ cause, code, words });
const record = (n, state, more = {}) => {
  const at = now - (n + 1) * 3_600_000;
  const sent = !['queued', 'rejected'].includes(state);
  const accepted = ['generating', 'succeeded', 'failed', 'stale'].includes(state);
  const tall = n === 6;
  return {
    version: 1, id: `01900000-0000-7000-8000-${String(1e9 - n).padStart(12, '0')}`, parent: null,
    order: { generate: { prompt: prompts[n % prompts.length], mode: 'text', image_urls: [], model: ['veo3_fast', 'veo3', 'veo3_lite'][n % 3],
      aspect_ratio: tall ? '9:16' : '16:9', resolution: '720p', duration_s: 8, seed: null, watermark: null, translate: true, callback_url: null } },
    state, created_ms: at, tab: '', sent_ms: sent ? at : null, accepted_ms: accepted ? at : null,
    ended_ms: ['succeeded', 'failed', 'rejected'].includes(state) ? at + 75_000 : null, task_id: accepted ? `task${n}` : null,
    outcome: state === 'succeeded' ? { urls: [`https://tempfile.aiquickdraw.com/v/${n}.mp4`], refused_urls: [], resolution: '720p',
      has_audio: n % 4 !== 3, seed: 12345 + n, started_ms: at, completed_ms: at + 75_000 } : null,
    trouble: null,
    follow: { last_ms: now, next_ms: now + 3_600_000, looks: 3, errors: 0, empty: 0, late: 0, recheck: false, trouble: null },
    estimate: 60, balance_before: 1000, ...more,
  };
};
const provider = (kind) => ({ provider: kind });
const records = [
  record(0, 'succeeded'), record(1, 'succeeded'),
  record(2, 'unknown', { trouble: trouble('answer_lost', null, 'network error') }),
  record(3, 'failed', { trouble: trouble(provider('policy'), 400, 'Your prompt was flagged by Website as violating content policies.') }),
  record(4, 'failed', { trouble: trouble(provider('policy'), 400, 'public error minor upload') }),
  record(5, 'rejected', { trouble: trouble(provider('out_of_credits'), 402, 'The current credits are insufficient. Please top up.') }),
  record(6, 'succeeded'), record(7, 'stale'), record(8, 'queued'), record(9, 'succeeded'),
  record(10, 'failed', { trouble: trouble('no_video', null, '') }),
];
const done = await new Promise((resolve, reject) => {
  const open = indexedDB.open('vireo');
  open.onerror = () => reject(open.error);
  open.onsuccess = async () => {
    const database = open.result;
    const media = [];
    for (const one of records.filter(({ state }) => state === 'succeeded')) {
      const n = records.indexOf(one);
      media.push([one.id, { video: clip, poster: await picture(hues[n % hues.length], one.order.generate.aspect_ratio === '9:16') }]);
    }
    const change = database.transaction(['intents', 'media'], 'readwrite');
    for (const one of records) change.objectStore('intents').put(one);
    for (const [id, kept] of media) change.objectStore('media').put(kept, id);
    change.oncomplete = () => { database.close(); resolve(records.length); };
    change.onabort = () => reject(change.error);
  };
});
