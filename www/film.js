// Films from clips, without re-encoding: looks into a clip, joins or plays clips, grabs a last frame.
// Loaded when it is first used, with mediabunny beside it; both are no part of the first load.
import {
  BlobSource, EncodedAudioPacketSource, EncodedPacket, EncodedPacketSink, EncodedVideoPacketSource, Input, MP4, Mp4OutputFormat,
  Output, QTFF, StreamTarget,
} from './mediabunny.js'; // Lies in vendor/ here, beside this file in dist/.

// Why something cannot be done. `code` is one of: empty, unreadable, no-video, size, codec, settings, audio, cancelled,
// no-picture, failed. `clip` is the place of the clip it is about, from 0; `have` and `want` are facts to show, or ''.
export class FilmError extends Error {
  constructor(code, clip = -1, have = '', want = '') {
    super(`${code}${clip < 0 ? '' : ` (clip ${clip + 1})`}${have && `: ${have}`}${want && `, wanted ${want}`}`);
    Object.assign(this, { name: 'FilmError', code, clip, have, want });
  }
}

// A frame of AAC-LC that holds nothing, by number of channels. Stands where a clip has no sound.
const AAC_SILENCE = {
  1: Uint8Array.of(0x01, 0x18, 0x20, 0x07),
  2: Uint8Array.of(0x21, 0x10, 0x04, 0x60, 0x8c, 0x1c),
};
const CHUNK_BYTES = 4 * 1024 * 1024;
const PICTURE_TIMEOUT_MS = 20_000;
const METADATA_ONLY = { metadataOnly: true };

// Opens a clip for as long as `use` runs.
async function open(blob, clip, use) {
  const input = new Input({ source: new BlobSource(blob), formats: [MP4, QTFF] });
  try {
    const video = await input.getPrimaryVideoTrack();
    if (!video) throw new FilmError('no-video', clip);
    return await use({ video, audio: await input.getPrimaryAudioTrack() });
  } catch (error) {
    throw error instanceof FilmError ? error : new FilmError('unreadable', clip, error.message);
  } finally {
    input.dispose();
  }
}

// All that has to be the same in clips that are joined, and where their pictures begin and end.
async function facts({ video, audio }) {
  const [config, stats, start, end] = await Promise.all([
    video.getDecoderConfig(), video.computePacketStats(Infinity), video.getFirstTimestamp(), video.computeDuration(METADATA_ONLY),
  ]);
  if (!config || !stats.packetCount) throw new Error('its pictures are of an unknown kind');
  const sound = audio && await audio.getDecoderConfig();
  const soundStats = sound && await audio.computePacketStats(Infinity);
  return {
    codec: await video.getCodec(),
    width: await video.getDisplayWidth(),
    height: await video.getDisplayHeight(),
    rotation: await video.getRotation(),
    fps: stats.averagePacketRate,
    packets: stats.packetCount,
    config,
    start,
    // The pictures decide how long a clip is: sound that goes on after them would make the joint stand still.
    duration: end - start,
    audio: soundStats?.packetCount ? {
      codec: await audio.getCodec(),
      packetSeconds: packetSeconds(sound, soundStats),
      config: sound,
    } : null,
  };
}

// Sound packets hold one number of samples each, a multiple of 64 in every codec. What a container says of single packets
// is rounded, or bent at the ends.
function packetSeconds({ sampleRate }, { averagePacketRate }) {
  const samples = Math.round(sampleRate / averagePacketRate / 64) * 64;
  if (!(samples > 0)) throw new Error('its sound has no length');
  return samples / sampleRate;
}

// What a clip is made of. Without sound the last three are null.
export function inspect(blob) {
  return open(blob, 0, async (clip) => {
    const { config, width, height, fps, duration, audio } = await facts(clip);
    return {
      codec: config.codec,
      width,
      height,
      fps,
      duration,
      audioCodec: audio?.config.codec ?? null,
      sampleRate: audio?.config.sampleRate ?? null,
      channels: audio?.config.numberOfChannels ?? null,
    };
  });
}

const bytes = (config, length) => {
  const description = config.description ?? [];
  const view = ArrayBuffer.isView(description)
    ? new Uint8Array(description.buffer, description.byteOffset, description.byteLength)
    : new Uint8Array(description);
  return String(view.subarray(0, length));
};
const size = ({ width, height, rotation }) => `${width}×${height}${rotation ? ` ↻${rotation}°` : ''}`;
const sound = (audio) => (audio
  ? `${audio.config.codec} ${audio.config.sampleRate} Hz ×${audio.config.numberOfChannels}`
  : '–');
const isPlainAac = (audio) => audio.config.codec === 'mp4a.40.2';
// Two bytes of AAC's settings say all that counts; some programs add a tail that changes nothing.
const soundKey = (audio) => `${sound(audio)} ${bytes(audio.config, isPlainAac(audio) ? 2 : undefined)}`;
const silence = (audio) => isPlainAac(audio) && AAC_SILENCE[audio.config.numberOfChannels];

// Refuses what cannot be joined without re-encoding. The answer is the sound of the film, or null.
function checkTogether(clips) {
  if (!clips.length) throw new FilmError('empty');
  const [first] = clips;
  const heard = clips.find((clip) => clip.audio)?.audio ?? null;
  for (const [index, clip] of clips.entries()) {
    const compare = (code, of, show = of) => {
      if (of(clip) !== of(first)) throw new FilmError(code, index, show(clip), show(first));
    };
    compare('size', size);
    compare('codec', ({ config }) => config.codec);
    compare('settings', ({ config }) => bytes(config), () => '');
    if (heard && (clip.audio ? soundKey(clip.audio) !== soundKey(heard) : !silence(heard))) {
      throw new FilmError('audio', index, sound(clip.audio), sound(heard));
    }
  }
  return heard;
}

// Takes what the muxer writes as parts of a blob, so that the film is not held as one piece of memory.
function blobTarget() {
  let parts = [];
  let end = 0;
  const writable = new WritableStream({
    write({ data, position }) {
      if (position < end) {
        const written = new Blob(parts);
        parts = [written.slice(0, position), new Blob([data]), written.slice(position + data.byteLength)];
      } else {
        parts.push(new Blob([data]));
      }
      end = Math.max(end, position + data.byteLength);
    },
  });
  return { target: new StreamTarget(writable, { chunked: true, chunkSize: CHUNK_BYTES }), blob: (type) => new Blob(parts, { type }) };
}

// Writes the sound of one clip after the other as an unbroken row of packets, which begins one packet early: a decoder's
// run-up. Each packet keeps its place to within half a packet: what would come before the row's end is left out, a hole is
// filled with silence, so that nothing drifts.
class SoundRow {
  constructor(source, { config, packetSeconds }, quiet) {
    Object.assign(this, { source, meta: { decoderConfig: config }, packetSeconds, quiet, end: -packetSeconds });
  }

  async add(packet, timestamp) {
    // All packets hold the same time, whatever a container says of its first or last.
    await this.source.add(packet.clone({ timestamp, duration: this.packetSeconds }), this.meta);
    this.meta = undefined;
    this.end = timestamp + this.packetSeconds;
  }

  isShortOf(time) {
    return time - this.end > this.packetSeconds / 2;
  }

  async fillTo(time) {
    while (this.quiet && this.isShortOf(time)) {
      await this.add(new EncodedPacket(this.quiet, 'key', this.end, this.packetSeconds), this.end);
    }
  }

  async place(packet, ideal) {
    if (this.end - ideal > this.packetSeconds / 2) return;
    await this.fillTo(ideal);
    await this.add(packet, this.isShortOf(ideal) ? ideal : this.end);
  }
}

// Joins clips in this order into one MP4. Nothing is re-encoded, so they have to be of one kind. `onProgress` hears shares
// from 0 to 1.
export async function join(clips, onProgress = () => {}, signal = undefined) {
  const known = [];
  for (const [index, { blob }] of clips.entries()) {
    stopIf(signal);
    known.push(await open(blob, index, facts));
  }
  const heard = checkTogether(known);
  const total = known.reduce((sum, clip) => sum + clip.duration, 0);

  const { target, blob } = blobTarget();
  const output = new Output({ format: new Mp4OutputFormat({ fastStart: 'reserve' }), target });
  const pictures = new EncodedVideoPacketSource(known[0].codec);
  const packets = known.reduce((sum, clip) => sum + clip.packets, 0);
  output.addVideoTrack(pictures, { rotation: known[0].rotation, maximumPacketCount: packets });
  let row = null;
  if (heard) {
    const source = new EncodedAudioPacketSource(heard.codec);
    // One packet stands before the beginning, one may stand over the end.
    output.addAudioTrack(source, { maximumPacketCount: Math.ceil(total / heard.packetSeconds) + 2 });
    row = new SoundRow(source, heard, silence(heard));
  }
  try {
    await output.start();
    let begin = 0;
    let told = 0;
    for (const [index, clip] of known.entries()) {
      await open(clips[index].blob, index, async ({ video, audio }) => {
        const meta = index ? undefined : { decoderConfig: clip.config };
        for await (const { packet, isSound } of inTurns(video, clip.audio && audio)) {
          stopIf(signal);
          const timestamp = begin + packet.timestamp - clip.start;
          if (isSound) {
            if (packet.timestamp - clip.start < clip.duration) await row.place(packet, timestamp);
          } else {
            await pictures.add(packet.clone({ timestamp }), meta);
          }
          const share = Math.floor((100 * timestamp) / total) / 100;
          if (share > told) onProgress(told = share);
        }
      });
      begin += clip.duration;
      // Half a packet is missing at the most, also where the clip had no sound at all.
      await row?.fillTo(begin);
    }
    await output.finalize();
  } catch (error) {
    await output.cancel().catch(() => {});
    throw error instanceof FilmError ? error : new FilmError('failed', -1, error.message);
  }
  onProgress(1);
  return blob('video/mp4');
}

function stopIf(signal) {
  if (signal?.aborted) throw new FilmError('cancelled');
}

// The packets of both tracks in the order in which a player needs them.
async function* inTurns(video, audio) {
  const iterators = [video, audio].map((track) => track && new EncodedPacketSink(track).packets());
  const next = await Promise.all(iterators.map(async (packets) => (packets ? (await packets.next()).value : undefined)));
  while (next[0] || next[1]) {
    const turn = !next[0] || (next[1] && next[1].timestamp < next[0].timestamp) ? 1 : 0;
    yield { packet: next[turn], isSound: turn === 1 };
    next[turn] = (await iterators[turn].next()).value;
  }
}

// Plays clips that cannot be joined one after the other, in two players: one shows a clip while the other gets the next
// one ready. The answer ends it.
export function playInTurn(players, clips) {
  const urls = clips.map(({ blob }) => URL.createObjectURL(blob));
  const over = new AbortController();
  const load = (place) => { if (place < urls.length) players[place % 2].src = urls[place]; };
  const show = (place) => {
    if (place === urls.length) return;
    const player = players[place % 2];
    players.forEach((one) => { one.hidden = one !== player; });
    player.addEventListener('ended', () => show(place + 1), { once: true, signal: over.signal });
    // A browser that wants a click first shows its button.
    player.play().catch(() => {});
    load(place + 1);
  };
  load(0);
  show(0);
  return () => {
    over.abort();
    for (const player of players) {
      player.hidden = true;
      player.removeAttribute('src');
      player.load();
    }
    urls.forEach((url) => URL.revokeObjectURL(url));
  };
}

// The last picture of a clip as a JPEG.
export function lastFrame(blob) {
  return open(blob, 0, async ({ video, audio }) => {
    const frame = await decodeLast(video);
    try {
      return frame ? await jpeg(frame, frame.displayWidth, frame.displayHeight) : await playLast(blob, video, audio);
    } finally {
      frame?.close();
    }
  });
}

async function jpeg(picture, width, height) {
  const canvas = document.createElement('canvas');
  Object.assign(canvas, { width, height });
  canvas.getContext('2d').drawImage(picture, 0, 0);
  const blob = await new Promise((done) => { canvas.toBlob(done, 'image/jpeg', 0.95); });
  if (!blob) throw new FilmError('no-picture', 0);
  return blob;
}

// Decodes from the last key frame on. Null where the browser has no decoder to be called, or none for this codec.
async function decodeLast(video) {
  const config = await video.getDecoderConfig();
  if (typeof VideoDecoder === 'undefined' || !(await VideoDecoder.isConfigSupported(config)).supported) return null;
  let last = null;
  let broken = null;
  const decoder = new VideoDecoder({
    output(frame) {
      // Pictures come in the order of time.
      last?.close();
      last = frame;
    },
    error(error) { broken = error; },
  });
  try {
    decoder.configure(config);
    const sink = new EncodedPacketSink(video);
    for await (const packet of sink.packets(await sink.getKeyPacket(Infinity))) {
      if (broken) break;
      decoder.decode(packet.toEncodedVideoChunk());
    }
    await decoder.flush();
  } catch (error) {
    broken ??= error;
  }
  if (decoder.state !== 'closed') decoder.close();
  if (broken || !last) {
    last?.close();
    throw new FilmError('no-picture', 0, broken?.message);
  }
  return last;
}

// The same by a player, which draws late: only a picture that is known to be the last one counts.
async function playLast(blob, video, audio) {
  const { timestamp, duration } = await new EncodedPacketSink(video).getPacket(Infinity, METADATA_ONLY);
  const starts = await Promise.all([video, audio].map((track) => track?.getFirstTimestamp() ?? Infinity));
  // A player counts from the first thing there is.
  const time = timestamp - Math.max(0, Math.min(...starts));
  const player = document.createElement('video');
  const url = URL.createObjectURL(blob);
  try {
    await new Promise((done, fail) => {
      const give = () => fail(new FilmError('no-picture', 0, player.error?.message));
      setTimeout(give, PICTURE_TIMEOUT_MS);
      const seen = (_, { mediaTime }) => {
        if (mediaTime > time - duration / 2) done();
        else player.requestVideoFrameCallback(seen);
      };
      player.addEventListener('error', give);
      player.addEventListener('loadedmetadata', () => { player.currentTime = Math.min(time + duration / 2, player.duration); });
      player.requestVideoFrameCallback(seen);
      Object.assign(player, { muted: true, preload: 'auto', src: url });
    });
    return await jpeg(player, player.videoWidth, player.videoHeight);
  } finally {
    player.removeAttribute('src');
    player.load();
    URL.revokeObjectURL(url);
  }
}
