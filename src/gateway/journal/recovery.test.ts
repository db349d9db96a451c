import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { UsageRecord, UsageTerms } from '#contracts/usage.ts';
import { SILENT_LOG } from '#kernel/log.ts';
import { Secret } from '#kernel/secret.ts';
import { systemEnv } from '#kernel/system-env.ts';
import { agentClient } from '../agent-client.ts';
import { FakeAgent } from '../testing/fake-agent.ts';
import { openedOf } from '../testing/usage-samples.ts';
import { Journal } from './journal.ts';
import { settleOrphans } from './recovery.ts';

const env = systemEnv(SILENT_LOG);
const TERMS: UsageTerms = {
  provider_org_id: 'org_p',
  offering_id: 'off_1',
  entitlement_id: 'ent_1',
  contract_id: 'con_1',
  terms_id: 'terms_1',
  price: { prompt_micros_per_1k: 1, completion_micros_per_1k: 2, cached_micros_per_1k: 3 },
  allowance: { id: 'month_1', tokens: 4 },
};

test('requests that a killed gateway left open are billed by the agent, else by their last mark', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'recovery-'));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  const alive = await new FakeAgent(() => {}).listen();
  const gone = await new FakeAgent(() => {}).listen();
  t.after(() => alive.close());
  await gone.close();
  const options = { directory, segmentBytesMax: 1_000_000, reserveBytes: 65_536 };
  const first = (await Journal.open(env, options)).journal;
  const open = (id: string, agent: FakeAgent) =>
    first.openRequest({
      ...openedOf(id),
      terms: TERMS,
      worker: { ...openedOf(id).worker, address: '127.0.0.1', data_port: agent.port },
    });
  for (const id of ['req_done', 'req_aborted', 'req_running', 'req_unknown']) await open(id, alive);
  for (const id of ['req_marked', 'req_unmarked']) await open(id, gone);
  for (const id of ['req_unknown', 'req_marked']) {
    first.markRequest({
      request_id: id,
      at_ms: 3_000,
      prompt_tokens: 9,
      completion_tokens: 8,
      cached_tokens: 7,
    });
  }
  await first.close();
  alive.setTally('req_done', 11, 'done');
  alive.setTally('req_aborted', 12, 'aborted');
  alive.setTally('req_running', 1, 'open');
  setTimeout(() => alive.setTally('req_running', 13, 'aborted'), 100);

  const { journal, orphans } = await Journal.open(env, options);
  assert.equal(orphans.length, 6);
  const settled = new Map<string, UsageRecord>();
  journal.onClosed((usage) => settled.set(usage.request_id, usage));
  const told = new Set<string>();
  const agents = agentClient(env);
  const target = (port: number) => ({ origin: `http://127.0.0.1:${port}`, token: new Secret('token') });
  await settleOrphans(
    {
      env,
      journal,
      agents,
      targetOf: (worker) => target(worker.data_port),
      onSettled: (_target, requestId) => told.add(requestId),
      signal: new AbortController().signal,
      patienceMs: 1_000,
    },
    orphans,
  );
  const seen = [...settled].map(([id, usage]) => [
    id,
    [usage.outcome, usage.prompt_tokens, usage.completion_tokens],
  ]);
  assert.deepEqual(Object.fromEntries(seen), {
    req_aborted: ['client_closed', 5, 12],
    req_done: ['completed', 5, 11],
    req_marked: ['lost', 9, 8],
    req_running: ['client_closed', 5, 13],
    req_unknown: ['lost', 9, 8],
    req_unmarked: ['lost', 0, 0],
  });
  // They cost what they would have cost: the price was written down before they were sent.
  for (const usage of settled.values()) assert.deepEqual(usage.terms, TERMS);
  assert.equal(told.size, 6);
  await agents.close();
  await journal.close();
  const third = await Journal.open(env, options);
  assert.deepEqual(third.orphans, []);
  await third.journal.close();
});
