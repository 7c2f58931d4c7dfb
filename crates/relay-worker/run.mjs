// Builds the Worker with local tools and runs it on workerd, on this machine and without a network:
//   node run.mjs --upstream http://127.0.0.1:9101 --upload-upstream http://127.0.0.1:9102 --access-token ann=secret
// The flags are the native relay's; the provider's key comes from KIE_API_KEY. `--build-only` ends after the build,
// `--no-build` starts what is there, `--debug` builds faster and larger.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const WORKER_BUILD = '0.8.7';
const here = dirname(fileURLToPath(import.meta.url));
const inside = (...parts) => join(here, ...parts);
// What the project's tasks have installed comes before what the machine has.
const ours = (name) => [inside('../../.tools/bin', name)].find(existsSync) ?? name;

const { values: flags } = parseArgs({
  options: {
    'listen': { type: 'string', default: '127.0.0.1:8787' },
    'upstream': { type: 'string' },
    'upload-upstream': { type: 'string' },
    'allow-media-origin': { type: 'string', multiple: true, default: [] },
    'allow-origin': { type: 'string', multiple: true, default: [] },
    'access-token': { type: 'string', multiple: true, default: [] },
    'allow-host': { type: 'string', multiple: true, default: [] },
    'daily-credits': { type: 'string' },
    'rate': { type: 'string' },
    'concurrency': { type: 'string' },
    'webhook-hmac-key': { type: 'string', multiple: true, default: [] },
    'public-url': { type: 'string' },
    'data-dir': { type: 'string' },
    'static': { type: 'string' },
    'build-only': { type: 'boolean', default: false },
    'no-build': { type: 'boolean', default: false },
    'debug': { type: 'boolean', default: false },
  },
});

if (!flags['no-build']) build();
if (!flags['build-only']) await start();

function run(command, args, env = {}) {
  const { status, error } = spawnSync(command, args, { cwd: here, stdio: 'inherit', env: { ...process.env, ...env } });
  if (error || status !== 0) throw new Error(`${command} ${args.join(' ')} failed${error ? `: ${error.message}` : ''}`);
}

function build() {
  if (!existsSync(inside('node_modules/workerd'))) run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund']);
  const tool = inside('target/tools/bin/worker-build');
  if (!existsSync(tool)) {
    console.log('Installing worker-build (about three minutes, once)');
    run('cargo', ['install', 'worker-build', '--version', WORKER_BUILD, '--locked', '--debug', '--root', inside('target/tools')]);
  }
  console.log('Building the Worker (about three minutes the first time)');
  const bin = (name) => inside('node_modules/.bin', name);
  run(tool, [flags.debug ? '--dev' : '--release'], {
    ESBUILD_BIN: bin('esbuild'),
    WASM_OPT_BIN: bin('wasm-opt'),
    WASM_BINDGEN_BIN: process.env.WASM_BINDGEN_BIN ?? ours('wasm-bindgen'),
  });
}

async function start() {
  const { Miniflare } = await import('miniflare');
  const [, host, port] = /^(.*):(\d+)$/.exec(flags.listen) ?? [];
  if (!port) throw new Error('--listen must be HOST:PORT');
  const module = (type, name) => ({ type, path: inside('build', name), contents: readFileSync(inside('build', name)) });
  const kept = (name) => (flags['data-dir'] ? join(flags['data-dir'], name) : false);
  const worker = new Miniflare({
    host,
    port: Number(port),
    cf: false,
    telemetry: { enabled: false },
    modulesRoot: inside('build'),
    modules: [module('ESModule', 'index.js'), module('CompiledWasm', 'index_bg.wasm')],
    compatibilityDate: '2026-01-01',
    durableObjects: {
      INTENTS: { className: 'IntentObject', useSQLite: true },
      CALLERS: { className: 'CallerObject', useSQLite: true },
      PURSE: { className: 'PurseObject', useSQLite: true },
      GUESSES: { className: 'GuessesObject', useSQLite: true },
    },
    durableObjectsPersist: kept('objects'),
    r2Buckets: ['ARCHIVE'],
    r2Persist: kept('archive'),
    ...(flags.static && {
      assets: {
        directory: flags.static,
        binding: 'ASSETS',
        routerConfig: { has_user_worker: true, static_routing: { user_worker: ['/api/*', '/relay/*', '/config.json'] } },
      },
    }),
    bindings: {
      KIE_API_KEY: process.env.KIE_API_KEY ?? '',
      ACCESS_TOKENS: flags['access-token'].join(','),
      WEBHOOK_HMAC_KEYS: flags['webhook-hmac-key'].join(','),
      ALLOW_ORIGINS: flags['allow-origin'].join(' '),
      ALLOW_HOSTS: flags['allow-host'].join(' '),
      DAILY_CREDITS: flags['daily-credits'] ?? '',
      RATE: flags.rate ?? '',
      CONCURRENCY: flags.concurrency ?? '',
      ALLOW_MEDIA_ORIGINS: flags['allow-media-origin'].join(' '),
      UPSTREAM: flags.upstream ?? '',
      UPLOAD_UPSTREAM: flags['upload-upstream'] ?? '',
      PUBLIC_URL: flags['public-url'] ?? `http://${flags.listen}`,
    },
  });
  console.log(`Vireo is ready: ${await worker.ready}`);
  const stop = () => worker.dispose().then(() => process.exit(0));
  process.on('SIGINT', stop).on('SIGTERM', stop);
}
