import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { readProbe, typeCodeOf } from './host-facts.ts';

const BASE = [
  'uid=0',
  'root=yes',
  'arch=x86_64',
  'os="Debian 12"',
  'cpus=64',
  'memory_kb=528280900',
  'disk_kb=1000',
];
const TOOLS = ['tool=systemctl', 'tool=curl', 'tool=sha256sum'];
const probe = (...lines: string[]) => readProbe([...BASE, ...TOOLS, ...lines].join('\n'));

test('a machine is called by all that a fit depends on, so equal machines stand in for each other', () => {
  const gpu = 'nvidia=NVIDIA H100 80GB HBM3, 81559, 550.54.15, 9.0';
  const report = probe(gpu, gpu, 'runtime=docker Docker version 27', 'toolkit=1.16');
  assert(report);
  assert.equal(typeCodeOf(report.facts), 'BM-2xH100-80GB-HBM3-80G-64c-504G');
  assert.deepEqual(report.facts.warnings, []);
});

test('GPUs of AMD are read from their own program', () => {
  const card = { 'Card Series': 'AMD Instinct MI300X', 'VRAM Total Memory (B)': '206141652992' };
  const report = probe(
    `rocm=${JSON.stringify({ card0: card, card1: card, system: { 'Driver version': '6.7.0' } })}`,
  );
  assert.deepEqual(
    report?.facts.gpus.map(({ kind, driver }) => [kind, driver]),
    [
      ['AMD Instinct MI300X', '6.7.0'],
      ['AMD Instinct MI300X', '6.7.0'],
    ],
  );
});

test('what a model would miss is said with what to do', () => {
  const old = probe('nvidia=Tesla T4, 15360, 470.82, 7.5', 'runtime=docker x');
  assert.match(old?.facts.warnings.join('\n') ?? '', /nvidia-container-toolkit[\s\S]*525 or newer/);
  const broken = probe('nvidia_error=NVIDIA-SMI has failed because it could not communicate');
  assert.match(broken?.facts.warnings.join('\n') ?? '', /nvidia-smi fails[\s\S]*no container runtime/);
  assert.deepEqual(readProbe([...BASE, 'tool=wget'].join('\n'))?.missingTools, ['sha256sum', 'systemd']);
});

test('what is no answer of the probe is none, whatever it is', () => {
  assert.equal(readProbe('Welcome!\nroot=maybe\n'), undefined);
  fc.assert(
    fc.property(fc.string(), (text) => {
      readProbe(text);
      readProbe([...BASE, `rocm=${text}`, `nvidia=${text}`].join('\n'));
    }),
  );
});
