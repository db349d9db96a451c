import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type Recording, readContent, readRecordings } from './recording.ts';
import { replayRecording } from './replay.ts';
import { parseYaml } from './yaml.ts';

/** Beside the project, as for `make test-recordings`. */
const FOLDER = fileURLToPath(new URL('../../../../../../shared/fixtures/scaleway', import.meta.url));

const ZONE = '/instance/v1/zones/fr-par-1';
const SERVER = '5f5a33b1-c733-4c20-b0c8-63edbb38f620';
const VOLUME = '2321930f-3147-4b09-a514-b5a8082990fe';

type Row = readonly [method: string, path: string, code: number, answer: unknown, body?: unknown];

function recording(rows: readonly Row[]): Recording {
  const interactions = rows.map(([method, path, code, answer, body]) => ({
    request: { method, url: `https://api.scaleway.com${path}`, body: body ? JSON.stringify(body) : '' },
    response: {
      code,
      body: answer === '' ? '' : JSON.stringify(answer),
      headers: { 'X-Total-Count': ['1'] },
    },
  }));
  const read = readContent('made.json', JSON.stringify({ interactions }));
  assert('recording' in read);
  return read.recording;
}

const server = (state: string, detail = '') => ({
  server: {
    ...{ id: SERVER, zone: 'fr-par-1', commercial_type: 'DEV1-S', state, state_detail: detail, tags: [] },
    creation_date: '2026-07-30T12:53:17.694881+00:00',
    volumes: { 0: { id: VOLUME, volume_type: 'sbs_volume', zone: 'fr-par-1' } },
  },
});
const block = (status: string, user?: string) => ({
  ...{ id: VOLUME, zone: 'fr-par-1', size: 20e9, status, tags: [], parent_snapshot_id: SERVER },
  created_at: '2026-07-30T12:53:17.991703Z',
  references: user ? [{ product_resource_type: 'instance_server', product_resource_id: user }] : [],
});
const absent = { type: 'not_found', message: 'resource is not found', resource: 'instance_server' };
const ORDER = {
  ...{
    name: 'theirs',
    commercial_type: 'DEV1-S',
    image: 'img-1',
    boot_type: 'local',
    project: 'p',
    tags: [],
  },
  volumes: { 0: { size: 20e9, volume_type: 'sbs_volume' } },
};
const BEGINNING: readonly Row[] = [
  ['GET', `${ZONE}/products/servers?page=1`, 200, { servers: { 'DEV1-S': { arch: 'x86_64', ncpus: 2 } } }],
  [
    ...([
      'GET',
      '/marketplace/v2/local-images?image_label=ubuntu&type=instance_sbs&zone=fr-par-1',
      200,
    ] as const),
    {
      local_images: [
        { id: 'img-1', arch: 'x86_64', type: 'instance_sbs', compatible_commercial_types: ['DEV1-S'] },
      ],
    },
  ],
];
const LIFE: readonly Row[] = [
  ['POST', `${ZONE}/servers`, 201, server('stopped'), ORDER],
  ['POST', `${ZONE}/servers/${SERVER}/action`, 202, { task: {} }, { action: 'poweron' }],
  ['GET', `${ZONE}/servers/${SERVER}`, 200, server('running', 'booting kernel')],
  ['POST', `${ZONE}/servers/${SERVER}/action`, 202, { task: {} }, { action: 'terminate' }],
  ['GET', `${ZONE}/servers/${SERVER}`, 404, absent],
  ['GET', `/block/v1/zones/fr-par-1/volumes/${VOLUME}`, 200, block('available')],
  ['DELETE', `/block/v1/zones/fr-par-1/volumes/${VOLUME}`, 204, ''],
];

describe('replay of recordings', { timeout: 120_000 }, () => {
  it('every recording there is matches our adapter and leaves nothing', async (t) => {
    if (!existsSync(FOLDER)) return t.skip('no recordings beside the project');
    const files = [...readRecordings(FOLDER)];
    assert.deepEqual(
      files.flatMap((file) => ('skip' in file ? [[file.name, file.skip]] : [])),
      [['README.md', 'file_of_another_kind']],
    );
    for (const file of files) {
      if (!('recording' in file)) continue;
      const one = file.recording;
      const { unmatched, leftovers, operations, replayed, skipped } = await replayRecording(one);
      assert.deepEqual({ unmatched, leftovers }, { unmatched: [], leftovers: [] }, one.name);
      const left = Object.values(skipped).reduce((sum, count) => sum + count, 0);
      assert.equal(replayed + left, operations, one.name);
    }
  });

  it('a whole life is driven by our adapter, call by call', async () => {
    const rows = [...BEGINNING, ...LIFE];
    assert.deepEqual(await replayRecording(recording(rows)), {
      ...{ operations: rows.length, replayed: rows.length, parsed_responses: rows.length },
      ...{ decoded_responses: rows.length - 2, own_tag_calls: 0, not_ended_in_recording: 0 },
      ...{ skipped: {}, unmatched: [], leftovers: [] },
    });
  });

  it('an order that differs is told', async () => {
    const other = { ...ORDER, volumes: { 0: { size: 30e9, volume_type: 'sbs_volume' } } };
    const grown = LIFE.map(
      (row, index): Row => (index === 0 ? [row[0], row[1], row[2], row[3], other] : row),
    );
    assert.deepEqual((await replayRecording(recording([...BEGINNING, ...grown]))).unmatched, []);
    const guarded = { ...ORDER, security_group: 'sg-1', volumes: { 0: { size: 30e9 } } };
    const strange = LIFE.map(
      (row, index): Row => (index === 0 ? [row[0], row[1], row[2], row[3], guarded] : row),
    );
    const { unmatched } = await replayRecording(recording([...BEGINNING, ...strange]));
    assert.match(unmatched[0] ?? '', /volume 0 is "sbs_volume 30000000000", recorded is "undefined/);
  });

  it('an answer that our adapter cannot read is told, and what it could not end is left over', async () => {
    const broken = LIFE.map((row): Row => {
      const isRead = row[0] === 'GET' && row[1].startsWith('/block/');
      return isRead ? [row[0], row[1], row[2], { ...block('available'), created_at: 'yesterday' }] : row;
    });
    const { unmatched, leftovers } = await replayRecording(recording([...BEGINNING, ...broken]));
    assert.equal(unmatched.length, 3, unmatched.join('\n'));
    assert.deepEqual(leftovers, [`sbs_volume ${VOLUME}`]);
  });

  it('what we would not do is skipped with its reason', async () => {
    const { skipped, unmatched } = await replayRecording(
      recording([
        ['GET', '/iam/v1alpha1/api-keys', 200, {}],
        ['GET', `${ZONE}/images/x`, 200, {}],
        ['POST', `${ZONE}/servers`, 201, server('stopped'), ORDER],
        ['POST', `${ZONE}/servers/${SERVER}/action`, 202, {}, { action: 'poweroff' }],
      ]),
    );
    assert.deepEqual(skipped, {
      ...{ other_product: 1, endpoint_not_used: 1, type_not_in_recording: 1, action_not_used: 1 },
    });
    assert.deepEqual(unmatched, []);
  });
});

describe('YAML of recordings', () => {
  it('reads nested lists and mappings, level and indented', () => {
    const text =
      "---\nversion: 1\nlist:\n- a: 1\n  b:\n    - x\n    - - y\n- plain words: 'it''s'\nempty: []\nnone:\n";
    assert.deepEqual(parseYaml(text), {
      version: 1,
      list: [{ a: 1, b: ['x', ['y']] }, { 'plain words': "it's" }],
      empty: [],
      none: null,
    });
  });

  it('reads quoted words that go on, blocks with comments in them, and escapes', () => {
    const text = [
      "one: 'a",
      '  b',
      '',
      "  c'",
      'two: |',
      '  #cloud-config',
      '  x: 1',
      '',
      '   deeper',
      'three: "a\\n\\u00e9\\x41 \\',
      '  tail"',
      'four: >-',
      '  folded',
      '  text',
      'five: plain: no, plain',
      '  goes on',
      'url: https://api.scaleway.com/x?y=1#z',
    ].join('\n');
    assert.deepEqual(parseYaml(text.replace('five: plain: no', 'five: plain, no')), {
      one: 'a b\nc',
      two: '#cloud-config\nx: 1\n\n deeper\n',
      three: 'a\né' + 'A tail',
      four: 'folded text',
      five: 'plain, no, plain goes on',
      url: 'https://api.scaleway.com/x?y=1#z',
    });
  });
});
