// The job of the page and nothing else, in plain JavaScript: the floor that the benchmarks measure against.
const api = 'https://api.kie.ai/api/v1/veo';
const element = (id) => document.getElementById(id);
const say = (text) => { element('status').textContent = text; };
const wait = (seconds) => new Promise((done) => setTimeout(done, seconds * 1000));

async function call(path, key, body) {
  const response = await fetch(api + path, {
    method: body ? 'POST' : 'GET',
    headers: { Authorization: `Bearer ${key}`, 'Content-Type': 'application/json' },
    body: body && JSON.stringify(body),
  });
  const answer = await response.json();
  if (answer.code !== 200) throw new Error(answer.msg);
  return answer.data;
}

async function follow(taskId, key) {
  for (;;) {
    await wait(30);
    const record = await call(`/record-info?taskId=${encodeURIComponent(taskId)}`, key);
    if (record.successFlag === 1) return record.response.resultUrls;
    if (record.successFlag !== 0) throw new Error(record.errorMessage);
  }
}

element('generate').addEventListener('click', async () => {
  const prompt = element('prompt').value.trim();
  const key = element('key').value;
  const image = element('image').value;
  if (!prompt) return say('A prompt is needed.');
  if (!key) return say('An API key is needed.');
  const item = document.createElement('li');
  item.textContent = `${prompt}: sending`;
  element('videos').prepend(item);
  try {
    const { taskId } = await call('/generate', key, {
      prompt,
      model: element('model').value,
      aspectRatio: element('ratio').value,
      imageUrls: image ? [image] : undefined,
    });
    item.textContent = `${prompt}: generating`;
    const urls = await follow(taskId, key);
    item.textContent = prompt;
    for (const url of urls) {
      const video = document.createElement('video');
      video.controls = true;
      video.src = url;
      item.append(video);
    }
    say(`Video ready: ${prompt}`);
  } catch (error) {
    item.textContent = `${prompt}: ${error.message}`;
    say(`Video failed: ${prompt}`);
  }
});
