import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import * as z from 'zod';
import { docsRoutes } from './docs-routes.ts';
import { healthRoutes } from './health-routes.ts';
import { route } from './route.ts';
import { staticFiles } from './static-files.ts';
import { startTestServer } from './testing.ts';
import { readWorkerManifest, workerFileRoutes } from './worker-files.ts';

function folder(t: TestContext, files: Record<string, string>): string {
  const path = mkdtempSync(join(tmpdir(), 'inventiv-files-'));
  t.after(() => rmSync(path, { recursive: true }));
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(join(path, name, '..'), { recursive: true });
    writeFileSync(join(path, name), content);
  }
  return path;
}
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

test('the application is served for its own addresses, and never instead of an answer for programs', async (t) => {
  const outside = folder(t, {
    'secret.txt': 'secret',
    'web/index.html': '<p>app</p>',
    'web/assets/app-Ab12Cd34.js': '1',
  });
  const server = await startTestServer(t, { mounts: () => [staticFiles(join(outside, 'web'))] });
  for (const path of ['/', '/instances/inst_1', '/login?next=/x', '/apis', '/v1x']) {
    const answer = await server.request(path);
    assert.deepEqual(
      [answer.status, await answer.text(), answer.headers.get('cache-control')],
      [200, '<p>app</p>', 'no-cache'],
      path,
    );
    assert.match(answer.headers.get('content-security-policy') ?? '', /script-src 'self';/);
  }
  const asset = await server.request('/assets/app-Ab12Cd34.js');
  assert.equal(asset.headers.get('cache-control'), 'public, max-age=31536000, immutable');
  for (const path of ['/api/x', '/v1/x', '/internal/x', '/healthz', '/api', '/assets/old-Ab12Cd34.js']) {
    assert.equal((await server.request(path)).status, 404, path);
  }
  assert.equal((await server.request('/', { method: 'POST' })).status, 405);
  assert.equal((await server.request('/', { method: 'HEAD' })).status, 200);
  for (const path of [
    '/../secret.txt',
    '/..%2fsecret.txt',
    '/%2e%2e/secret.txt',
    '/assets/..%2f..%2fsecret.txt',
    '/%00',
    '/..\\secret.txt',
  ]) {
    const text = await server.raw(`GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
    assert(!text.includes('secret'), path);
    assert.doesNotMatch(text, /^HTTP\/1.1 5/, path);
  }
});

test('without a built application the page says what to do', async (t) => {
  const server = await startTestServer(t, { mounts: () => [staticFiles(join(folder(t, {}), 'dist'))] });
  const answer = await server.request('/');
  assert.equal(answer.status, 503);
  assert.match(await answer.text(), /not built yet.*make up/);
});

test('the worker and the Node binary are found by their checksum only', async (t) => {
  const [bundle, node] = ['export {}', 'binary'];
  const name = `${sha256(bundle)}.mjs`;
  const manifest = { version: '1.2.3', build_date: 'x', sha256: sha256(bundle), file: name };
  const path = folder(t, {
    [`w/${name}`]: bundle,
    'w/manifest.json': JSON.stringify(manifest),
    'bin/node': node,
  });
  const files = { bundleFolder: join(path, 'w'), nodeBinaries: [join(path, 'none'), join(path, 'bin/node')] };
  const server = await startTestServer(t, { routes: () => workerFileRoutes(files) });
  assert.equal(readWorkerManifest(files.bundleFolder)?.version, '1.2.3');
  assert.equal(readWorkerManifest(path), undefined);
  const got = await server.request(`/internal/worker/${name}`);
  assert.deepEqual(
    [await got.text(), got.headers.get('cache-control')],
    [bundle, 'public, max-age=31536000, immutable'],
  );
  assert.equal(await (await server.request(`/internal/node/${sha256(node)}`)).text(), node);
  for (const other of [`/internal/worker/${sha256('x')}.mjs`, `/internal/node/${sha256('x')}`]) {
    const answer = await server.request(other);
    assert.deepEqual(
      [answer.status, ((await answer.json()) as { code: string }).code],
      [404, 'worker.bundle_not_found'],
    );
  }
  for (const bad of ['manifest.json', '..%2fbin%2fnode', `${name}x`]) {
    assert.equal((await server.request(`/internal/worker/${bad}`)).status, 422, bad);
  }
});

test('the interface is described on this host alone', async (t) => {
  const things = route({
    method: 'GET',
    path: '/api/v1/things/:id',
    name: 'models.thing',
    summary: 'A thing',
    policy: { allow: 'member', action: 'models.read' },
    params: z.object({ id: z.string() }),
    success: { status: 200, body: z.object({ id: z.string() }) },
    handler: async () => ({ id: '1' }),
  });
  const server = await startTestServer(t, {
    routes: () => docsRoutes([things], { version: '1', named: {} }),
  });
  const document = (await (await server.request('/api/openapi.json')).json()) as {
    openapi: string;
    paths: Record<string, { get: { parameters: { name: string; in: string; required: boolean }[] } }>;
  };
  assert.equal(document.openapi, '3.1.0');
  const [parameter] = document.paths['/api/v1/things/{id}']?.get.parameters ?? [];
  assert.deepEqual([parameter?.name, parameter?.in, parameter?.required], ['id', 'path', true]);
  const page = await server.request('/api/docs');
  const html = await page.text();
  assert.doesNotMatch(html, /https?:\/\//, 'the page names no other host');
  assert.doesNotMatch(page.headers.get('content-security-policy') ?? '', /https?:|\*|unsafe-eval/);
  const script = await server.request('/api/docs/reference.js');
  assert.match(script.headers.get('content-type') ?? '', /javascript/);
  assert((await script.text()).length > 1_000_000);
  assert.match(await (await server.request('/api/docs/errors')).text(), /id="model\.required"/);
});

test('ready means that the database has the tables of this release', async (t) => {
  const server = await startTestServer(t, { routes: ({ db }) => healthRoutes({ db }) });
  assert.equal((await server.request('/healthz')).status, 200);
  assert.equal((await server.request('/readyz')).status, 200);
  await server.db.query('drop table usage_hourly');
  const answer = await server.request('/readyz');
  assert.deepEqual(
    [answer.status, ((await answer.json()) as { code: string }).code],
    [503, 'database.unavailable'],
  );
  assert.equal((await server.request('/healthz')).status, 200);
});
