import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type HeartbeatRequest, heartbeatRequestSchema } from '#contracts/worker.ts';
import { parseStrictJson } from '#http/json-body.ts';
import { readBeat } from './read-beat.ts';

const GPU = {
  index: 0,
  name: 'NVIDIA L4',
  utilisation: 0.87,
  memory_used_bytes: 20e9,
  memory_total_bytes: 24e9,
  temperature_c: 61,
  power_w: 68.5,
};
const BEAT: HeartbeatRequest = {
  instance_id: `inst_${'0'.repeat(26)}`,
  epoch: 1,
  seq: 7,
  status: 'ready',
  engine_http: true,
  model: 'org/model',
  model_bytes_loaded: null,
  model_bytes_total: 1.5e9,
  error: null,
  engine_restarts: 0,
  in_flight: 3,
  agent: { version: '0.1.0', build_date: '2026-11-01', sha256: 'a'.repeat(64) },
  sample: {
    cpu_ratio: 0.25,
    memory_used_bytes: 12_345_678_901,
    memory_total_bytes: 48e9,
    disk_used_bytes: 120e9,
    disk_total_bytes: 500e9,
    network_rx_bytes: 1e6,
    network_tx_bytes: 2e6,
    requests_running: 3,
    requests_waiting: 0,
    tokens_per_second: 812.5,
    kv_cache_ratio: null,
    kv_cache_tokens: 400_000,
    gpus: [GPU, { ...GPU, index: 1 }],
  },
};

function readCarefully(body: Buffer): HeartbeatRequest | undefined {
  try {
    return heartbeatRequestSchema.parse(parseStrictJson(body));
  } catch {
    return undefined;
  }
}

/** Whatever the quick way takes, the careful one takes as the same. Tells whether it was taken quickly. */
function compare(text: string | Buffer): boolean {
  const body = Buffer.from(text as string);
  const quick = readBeat(body);
  if (quick !== undefined) assert.deepEqual(quick, readCarefully(body), body.toString());
  return quick !== undefined;
}

test('what agents write is read quickly', () => {
  const error = { code: 'engine_crashed', message: 'the engine ended with code 1' };
  const beats: HeartbeatRequest[] = [
    BEAT,
    { ...BEAT, status: 'failed', error, model: null },
    { ...BEAT, sample: { ...BEAT.sample, gpus: [] } },
    {
      ...BEAT,
      sample: { ...BEAT.sample, gpus: Array.from({ length: 64 }, (_, index) => ({ ...GPU, index })) },
    },
  ];
  for (const beat of beats) {
    assert.ok(compare(JSON.stringify(beat)));
    assert.ok(compare(JSON.stringify(beat, null, 2)), 'white space changes nothing');
  }
});

test('what is unusual is left to the careful way, and what is wrong is not taken', () => {
  const text = JSON.stringify(BEAT);
  const unusual = [
    text.replace('"seq":7', '"seq":7,"seq":8'),
    text.replace('"index":0', '"index":0,"index":0'),
    text.replace('"seq":7', '"seq":7,"more":8'),
    text.replace('"seq":7', '"__proto__":{}'),
    text.replace('"seq":7', '"__proto__":{"seq":7}'),
    text.replace('NVIDIA', 'N\\u0000'),
    text.replace('NVIDIA', '\\ud800'),
    text.replace('NVIDIA', 'GeForce\u2122'),
    text.replace('812.5', '1e999'),
    text.replace('"seq":7', '"seq":1.5'),
    text.replace('"seq":7', '"seq":9007199254740993'),
    text.replace('"epoch":1', '"epoch":null'),
    text.replace('ready', 'happy'),
    text.replace('ready', 'constructor'),
    text.replace('0.87', '100.5'),
    text.replace('"agent":{', '"agent":[{').replace('},"sample"', '}],"sample"'),
    JSON.stringify({ ...BEAT, sample: { ...BEAT.sample, gpus: Array.from({ length: 65 }, () => GPU) } }),
    JSON.stringify({ ...BEAT, error: { code: 'x'.repeat(65), message: '' } }),
    `${text}x`,
    '',
    'null',
    '[]',
    '{}',
    '"',
  ];
  for (const body of unusual) assert.equal(compare(body), false, body.slice(0, 200));
  assert.equal(compare(Buffer.from([0xff, ...Buffer.from(text)])), false);
});

test('no mutation of a heartbeat is taken quickly and refused or changed by the careful way', () => {
  const random = randomFrom(20_261_121);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  const values = [
    null,
    true,
    -1,
    0,
    0.5,
    1e300,
    2 ** 53,
    '',
    'ready',
    'x'.repeat(65),
    [],
    {},
    [GPU],
    BEAT.agent,
  ];
  const pieces = [
    '"',
    '\\',
    ',',
    ':',
    '{',
    '}',
    '[',
    ']',
    '0',
    '-',
    'e9',
    ' ',
    '"seq":1,',
    'null',
    '\t',
    '\u00e9',
    '"a":1,',
  ];
  const counts = { quick: 0, all: 0 };
  for (let round = 0; round < 20_000; round++) {
    let text: string;
    if (round % 2 === 0) {
      const beat = structuredClone(BEAT) as unknown as Record<string, unknown>;
      const sample = beat['sample'] as Record<string, unknown>;
      const target = pick([beat, beat['agent'], sample, (sample['gpus'] as unknown[])[0]]) as Record<
        string,
        unknown
      >;
      const field = pick(Object.keys(target));
      if (random() < 0.2) delete target[field];
      else target[random() < 0.1 ? 'other' : field] = pick(values);
      text = JSON.stringify(beat);
    } else {
      text = JSON.stringify(BEAT);
      for (let count = 0; count <= random() * 3; count++) {
        const at = Math.floor(random() * text.length);
        text = text.slice(0, at) + pick(pieces) + text.slice(at + Math.floor(random() * 3));
      }
    }
    counts.all += 1;
    if (compare(text)) counts.quick += 1;
  }
  assert.ok(counts.quick > 500 && counts.quick < counts.all - 500, JSON.stringify(counts));
});

/** Mulberry32: the same numbers each time. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
