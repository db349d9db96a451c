/** A database with an organisation and a key, a sender that answers as told, and the job driven by hand. */
import type { TestContext } from 'node:test';
import type { BatchView, FilePurpose, NewBatch } from '#contracts/batches.ts';
import type { Database } from '#database/database.ts';
import { withTestDatabase } from '#database/testing.ts';
import { type JobOutcome, type Lease, LeaseLostError } from '#jobs/jobs.ts';
import type { Env } from '#kernel/env.ts';
import { newId, type OrgId } from '#kernel/ids.ts';
import type { BatchFigures } from '../batch-work.ts';
import { createBatch } from '../commands/create-batch.ts';
import { beginFile } from '../commands/store-file.ts';
import { runBatchHandler } from '../jobs/run-batch.ts';
import type { LineAnswer } from '../judge-answer.ts';
import { getBatch, readContent } from '../queries.ts';
import type { LineOrder } from '../send-line.ts';

/** What `kill -9` is to a test in one process. */
export class Crash extends Error {}

export interface BatchBench {
  readonly env: Env;
  readonly db: Database;
  readonly orgId: OrgId;
  readonly apiKeyId: string;
  readonly sent: LineOrder[];
  /** Decides each answer; by default the prompt comes back. */
  answer: (order: LineOrder) => Promise<LineAnswer> | LineAnswer;
  atCrashPoint: (name: string) => void;
  figures: BatchFigures;
  upload(text: string, purpose?: FilePurpose): Promise<string>;
  make(fileId: string, wanted?: Partial<NewBatch>): Promise<BatchView>;
  run(id: string): Promise<JobOutcome>;
  /** Runs it until it is over, whatever waits it asks for. */
  finish(id: string): Promise<BatchView>;
  read(id: string): Promise<BatchView>;
  text(fileId: string | null): Promise<string>;
}

export const FIGURES: BatchFigures = {
  linesMax: 1_000,
  lineBytesMax: 300_000,
  concurrency: 4,
  turnMs: 600_000,
  triesMax: 3,
  fileLifeSeconds: 86_400,
};
const RUNS_MAX = 500;

export async function startBatchBench(t: TestContext): Promise<BatchBench> {
  const { env: base, db } = await withTestDatabase(t);
  const orgId = newId(base, 'organisation');
  const apiKeyId = newId(base, 'apiKey');
  await insertOwner(base, db, orgId, apiKeyId);
  const env: Env = {
    ...base,
    clock: base.clock,
    random: base.random,
    log: base.log,
    sleep: (ms, signal) => base.sleep(ms, signal),
    crashPoint: async (name) => bench.atCrashPoint(name),
    with: () => env,
  };
  const bench: BatchBench = {
    env,
    db,
    orgId,
    apiKeyId,
    sent: [],
    answer: echo,
    atCrashPoint: () => undefined,
    figures: FIGURES,
    async upload(text, purpose = 'batch') {
      const file = await beginFile(env, db, orgId, {
        fileBytesMax: 1e8,
        orgBytesMax: 1e9,
        lifeSeconds: 86_400,
      });
      await file.write(Buffer.from(text));
      return (await file.finish({ purpose, filename: 'in.jsonl', lifeSeconds: undefined })).id;
    },
    make(fileId, rest = {}) {
      const wanted: NewBatch = {
        input_file_id: fileId,
        endpoint: '/v1/chat/completions',
        completion_window: '24h',
        ...rest,
      };
      return createBatch(env, db, { orgId, apiKeyId, wanted, openMax: 10 });
    },
    run: (id) => runOnce(bench, id),
    async finish(id) {
      for (let runs = 0; runs < RUNS_MAX; runs++) {
        const outcome = await runOnce(bench, id);
        if ('done' in outcome) return getBatch(db, orgId, id);
      }
      throw new Error('the batch came to no end');
    },
    read: (id) => getBatch(db, orgId, id),
    async text(fileId) {
      if (fileId === null) return '';
      const chunks: Buffer[] = [];
      for await (const chunk of readContent(db, orgId, fileId)) chunks.push(chunk);
      return Buffer.concat(chunks).toString('utf8');
    },
  };
  return bench;
}

/** Ends as a process does: nothing that is still under way in it writes any more. */
async function runOnce(bench: BatchBench, id: string): Promise<JobOutcome> {
  const life = new AbortController();
  const kill = (name: string) => {
    if (life.signal.aborted) throw new Crash(name);
    try {
      bench.atCrashPoint(name);
    } catch (error) {
      life.abort(error);
      throw error;
    }
  };
  const env: Env = { ...bench.env, crashPoint: async (name) => kill(name), with: () => env };
  const sender = {
    async send(order: LineOrder) {
      bench.sent.push(order);
      return bench.answer(order);
    },
    close: async () => undefined,
  };
  const lease: Lease = {
    kind: 'run-batch',
    subjectId: id,
    orgId: bench.orgId,
    correlationId: 'cor_test',
    attempts: 1,
    signal: life.signal,
    apply: (work) => {
      if (life.signal.aborted) throw new LeaseLostError('this life is over');
      return bench.db.transaction(work);
    },
  };
  return runBatchHandler({ env, db: bench.db, sender, figures: bench.figures }).run(lease);
}

async function insertOwner(env: Env, db: Database, orgId: OrgId, apiKeyId: string): Promise<void> {
  const userId = newId(env, 'user');
  await db.query(
    `insert into organisations (id, slug, name, created_at) values ($1, 'batches', 'batches', app_now())`,
    [orgId],
  );
  await db.query(
    `insert into users (id, username, email, password_hash, created_at)
     values ($1, $1, $1, 'none', app_now())`,
    [userId],
  );
  await db.query(
    `insert into memberships (org_id, user_id, role, created_at) values ($1, $2, 'owner', app_now())`,
    [orgId, userId],
  );
  await db.query(
    `insert into api_keys (org_id, id, user_id, name, hint, token_hash, created_at)
     values ($1, $2, $3, 'key', 'hint', $2, app_now())`,
    [orgId, apiKeyId, userId],
  );
}

/** An answer of the engine, with line ends in it as some write them. */
export function echo(order: LineOrder): LineAnswer {
  return answerOf(200, { said: JSON.parse(order.body.toString('utf8')) as unknown });
}

export function answerOf(status: number, body: object, rest: Partial<LineAnswer> = {}): LineAnswer {
  const bytes = Buffer.from(JSON.stringify(body, null, 2));
  return { status, retryAfterMs: undefined, mayRetry: true, body: bytes, ...rest };
}

export function refusal(status: number, code: string, rest: Partial<LineAnswer> = {}): LineAnswer {
  return answerOf(status, { error: { code, message: code, type: 't', param: null } }, rest);
}

export function lineOf(customId: string, prompt = customId, rest: object = {}): string {
  return JSON.stringify({
    custom_id: customId,
    method: 'POST',
    url: '/v1/chat/completions',
    body: { model: 'm', messages: [{ role: 'user', content: prompt }] },
    ...rest,
  });
}

/** As many lines as the number says. */
export function linesOf(count: number): string {
  return Array.from({ length: count }, (_, index) => lineOf(`line-${index}`)).join('\n');
}
