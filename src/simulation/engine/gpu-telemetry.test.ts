import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { SILENT_LOG } from '#kernel/log.ts';
import { systemEnv } from '#kernel/system-env.ts';
import { type GpuLoad, GpuTelemetry, gpuCsv } from './gpu-telemetry.ts';

const IDLE: GpuLoad = { busyRatio: 0, kvRatio: 0, loadedBytes: 0 };

test('temperature and power rise with the load and fall after it; the file is written when something changes', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'gpu-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'gpu.csv');
  let load = IDLE;
  const options = { path, count: 1, name: 'NVIDIA H100 80GB HBM3', memoryMib: 81_559 };
  const telemetry = new GpuTelemetry(systemEnv(SILENT_LOG), options, () => load);
  const read = () => {
    telemetry.update();
    const [line = ''] = readFileSync(path, 'utf8').split('\n');
    const [, , , , memory, utilisation, temperature, power] = line.split(', ').map(Number);
    return {
      memory: memory ?? 0,
      utilisation: utilisation ?? 0,
      temperature: temperature ?? 0,
      power: power ?? 0,
    };
  };
  const cold = read();
  const written = statSync(path).ino;
  telemetry.update();
  assert.equal(statSync(path).ino, written, 'nothing changed, nothing was written');
  load = { busyRatio: 0.9, kvRatio: 0.5, loadedBytes: 16 * 2 ** 30 };
  const warm = read();
  const hot = read();
  assert.equal(warm.utilisation, 90);
  assert.equal(warm.memory, 4 + 16_384 + Math.round((81_559 * 0.9 - 16_384) / 2));
  assert.ok(cold.temperature < warm.temperature && warm.temperature < hot.temperature);
  assert.ok(cold.power < warm.power && warm.power < hot.power && hot.power < 700);
  load = IDLE;
  const after = read();
  assert.ok(
    after.utilisation === 0 && after.temperature < hot.temperature && after.temperature > cold.temperature,
  );
  assert.deepEqual(readdirSync(folder), ['gpu.csv']);
});

test('each GPU has its line, known kinds their compute capability, and memory never exceeds what there is', () => {
  const options = { path: '', count: 3, name: 'Tesla P100-PCIE-16GB', memoryMib: 16_384 };
  const text = gpuCsv(options, { busyRatio: 3, kvRatio: 1, loadedBytes: 2 ** 40 }, 1);
  const lines = text.trimEnd().split('\n');
  assert.deepEqual(
    lines.map((line) => line.split(', ').slice(0, 6).join()),
    [0, 1, 2].map((index) => `${index},Tesla P100-PCIE-16GB,6.0,16384,16384,100`),
  );
});

test('a file that cannot be written is said once and ends nothing', () => {
  let warnings = 0;
  const log = { ...SILENT_LOG, warn: () => warnings++ };
  const options = { path: '/nonexistent/gpu.csv', count: 1, name: 'x', memoryMib: 1 };
  const telemetry = new GpuTelemetry(systemEnv(log), options, () => IDLE);
  telemetry.update();
  telemetry.update();
  assert.equal(warnings, 1);
});
