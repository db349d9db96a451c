import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readConfig } from '#config/config.ts';
import { fixedSettings } from '#config/settings.ts';
import type { UsageRecord } from '#contracts/usage.ts';
import type { Database } from '#database/database.ts';
import { withTestDatabase } from '#database/testing.ts';
import type { Lease } from '#jobs/jobs.ts';
import type { OrgId } from '#kernel/ids.ts';
import { readUsageOfInstance, type UsageResolution } from './instance-usage-store.ts';
import { expireUsageHandler } from './jobs/expire-usage.ts';
import { recordUsage } from './testing.ts';

const ORG = { orgId: 'org_a' as OrgId };
const HOUR_MS = 3_600_000;
const FROM_MS = Date.parse('2026-11-01T00:00:00Z');

async function open(t: Parameters<typeof withTestDatabase>[0]): Promise<Database> {
  const { db } = await withTestDatabase(t);
  await db.query(
    `insert into organisations (id, slug, name, created_at) values ('org_a', 'a', 'A', app_now()),
       ('org_b', 'b', 'B', app_now())`,
  );
  return db;
}

function record(index: number, startedAtMs: number, over: Partial<UsageRecord> = {}): UsageRecord {
  return {
    request_id: `req_${index}`,
    org_id: ORG.orgId,
    api_key_id: null,
    user_id: 'user_1',
    model_id: 'model_1',
    instance_id: 'inst_1',
    endpoint: '/v1/chat/completions',
    outcome: 'completed',
    http_status: 200,
    error_code: null,
    prompt_tokens: 10,
    completion_tokens: index,
    cached_tokens: 1,
    started_at_ms: startedAtMs,
    ended_at_ms: startedAtMs + 500,
    ttft_ms: 12.5,
    streamed: true,
    ...over,
  };
}

const read = (db: Database, resolution: UsageResolution, stepMs: number, hours = 24) =>
  readUsageOfInstance(db, ORG, 'inst_1', {
    fromMs: FROM_MS,
    toMs: FROM_MS + hours * HOUR_MS,
    stepMs,
    resolution,
  });

test('the sums of an instance equal the ledger, whatever came twice or at once', async (t) => {
  const db = await open(t);
  // Uneven, over window borders.
  const records = Array.from({ length: 300 }, (_, index) => record(index, FROM_MS + index * 263_117));
  const strangers = [
    record(1_000, FROM_MS, { instance_id: 'inst_2' }),
    record(1_001, FROM_MS, { org_id: 'org_b' }),
    record(1_002, FROM_MS, { instance_id: null }),
  ];
  await Promise.all([
    recordUsage(db, records),
    recordUsage(db, records.toReversed()),
    recordUsage(db, [...strangers, ...records.slice(100, 200)]),
  ]);
  for (const stepMs of [300_000, 900_000, HOUR_MS, 2 * HOUR_MS]) {
    const ledger = await read(db, 'finest', stepMs);
    assert.deepEqual(await read(db, '5m', stepMs), ledger, `steps of ${stepMs} ms`);
    if (stepMs % HOUR_MS === 0) assert.deepEqual(await read(db, '1h', stepMs), ledger);
  }
  const hours = [...(await read(db, '1h', HOUR_MS)).values()];
  assert.equal(
    hours.reduce((sum, { requests }) => sum + requests, 0),
    300,
  );
});

test('sums past their retention go, the ledger stays', async (t) => {
  const db = await open(t);
  const [now] = await db.query<{ ms: number }>('select extract(epoch from app_now())::bigint * 1000 as ms');
  const nowMs = now?.ms ?? 0;
  const ages = [0, 10, 30, 50];
  await recordUsage(
    db,
    ages.map((hours, index) => record(index, nowMs - hours * HOUR_MS)),
  );
  // Five minutes are kept four times as long as the finest figures.
  const settings = fixedSettings(readConfig({ SAMPLE_RETENTION_HOURS: '5', ROLLUP_RETENTION_HOURS: '40' }));
  const lease = { signal: new AbortController().signal } as Lease;
  await expireUsageHandler(db, settings).run(lease);
  const count = async (table: string) => (await db.query(`select 1 from ${table}`)).length;
  assert.equal(await count('instance_usage_5m'), 2);
  assert.equal(await count('instance_usage_1h'), 3);
  assert.equal(await count('usage_ledger'), 4);
});
