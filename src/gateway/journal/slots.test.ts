import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type UsageRecord, usageRecordSchema } from '#contracts/usage.ts';
import { AppError } from '#kernel/errors.ts';
import { SILENT_LOG } from '#kernel/log.ts';
import { systemEnv } from '#kernel/system-env.ts';
import { eventually } from '../testing/test-gateway.ts';
import { openedOf, usageOfNumber } from '../testing/usage-samples.ts';
import type { Journal, Orphan } from './journal.ts';
import { LeftJournals } from './left-journals.ts';
import { openFreeJournal } from './slots.ts';

const env = systemEnv(SILENT_LOG);
const OPTIONS = { segmentBytesMax: 1_000_000, reserveBytes: 65_536 };

function rootFor(t: TestContext): string {
  const root = mkdtempSync(join(tmpdir(), 'journals-'));
  t.after(() => rmSync(root, { recursive: true, force: true }));
  return root;
}

async function settle(journal: Journal, orphans: readonly Orphan[]): Promise<void> {
  for (const { open } of orphans) {
    journal.closeRequest({ ...usageOfNumber(open.request_id, 7), outcome: 'lost' });
  }
}

test('processes side by side have journals of their own, and a successor takes the one that is free', async (t) => {
  const root = rootFor(t);
  const first = await openFreeJournal(env, root, OPTIONS);
  const second = await openFreeJournal(env, root, OPTIONS);
  assert.notEqual(first.journal.directory, second.journal.directory);
  await first.journal.openRequest(openedOf('req_1'));
  await first.journal.close();
  const successor = await openFreeJournal(env, root, OPTIONS);
  assert.equal(successor.journal.directory, first.journal.directory);
  assert.deepEqual(
    successor.orphans.map(({ open }) => open.request_id),
    ['req_1'],
  );
  await Promise.all([second.journal.close(), successor.journal.close()]);
});

test('what a dead process left is settled and shipped by a living one, also when the ledger was away', async (t) => {
  const root = rootFor(t);
  const living = await openFreeJournal(env, root, OPTIONS);
  const dead = await openFreeJournal(env, root, OPTIONS);
  for (const id of ['req_1', 'req_2', 'req_3']) await dead.journal.openRequest(openedOf(id));
  dead.journal.closeRequest(usageOfNumber('req_1', 5));
  writeFileSync(join(dead.journal.directory, 'refused.jsonl'), 'kept\n');
  const ledger = new Map<string, UsageRecord>();
  let refusals = 0;
  const left = new LeftJournals(env, {
    root,
    segmentBytesMax: OPTIONS.segmentBytesMax,
    settle,
    everyMs: 10,
    places: {
      async recordUsage(rows) {
        if (refusals < 3) {
          refusals++;
          throw new AppError('database.unavailable');
        }
        for (const row of rows) {
          const record = usageRecordSchema.parse(JSON.parse(row));
          ledger.set(record.request_id, record);
        }
      },
      async recordRequests() {},
    },
  });
  t.after(() => left.stop());
  await env.sleep(50);
  assert.equal(ledger.size + refusals, 0, 'nothing is taken while its process lives');
  await dead.journal.close();
  await eventually(() => ledger.size === 3);
  assert.deepEqual(
    ['req_1', 'req_2', 'req_3'].map((id) => [ledger.get(id)?.outcome, ledger.get(id)?.prompt_tokens]),
    [
      ['completed', 5],
      ['lost', 7],
      ['lost', 7],
    ],
  );
  assert.equal(refusals, 3);
  await eventually(() => readdirSync(dead.journal.directory).join() === 'refused.jsonl');
  await left.stop();
  assert(existsSync(living.journal.directory));
  await living.journal.close();
});
