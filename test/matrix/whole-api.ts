/** The real api with all its routes in this process, and two organisations: one with everything, one that looks. */
import type { TestContext } from 'node:test';
import { seedCatalogue } from '#catalog/commands/seed-catalogue.ts';
import { syncOffers } from '#catalog/commands/sync-offers.ts';
import { parseUsdRate } from '#catalog/price.ts';
import { readConfig } from '#config/config.ts';
import { fixedSettings } from '#config/settings.ts';
import type { Database } from '#database/database.ts';
import { type EventHub, startEventHub } from '#http/event-hub.ts';
import { UNWATCHED } from '#http/public-address.ts';
import { findStandings } from '#identity/sessions/stream-standings.ts';
import { startTestApi, type TestApi, type TestPerson } from '#identity/testing.ts';
import type { Env } from '#kernel/env.ts';
import { Sealer } from '#kernel/sealing.ts';
import { Secret } from '#kernel/secret.ts';
import { apiRoutes } from '../../bin/api-routes.ts';
import type { Thing } from './role-table.ts';

export const OFFER = { provider: 'mock', zone: 'mock-a', instance_type: 'MOCK-L4-1' };
const WORKER = 'inst_01k9xq3v5w7y9z1b3d5f7h9j1m';
/** A token that this api takes for a worker's. */
export const WORKER_TOKEN = `inv_wkr_${'0'.repeat(26)}_${'A'.repeat(49)}`;

/** With the database rights that it has in service, unless it is to stand without the wall around rows. */
export async function startWholeApi(
  t: TestContext,
  options: { readonly isWalled?: boolean } = {},
): Promise<TestApi> {
  let hub: EventHub | undefined;
  t.after(() => hub?.stop());
  const worker = { instanceId: WORKER, orgId: 'org_1', epoch: 1 } as const;
  return startTestApi(t, {
    ...(options.isWalled === false ? {} : { asRole: 'api' as const }),
    findWorker: async (token) => (token === WORKER_TOKEN ? worker : undefined),
    routes: async ({ env, db }) => {
      hub = await startEventHub(env, db, { findStandings: findStandings(db) });
      return apiRoutes(depsOf(env, db, hub));
    },
  });
}

/** What people may choose from; written by the orchestrator's rights, not by the api's. */
export async function fillCatalogue(env: Env, db: Database): Promise<void> {
  await seedCatalogue(env, db);
  const price = { nanosPerHour: 750_000_000, currency: 'EUR', asOf: '2026-11-01' };
  const shape = { gpuCount: 1, gpuKind: 'L4', vramBytesPerGpu: 24 * 2 ** 30, vcpus: 8, memoryBytes: 48e9 };
  const offer = {
    zone: OFFER.zone,
    type: OFFER.instance_type,
    ...shape,
    price,
    availability: 'available',
  } as const;
  await syncOffers(env, db, 'mock', [offer]);
}

function depsOf(env: Env, db: Database, hub: EventHub): Parameters<typeof apiRoutes>[0] {
  return {
    env,
    db,
    settings: fixedSettings(readConfig({ ORGANISATION_CREATION: 'users' })),
    samples: {
      add: () => undefined,
      unwritten: () => [],
      flush: async () => undefined,
      stop: async () => undefined,
    },
    hub,
    isSecure: false,
    publicUrl: 'http://inventiv.test',
    publicAddress: UNWATCHED,
    reachKey: new Secret('reach'),
    usdRate: parseUsdRate('0.86@2026-11-01'),
    enabledProviders: ['mock', 'bare-metal'],
    keys: { control: new Secret('control'), dataPlane: new Secret('data') },
    first: readConfig({}),
    sealer: new Sealer(env.random, new Secret('k'.repeat(43))),
    offersMax: () => 25,
    desk: {
      record: async () => ({
        desired: 'serve',
        heartbeat_interval_ms: 4_000,
        dead_man_ms: 0,
        next_token: null,
        tunnels: null,
      }),
    },
    bundleFolder: '/nowhere',
    nodeBinaries: [],
    readVersion: () => ({ version: '0', worker_version: null, worker_sha256: null, gateway_url: null }),
  };
}

export interface Household {
  readonly owner: TestPerson;
  readonly things: Readonly<Record<Thing, string>>;
  /** The secret of an API key of the owner. */
  readonly keySecret: string;
  /** Texts that nobody of another organisation may ever see. */
  readonly secrets: readonly string[];
}

/** An organisation with one of each thing. */
export async function furnish(api: TestApi, label = 'house'): Promise<Household> {
  const owner = await api.person();
  const member = await api.person('user', owner.orgId);
  const post = async (path: string, body: object) => {
    const answer = await api.send(path, { method: 'POST', as: owner, body });
    if (answer.status >= 300) throw new Error(`${path}: ${JSON.stringify(answer.body)}`);
    return answer.body;
  };
  const key = await post('/api/v1/api-keys', { name: `${label}-key` });
  const project = await post('/api/v1/projects', { name: `${label}-project`, slug: `${label}-project` });
  const made = await post('/api/v1/deployments', {
    name: `${label}-dep`,
    model_id: 'Qwen/Qwen3-8B',
    ...OFFER,
  });
  const credential = { token: `${label}-token` };
  const account = await post('/api/v1/provider-accounts', {
    provider: 'mock',
    name: `${label}-acc`,
    credential,
  });
  const host = await post('/api/v1/hosts', {
    name: `${label}-host`,
    address: `${label}.example.test`,
    credential: { kind: 'password', password: `${label}-password` },
  });
  await api.db.query(
    `insert into tunnel_ends (gateway_id, url, seen_at) values ('gw', 'ws://10.0.0.1:1', app_now())
     on conflict (gateway_id) do update set seen_at = excluded.seen_at`,
  );
  const enrolment = await post('/api/v1/host-enrolments', { name: `${label}-enrolled` });
  const model = await post('/api/v1/models', {
    hf_id: `${label}-org/${label}-tuned`,
    weights_bytes: 16e9,
    kv_bytes_per_token: 131_072,
    context_length: 8_192,
  });
  const email = `${label}@example.test`;
  const invitation = await post('/api/v1/organisation/invitations', { email });
  const hook = { url: `https://${label}.example.com/hook`, description: `${label}-hook` };
  const webhook = await post('/api/v1/webhooks', hook);
  const workbench = '/api/v1/workbench';
  const chatProject = await post(`${workbench}/projects`, { name: `${label}-chats` });
  const prompt = await post(`${workbench}/prompts`, { name: `${label}-prompt`, content: `${label}-manner` });
  const said = { messages: [{ role: 'user', content: `${label}-question` }] };
  const conversation = await post(`${workbench}/conversations`, said);
  const linked = await post(`${workbench}/conversations`, said);
  const shared = await api.send(`${workbench}/conversations/${linked.id}/sharing`, {
    method: 'PUT',
    as: owner,
    body: { sharing: 'link' },
  });
  const instance = made.instances[0].id as string;
  const volume = `vol_${owner.orgId.slice(4)}`;
  await api.db.query(
    `insert into instance_volumes (org_id, id, instance_id, provider_id, provider_ref, zone, kind, size_bytes,
       is_boot, delete_on_terminate, created_at)
     values ($1, $2, $3, 'mock', $4, 'mock-a', 'ssd', 1, false, false, app_now())`,
    [owner.orgId, volume, instance, `${label}-ref`],
  );
  const things = {
    member: member.userId,
    invitation: invitation.id,
    account: account.id,
    host: host.id,
    hostEnrolment: enrolment.id,
    deployment: made.id,
    instance,
    project: project.id,
    key: key.id,
    volume,
    webhook: webhook.id,
    conversation: conversation.id,
    conversationLink: shared.body.link_id,
    chatProject: chatProject.id,
    prompt: prompt.id,
    model: model.id,
  };
  const names = [`${label}-`, email, owner.orgId, owner.userId, key.secret];
  return { owner, things, keySecret: key.secret, secrets: [...Object.values(things), ...names] };
}

/** Everything of an organisation, as one text that changes when anything of it does. */
export async function pictureOf(db: Database, orgId: string): Promise<Record<string, string | null>> {
  const tables = await db.query<{ name: string }>(
    `select c.relname as name from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'org_id'
     where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
     order by 1`,
  );
  const picture: Record<string, string | null> = {};
  for (const { name } of tables) {
    const [row] = await db.query<{ rows: string | null }>(
      `select string_agg(t::text, E'\\n' order by t::text) as rows from ${name} t where org_id = $1`,
      [orgId],
    );
    picture[name] = row?.rows ?? null;
  }
  return picture;
}
