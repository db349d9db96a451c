/** Pages that only the measurement shows, bundled as the dashboard is, and served at its own origin to one browser. */
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { extname, join, resolve } from 'node:path';
import type { BrowserContext } from 'playwright-core';
import { build } from 'vite';

const WEB = resolve(import.meta.dirname, '../../web');
const TYPES: Readonly<Record<string, string>> = {
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.woff2': 'font/woff2',
};

const ENTRIES = ['bare-table.tsx', 'large-chart.tsx', 'timers.ts'];

/** From then on `/bench/<page>` is there for the pages of this context, and each page has the words of `timers.ts`. */
export async function addBenchPages(context: BrowserContext): Promise<void> {
  const outDir = mkdtempSync(join(tmpdir(), 'bench-web-'));
  await build({
    configFile: join(WEB, 'vite.config.ts'),
    logLevel: 'warn',
    base: '/bench/',
    build: {
      outDir,
      emptyOutDir: true,
      rollupOptions: {
        input: ENTRIES.map((entry) => join(WEB, 'bench', entry)),
        output: { entryFileNames: '[name].js' },
      },
    },
  });
  const files = readdirSync(outDir, { recursive: true, encoding: 'utf8' });
  const styles = files.filter((file) => file.endsWith('.css'));
  await context.addInitScript({ path: join(outDir, 'timers.js') });
  await context.route('**/bench/**', (route) => {
    const path = new URL(route.request().url()).pathname.slice('/bench/'.length);
    if (files.includes(path)) {
      const contentType = TYPES[extname(path)] ?? 'application/octet-stream';
      return route.fulfill({ contentType, body: readFileSync(join(outDir, path)) });
    }
    const links = styles.map((file) => `<link rel="stylesheet" href="/bench/${file}">`).join('');
    const body = `<!doctype html><html lang="en"><title>bench</title>${links}<body><script type="module" src="/bench/${path}.js"></script>`;
    return route.fulfill({ contentType: 'text/html', body });
  });
}
