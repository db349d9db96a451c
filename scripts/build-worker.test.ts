import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { buildWorker, isVersionHonest } from './build-worker.ts';

let dir = '';
beforeEach(() => {
  dir = fs.mkdtempSync(path.join(os.tmpdir(), 'build-worker-'));
});
afterEach(() => fs.rmSync(dir, { recursive: true, force: true }));

describe('the build of the worker', { timeout: 60_000 }, () => {
  it('gives the same bytes from the same sources, in any directory', async () => {
    const [first, second] = [path.join(dir, 'a'), path.join(dir, 'b')];
    const one = await buildWorker(first);
    const two = await buildWorker(second);
    assert.equal(one.manifest.sha256, two.manifest.sha256);
    assert.deepEqual(fs.readFileSync(one.file), fs.readFileSync(two.file));
    if (one.engineFile && two.engineFile) {
      assert.deepEqual(fs.readFileSync(one.engineFile), fs.readFileSync(two.engineFile));
    }
  });

  it('names the file by its checksum and tells it in the manifest', async () => {
    const { manifest, file } = await buildWorker(dir);
    const content = fs.readFileSync(file);
    assert.equal(createHash('sha256').update(content).digest('hex'), manifest.sha256);
    assert.equal(path.basename(file), `${manifest.sha256}.mjs`);
    assert.deepEqual(JSON.parse(fs.readFileSync(path.join(dir, 'manifest.json'), 'utf8')), manifest);
    assert.ok(content.includes(manifest.version) && content.includes(manifest.build_date));
  });

  it('holds the agent alone: no package, nothing of the control plane', async () => {
    await buildWorker(dir);
    const { inputs } = JSON.parse(fs.readFileSync(path.join(dir, 'stamp.json'), 'utf8'));
    const foreign = Object.keys(inputs).filter(
      (name) =>
        !/^(bin\/worker|src\/(worker|kernel|contracts)\/|scripts\/build-worker|node_modules\/esbuild\/)/.test(
          name,
        ),
    );
    assert.deepEqual(foreign, []);
  });

  it('builds nothing when nothing changed, and again when its output is gone', async () => {
    const { file } = await buildWorker(dir);
    const before = fs.statSync(file).mtimeMs;
    await buildWorker(dir);
    assert.equal(fs.statSync(file).mtimeMs, before);
    fs.rmSync(file);
    await buildWorker(dir);
    assert.ok(fs.existsSync(file));
  });

  it('is not disturbed by another build at the same time', async () => {
    const builds = await Promise.all([buildWorker(dir), buildWorker(dir), buildWorker(dir)]);
    assert.equal(new Set(builds.map((build) => build.manifest.sha256)).size, 1);
  });

  it('sees when the sources changed and the version did not', () => {
    const released = { version: '1.0.0', source_sha256: 'a' };
    assert.ok(isVersionHonest(released, { version: '1.0.0', source_sha256: 'a' }));
    assert.ok(isVersionHonest(released, { version: '1.0.1', source_sha256: 'b' }));
    assert.ok(!isVersionHonest(released, { version: '1.0.0', source_sha256: 'b' }));
    assert.ok(isVersionHonest(undefined, { version: '1.0.0', source_sha256: 'b' }));
  });
});
