// What only this build has: objects that survive a crash of workerd, the bucket, the page from the same Worker.
// The HTTP face is checked by tests/relay-contract. Run: node --test (after `node run.mjs --build-only`).
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, get } from 'node:http';
import { createServer as createNetServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, test } from 'node:test';

const RUN = new URL('run.mjs', import.meta.url).pathname;
const TASK = '9b0c4f6f2d3a4e7b8c1d0e2f3a4b5c6d';
const VIDEO = Buffer.from(`....ftypisom${'x'.repeat(5000)}`);
const data = mkdtempSync(join(tmpdir(), 'vireo-worker-'));
let provider, relay;

before(async () => { provider = await startProvider(); });
after(() => { relay?.kill(); provider.server.close(); provider.server.closeAllConnections(); rmSync(data, { recursive: true }); });

/** A provider that keeps paid requests waiting, counts them by prompt, and forgets its video when told to. */
async function startProvider() {
  const self = { posts: [], hasVideo: true, isHeld: false, arrived: () => {} };
  self.server = createServer(async (request, response) => {
    const json = (body) => response.setHeader('content-type', 'application/json').end(JSON.stringify(body));
    let body = '';
    for await (const chunk of request) body += chunk;
    if (request.url.startsWith('/api/v1/veo/generate')) {
      self.posts.push(JSON.parse(body));
      self.arrived();
      if (!self.isHeld) json({ code: 200, msg: 'success', data: { taskId: TASK } });
    } else if (request.url.startsWith('/api/v1/veo/record-info')) {
      const resultUrls = [`${self.base}/v/a.mp4`];
      const taskId = new URL(request.url, self.base).searchParams.get('taskId');
      json({ code: 200, msg: 'success', data: { taskId, successFlag: 1, response: { resolution: '720p', resultUrls } } });
    } else if (request.url === '/v/a.mp4' && self.hasVideo) {
      response.setHeader('content-type', 'video/mp4').setHeader('content-length', VIDEO.length).end(VIDEO);
    } else {
      response.writeHead(404).end();
    }
  });
  self.server.listen(0, '127.0.0.1');
  await once(self.server, 'listening');
  self.base = `http://127.0.0.1:${self.server.address().port}`;
  return self;
}

async function freePort() {
  const server = createNetServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  return port;
}

async function startRelay(...more) {
  // Of a test that failed.
  relay?.kill();
  const listen = `127.0.0.1:${await freePort()}`;
  const flags = ['--no-build', '--listen', listen, '--upstream', provider.base, '--upload-upstream', provider.base,
    '--allow-media-origin', provider.base, '--access-token', 'ann=ann-token', '--data-dir', data, ...more];
  const child = spawn(process.execPath, [RUN, ...flags], {
    detached: true, stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, KIE_API_KEY: 'not-a-real-key' },
  });
  for await (const line of createInterface({ input: child.stdout })) if (line.includes('ready')) break;
  child.stdout.resume();
  const authorization = 'Bearer ann-token';
  relay = {
    base: `http://${listen}`,
    // The whole group at once, so that nobody has time to write anything down.
    kill: () => { try { process.kill(-child.pid, 'SIGKILL'); } catch { /* it is gone */ } },
    ask: (path, init = {}) => fetch(`http://${listen}${path}`, { ...init, headers: { authorization, ...init.headers } }),
  };
  return relay;
}

const generate = (prompt, key) => relay.ask('/api/v1/veo/generate', {
  method: 'POST', body: JSON.stringify({ prompt }), headers: { 'content-type': 'application/json', 'idempotency-key': key },
});
const postsOf = (prompt) => provider.posts.filter((post) => post.prompt === prompt).length;

/** Reads the event stream until an intent is told to be in a state. */
async function toldAs(intent, state) {
  const stream = await relay.ask('/relay/events', { signal: AbortSignal.timeout(25_000) });
  let text = '';
  for await (const chunk of stream.body) {
    text += Buffer.from(chunk).toString();
    const events = text.split('\n').filter((line) => line.startsWith('data: ')).map((line) => JSON.parse(line.slice(6)));
    if (events.some((event) => event.intentId === intent && event.state === state)) return;
  }
  assert.fail('the stream ended');
}

async function until(what, look) {
  for (const end = Date.now() + 20_000; Date.now() < end; await new Promise((done) => setTimeout(done, 100))) {
    const found = await look();
    if (found) return found;
  }
  assert.fail(`not within 20 s: ${what}`);
}

test('a crash while the answer is awaited leaves it unknown, and nothing is sent again', async () => {
  provider.isHeld = true;
  for (let round = 0; round < 3; round++) {
    await startRelay();
    const arrived = new Promise((done) => { provider.arrived = done; });
    const asked = generate(`held ${round}`, `held-${round}`).catch(() => 'gone');
    await arrived;
    relay.kill();
    assert.equal(await asked, 'gone');
    await startRelay();
    const became = await (await relay.ask(`/relay/intents/held-${round}`)).json();
    assert.equal(became.state, 'unknown');
    const again = await generate(`held ${round}`, `held-${round}`);
    assert.equal(again.status, 502);
    assert.equal(postsOf(`held ${round}`), 1);
    relay.kill();
  }
  provider.isHeld = false;
});

test('a crash at any moment charges at most once', async () => {
  for (let round = 0; round < 8; round++) {
    await startRelay();
    const asked = generate(`any ${round}`, `any-${round}`).catch(() => 'gone');
    await new Promise((done) => setTimeout(done, round * 4));
    relay.kill();
    await asked;
    await startRelay();
    const again = await generate(`any ${round}`, `any-${round}`);
    assert.ok([200, 502].includes(again.status), `${again.status}`);
    assert.equal(postsOf(`any ${round}`), 1);
    relay.kill();
  }
});

test('without a callback the relay looks by itself, also after a crash', async () => {
  await startRelay('--public-url', 'http://127.0.0.1:1');
  await generate('followed', 'followed');
  await toldAs('followed', 'generating');
  relay.kill();
  await startRelay();
  await toldAs('followed', 'succeeded');
  relay.kill();
});

test('what was spent today is spent after a crash too', async () => {
  const limited = ['--daily-credits', '70', '--data-dir', join(data, 'limited')];
  await startRelay(...limited);
  assert.equal((await generate('first', 'first')).status, 200);
  relay.kill();
  await startRelay(...limited);
  const second = await generate('second', 'second');
  assert.equal(second.status, 402);
  assert.equal((await second.json()).data.reason, 'daily-credits');
  assert.equal(postsOf('second'), 0);
  relay.kill();
});

test('a limit that cannot be read lets nobody spend', async () => {
  await startRelay('--daily-credits', 'plenty');
  assert.equal((await generate('unlimited', 'unlimited')).status, 503);
  assert.equal(postsOf('unlimited'), 0);
  relay.kill();
});

test('under other names than its own it is not there', async () => {
  await startRelay('--allow-host', 'video.example');
  const status = (host) => new Promise((done) => get(`${relay.base}/relay/health`, { headers: { host } }, (response) => done(response.statusCode)));
  assert.deepEqual([await status('video.example'), await status('evil.example')], [200, 403]);
  relay.kill();
});

test('an answer that was stored survives a crash', async () => {
  await startRelay();
  const first = await (await generate('kept', 'kept')).text();
  relay.kill();
  await startRelay();
  const again = await generate('kept', 'kept');
  assert.equal(again.headers.get('idempotency-replayed'), 'true');
  assert.equal(await again.text(), first);
  assert.equal(postsOf('kept'), 1);
});

test('an archived video outlives the provider\'s', async () => {
  await generate('archived', 'archived');
  const { callBackUrl } = provider.posts.find((post) => post.prompt === 'archived');
  const called = await fetch(callBackUrl, { method: 'POST', body: JSON.stringify({ code: 200, data: { taskId: TASK } }) });
  assert.equal(called.status, 200);
  const path = `/relay/media/${TASK}/720p/0`;
  // The provider's file has no tag, the archived one has.
  await until('the video is archived', async () => (await relay.ask(path)).headers.get('etag'));
  provider.hasVideo = false;
  const part = await relay.ask(path, { headers: { range: 'bytes=4-7' } });
  assert.equal(part.status, 206);
  assert.equal(part.headers.get('content-range'), `bytes 4-7/${VIDEO.length}`);
  assert.equal(await part.text(), 'ftyp');
  const whole = Buffer.from(await (await relay.ask(path)).arrayBuffer());
  assert.ok(whole.equals(VIDEO));
  assert.equal((await relay.ask(path, { headers: { range: 'bytes=99999-' } })).status, 416);
  provider.hasVideo = true;
  relay.kill();
});

test('parts are made where the provider sends the whole', async () => {
  await startRelay();
  const other = `/relay/media/${TASK.replace('9b', 'aa')}/720p/0`;
  const part = await relay.ask(other, { headers: { range: 'bytes=-5' } });
  assert.equal(part.status, 206);
  assert.equal(part.headers.get('content-range'), `bytes ${VIDEO.length - 5}-${VIDEO.length - 1}/${VIDEO.length}`);
  assert.equal(await part.text(), 'xxxxx');
  relay.kill();
});

test('the page comes from the same Worker and speaks to it', async () => {
  const page = join(data, 'page');
  mkdirSync(page);
  writeFileSync(join(page, 'index.html'), '<!doctype html><title>Vireo</title>');
  writeFileSync(join(page, 'config.json'), '{"connection":"direct","typicalSeconds":{"veo3":9}}');
  await startRelay('--static', page);
  assert.match(await (await fetch(`${relay.base}/`)).text(), /<title>Vireo/);
  const config = await fetch(`${relay.base}/config.json`);
  assert.equal(config.headers.get('access-control-allow-origin'), '*');
  assert.deepEqual(await config.json(), { connection: 'relay', relayBase: './', typicalSeconds: { veo3: 9 } });
  assert.equal((await fetch(`${relay.base}/relay/other`)).status, 404);
  assert.equal((await fetch(`${relay.base}/api/v1/chat/credit`)).status, 401);
  relay.kill();
});
