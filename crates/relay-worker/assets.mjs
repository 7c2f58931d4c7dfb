// Serves a folder on workerd as a Worker's static assets, which is how Cloudflare serves the page where there is no relay:
//   node assets.mjs ../../dist 8788
import { Miniflare } from 'miniflare';

const [directory, port] = process.argv.slice(2);
const pages = new Miniflare({
  host: '127.0.0.1',
  port: Number(port),
  cf: false,
  telemetry: { enabled: false },
  modules: true,
  script: 'export default {}',
  compatibilityDate: '2026-01-01',
  assets: { directory, assetConfig: { not_found_handling: '404-page' } },
});
await pages.ready;
const stop = () => pages.dispose().then(() => process.exit(0));
process.on('SIGINT', stop).on('SIGTERM', stop);
