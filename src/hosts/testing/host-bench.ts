/** An organisation with machines of its own: an api, the adapter over its database, and jobs that are run by hand. */
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { SYNC_OFFERS, syncOffersHandler } from '#catalog/jobs/sync-offers.ts';
import { readConfig } from '#config/config.ts';
import { fixedSettings } from '#config/settings.ts';
import type { HostView } from '#contracts/hosts.ts';
import { startTestApi, type TestApi, type TestPerson } from '#identity/testing.ts';
import type { Lease } from '#jobs/jobs.ts';
import { newId } from '#kernel/ids.ts';
import { Sealer } from '#kernel/sealing.ts';
import { Secret } from '#kernel/secret.ts';
import { BareMetalProvider } from '#providers/bare-metal/provider.ts';
import { fixedDirectory } from '#providers/directory.ts';
import type { HostFacts } from '#providers/host-book.ts';
import { typeCodeOf } from '#providers/host-facts.ts';
import { agentRoutes } from '../agent-routes.ts';
import { PROBE_HOST } from '../commands/register-host.ts';
import { enrolmentRoutes } from '../enrolment-routes.ts';
import { openHostBook } from '../host-book.ts';
import { recordProbe, writeHostKey } from '../host-store.ts';
import { probeHostHandler } from '../jobs/probe-host.ts';
import { hostRoutes } from '../routes.ts';

export const FACTS: HostFacts = {
  arch: 'x86_64',
  os: 'Debian GNU/Linux 12',
  vcpus: 16,
  memoryBytes: 64 * 2 ** 30,
  diskFreeBytes: 500e9,
  gpus: [{ kind: 'L40S', vramBytes: 46_068 * 2 ** 20, driver: '550.54', computeCapability: '8.9' }],
  runtime: 'Docker version 27.1.1',
  toolkit: 'NVIDIA Container Toolkit 1.16',
  warnings: [],
};
export const TYPE = typeCodeOf(FACTS);
export const HOST_KEY = `SHA256:${'A'.repeat(43)}`;
export const PATH = '/api/v1/hosts';

export interface HostBench {
  readonly api: TestApi;
  readonly owner: TestPerson;
  readonly provider: BareMetalProvider;
  readonly sealer: Sealer;
  /** Whether machines reach us, and gateways take tunnels; a test sets it. */
  readonly reach: { require: () => void; hasTunnels: boolean };
  register(body?: object, as?: TestPerson): Promise<HostView>;
  /** One that was seen already; nobody stands behind its address. */
  freeHost(name: string, as?: TestPerson, price?: number): Promise<HostView>;
  probe(id: string, as?: TestPerson): Promise<HostView>;
  syncOffers(): Promise<void>;
}

export async function startHostBench(t: TestContext): Promise<HostBench> {
  let sealer: Sealer | undefined;
  const reach: HostBench['reach'] = { require: () => undefined, hasTunnels: true };
  const api = await startTestApi(t, {
    routes: ({ env, db }) => {
      sealer = new Sealer(env.random, new Secret('s'.repeat(43)));
      const keys = { control: new Secret('control') };
      const rules = { env, db, sealer, keys, enabledProviders: ['mock', 'bare-metal'] };
      const publicUrl = 'http://inventiv.test';
      const requireReachable = () => reach.require();
      const hasTunnels = async () => reach.hasTunnels;
      return [
        ...hostRoutes(rules),
        ...enrolmentRoutes({ ...rules, publicUrl, requireReachable, hasTunnels }),
        ...agentRoutes({ ...rules, publicUrl }),
      ];
    },
  });
  assert(sealer);
  const { env, db } = api;
  const mayDial = () => true;
  const book = openHostBook({ env, db, sealer });
  const provider = new BareMetalProvider({ book, clock: env.clock, mayDial });
  const settings = fixedSettings(readConfig({}));
  const owner = await api.person();
  const leaseOf = (kind: string, subjectId: string, orgId?: string): Lease => ({
    kind,
    subjectId,
    orgId,
    correlationId: newId(env, 'correlation'),
    attempts: 1,
    signal: new AbortController().signal,
    apply: (work) => db.transaction(work),
  });
  const register = async (body: object = {}, as = owner): Promise<HostView> => {
    const credential = { kind: 'generated' };
    const whole = { name: 'gpu-1', address: '10.0.0.1', credential, ...body };
    const answer = await api.send(PATH, { method: 'POST', as, body: whole });
    assert.equal(answer.status, 201, JSON.stringify(answer.body));
    return answer.body;
  };
  const get = async (id: string, as = owner) => (await api.send(`${PATH}/${id}`, { as })).body as HostView;
  return {
    api,
    owner,
    provider,
    sealer,
    reach,
    register,
    async freeHost(name, as = owner, price = 1_000_000_000) {
      const address = `${name}.example.test`;
      const priced = { price: { nanos_per_hour: price, currency: 'EUR' } };
      const { id } = await register({ name, address, ...priced }, as);
      await db.transaction(async (tx) => {
        await writeHostKey(tx, as, id as Parameters<typeof writeHostKey>[2], HOST_KEY);
        const fine = { error: null, message: null, seenHostKey: null };
        await recordProbe(tx, as, id, { ...fine, number: 1, facts: FACTS, typeCode: TYPE });
      });
      return get(id, as);
    },
    async probe(id, as = owner) {
      const handler = probeHostHandler({ env, db, sealer: sealer as Sealer, settings, mayDial });
      await handler.run(leaseOf(PROBE_HOST, id, as.orgId));
      return get(id, as);
    },
    async syncOffers() {
      const providers = fixedDirectory([provider]);
      await syncOffersHandler({ env, db, providers, settings }).run(leaseOf(SYNC_OFFERS, 'bare-metal'));
    },
  };
}
