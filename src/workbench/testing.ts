/** An api with the workbench, with the rights that it has in service, and requests as gateways record them. */
import type { TestContext } from 'node:test';
import { readConfig } from '#config/config.ts';
import type { SettingName, Settings } from '#config/settings.ts';
import type { UsageRecord } from '#contracts/usage.ts';
import type { Database } from '#database/database.ts';
import type { ProcessRole } from '#database/roles.ts';
import { recordUsage } from '#finops/testing.ts';
import { auditRoutes } from '#http/audit-routes.ts';
import { startTestApi, type TestAnswer, type TestApi, type TestPerson } from '#identity/testing.ts';
import { newId } from '#kernel/ids.ts';
import { workbenchRoutes } from './routes.ts';

export const WORKBENCH = '/api/v1/workbench';
export const MODEL = 'org/m';

export interface Bench {
  readonly api: TestApi;
  readonly values: Map<SettingName, unknown>;
  readonly settings: Settings;
  get(as: TestPerson, path: string): Promise<TestAnswer>;
  post(as: TestPerson, path: string, body?: object, headers?: Record<string, string>): Promise<TestAnswer>;
  patch(as: TestPerson, path: string, body: object): Promise<TestAnswer>;
  put(as: TestPerson, path: string, body: object): Promise<TestAnswer>;
  remove(as: TestPerson, path: string): Promise<TestAnswer>;
  /** A conversation with these questions, each with an answer. */
  talk(as: TestPerson, questions: readonly string[], more?: object): Promise<string>;
  /** A request of this person, as the ledger has it; gives its id. */
  asked(as: TestPerson, over?: Partial<UsageRecord>): Promise<string>;
  newRequestId(): string;
  actions(as: TestPerson): Promise<string[]>;
  /** With no more rights than this process has. */
  databaseOf(process: ProcessRole): Promise<Database>;
}

export async function startBench(t: TestContext): Promise<Bench> {
  const values = new Map<SettingName, unknown>();
  const first = readConfig({}).values;
  const settings: Settings = { get: (name) => (values.has(name) ? values.get(name) : first[name]) as never };
  const api = await startTestApi(t, {
    asRole: 'api',
    routes: ({ env, db }) => [...workbenchRoutes({ env, db, settings }), ...auditRoutes({ db })],
  });
  const newRequestId = () => newId(api.env, 'request');
  const send =
    (method: string) =>
    (as: TestPerson, path: string, body?: object, headers = {}) =>
      api.send(`${WORKBENCH}${path}`, { method, as, headers, ...(body === undefined ? {} : { body }) });
  return {
    api,
    values,
    settings,
    newRequestId,
    get: send('GET'),
    post: send('POST'),
    patch: send('PATCH'),
    put: send('PUT'),
    remove: send('DELETE'),
    async talk(as, questions, more = {}) {
      const messages = questions.flatMap((content) => [
        { role: 'user', content },
        { role: 'assistant', content: `answer to ${content}`, model: MODEL },
      ]);
      const { status, body } = await send('POST')(as, '/conversations', { messages, ...more });
      if (status !== 201) throw new Error(JSON.stringify(body));
      return body.id as string;
    },
    async asked(as, over = {}) {
      const requestId = newRequestId();
      await recordUsage(api.db, [usageOf(as, requestId, over)]);
      return requestId;
    },
    async databaseOf(process) {
      const [row] = await api.db.query<{ name: string }>('select current_database() as name');
      const query: Database['query'] = (text, values) =>
        api.db.transaction(async (tx) => {
          await tx.query(`set local role ${row?.name}_${process}`);
          return tx.query(text, values);
        });
      return { ...api.db, query };
    },
    async actions(as) {
      const { body } = await api.send('/api/v1/audit?limit=200', { as });
      return (body.data as { action: string }[]).map(({ action }) => action);
    },
  };
}

const STARTED_AT_MS = Date.UTC(2026, 10, 20, 10);

export function usageOf(as: TestPerson, requestId: string, over: Partial<UsageRecord> = {}): UsageRecord {
  return {
    request_id: requestId,
    org_id: as.orgId,
    api_key_id: null,
    project_id: null,
    user_id: as.userId,
    model: MODEL,
    model_id: 'model_1',
    instance_id: 'inst_1',
    correlation_id: null,
    endpoint: '/v1/chat/completions',
    outcome: 'completed',
    http_status: 200,
    error_code: null,
    prompt_tokens: 1_000,
    completion_tokens: 101,
    cached_tokens: 400,
    streamed: true,
    ttft_ms: 250,
    queue_ms: 1,
    started_at_ms: STARTED_AT_MS,
    ended_at_ms: STARTED_AT_MS + 2_250,
    ...over,
  };
}
