/** Organisations that offer each other models, over HTTP. */
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { seedCatalogue } from '#catalog/commands/seed-catalogue.ts';
import type { OrganisationRole } from '#contracts/management.ts';
import type { TokenPrice } from '#contracts/token-price.ts';
import { walletRoutes } from '#finops/wallet-routes.ts';
import { startTestApi, type TestAnswer, type TestApi, type TestPerson } from '#identity/testing.ts';
import type { OrgId } from '#kernel/ids.ts';
import { marketRoutes } from './routes.ts';

export const ACME = 'org_acme' as OrgId;
export const BETA = 'org_beta' as OrgId;
export const NAME = 'acme/chat';
export const priceOf = (micros: number): TokenPrice => ({
  prompt_micros_per_1k: micros,
  completion_micros_per_1k: micros,
  cached_micros_per_1k: micros,
});

export interface TestMarket {
  readonly api: TestApi;
  /** Owners. */
  readonly acme: TestPerson;
  readonly beta: TestPerson;
  person(orgId: OrgId, role: OrganisationRole): Promise<TestPerson>;
  post(as: TestPerson, path: string, body?: object): Promise<TestAnswer>;
  /** The body of a successful answer. */
  ok(as: TestPerson, path: string, body?: object): Promise<TestAnswer['body']>;
  get(as: TestPerson, path: string): Promise<TestAnswer['body']>;
  refused(as: TestPerson, path: string, body: object, code: string): Promise<void>;
  /** A published offering of acme, public unless told otherwise. */
  publish(over?: object): Promise<TestAnswer['body']>;
  topUp(slug: string, micros: number): Promise<void>;
}

export async function startTestMarket(t: TestContext): Promise<TestMarket> {
  const api = await startTestApi(t, {
    routes: async ({ env, db }) => {
      await seedCatalogue(env, db);
      return [...walletRoutes({ env, db }), ...marketRoutes({ env, db })];
    },
  });
  await api.db.query(
    `insert into organisations (id, slug, name, created_at)
     values ($1, 'acme', 'Acme', app_now()), ($2, 'beta', 'Beta', app_now())`,
    [ACME, BETA],
  );
  const acme = await api.person('owner', ACME);
  const post = (as: TestPerson, path: string, body: object = {}) =>
    api.send(`/api/v1/${path}`, { method: 'POST', as, body });
  const ok = async (as: TestPerson, path: string, body?: object) => {
    const answer = await post(as, path, body);
    assert.ok(answer.status < 300, `${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body;
  };
  return {
    api,
    acme,
    beta: await api.person('owner', BETA),
    person: (orgId, role) => api.person(role, orgId),
    post,
    ok,
    async get(as, path) {
      const { status, body } = await api.send(`/api/v1/${path}`, { as });
      assert.equal(status, 200, `${path}: ${JSON.stringify(body)}`);
      return body;
    },
    async refused(as, path, body, code) {
      const answer = await post(as, path, body);
      assert.equal(answer.body.code, code, `${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    },
    async publish(over = {}) {
      const wanted = { code: 'chat', model_id: 'Qwen/Qwen3-8B', name: 'Chat', access: 'per_token' };
      const offering = await ok(acme, 'offerings', { visibility: 'public', ...wanted, ...over });
      return ok(acme, `offerings/${offering.id}/publish`);
    },
    async topUp(slug, micros) {
      const admin = await api.person('owner');
      await api.db.query('update users set is_platform_admin = true where id = $1', [admin.userId]);
      await ok(admin, `wallets/${slug}/top-ups`, { amount_micros: micros });
    },
  };
}
