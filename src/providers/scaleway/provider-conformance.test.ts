import { spawn } from 'node:child_process';
import { Secret } from '#kernel/secret.ts';
import { env, type ProviderHarness, type SuiteFault } from '#providers/provider-bench.ts';
import { describeProvider } from '#providers/provider-suite.ts';
import { DEFAULT_IMAGES } from './credential.ts';
import { ScalewayProvider } from './provider.ts';
import type { FakeFault, FakeWeather } from './testing/fake-faults.ts';
import { FAIR, isCreate, isDelete, isHoldings, isRead } from './testing/fake-faults.ts';
import type { FakeServer } from './testing/fake-records.ts';
import { FakeScaleway } from './testing/fake-scaleway.ts';
import { Refused } from './testing/refused.ts';

const KEY = '11111111-2222-4333-8444-555555555555';
const PROJECT = '99999999-2222-4333-8444-555555555555';
const ZONES = ['fr-par-1', 'fr-par-2'];

const refused = (error: Refused) => ({ do: 'answer', status: error.status, body: error.body }) as const;
const always = () => true;

/** How the pretended Scaleway makes happen what the suite asks for. */
const FAULTS: Partial<Record<SuiteFault, () => FakeFault>> = {
  create_out_of_stock: () => ({ strikes: isCreate, how: refused(Refused.outOfStock('L4-1-24G')) }),
  create_over_quota: () => ({ strikes: isCreate, how: refused(Refused.quota('instance_volume')) }),
  create_fails_before: () => ({ strikes: isCreate, how: { do: 'answer', status: 502, text: '<html>' } }),
  create_fails_after: () => ({ strikes: isCreate, how: { do: 'answer_after', status: 500 }, left: 1 }),
  create_reply_lost: () => ({ strikes: isCreate, how: { do: 'drop_after' }, left: 1 }),
  create_reply_hangs: () => ({ strikes: isCreate, how: { do: 'hang_after' } }),
  create_reply_garbage: () => ({ strikes: isCreate, how: { do: 'garbage_after' }, left: 1 }),
  create_reply_cut: () => ({ strikes: isCreate, how: { do: 'cut_after' } }),
  delete_fails_after: () => ({ strikes: isDelete, how: { do: 'answer_after', status: 500 }, left: 1 }),
  list_short: () => ({ strikes: isHoldings, how: { do: 'short' } }),
  list_breaks_off: () => ({
    strikes: (request) => isHoldings(request) && Number(request.query.get('page')) > 1,
    how: { do: 'drop_before' },
  }),
  read_fails: () => ({ strikes: isRead, how: { do: 'answer', status: 503, body: { message: 'try later' } } }),
  read_garbage: () => ({ strikes: isRead, how: { do: 'garbage_after' } }),
  throttled: () => ({
    strikes: always,
    how: { do: 'answer', status: 429, text: '', headers: { 'x-envoy-ratelimited': 'true' } },
  }),
  throttled_for_7_s: () => ({
    strikes: always,
    how: { do: 'answer', status: 429, text: '', headers: { 'retry-after': '7' } },
  }),
  second_zone_fails: () => ({
    strikes: ({ path }) => path.includes('/fr-par-2/'),
    how: { do: 'answer', status: 503, body: { message: 'try later' } },
  }),
  renew_reply_lost: () => ({
    strikes: ({ method }) => method === 'PATCH',
    how: { do: 'drop_after' },
    left: 1,
  }),
};
const WEATHER: Partial<Record<SuiteFault, Partial<FakeWeather>>> = {
  create_invisible: { invisibleMs: 1_000 },
  start_in_vain: { startsInVain: true },
  delete_stuck: { deletesStuck: true },
};

/** Machines that run their user data at each boot when it is not what they ran last, as the install script arranges. */
class Consoles {
  readonly texts = new Map<string, string>();
  readonly #ran = new Map<string, string>();

  powerOn(server: FakeServer): void {
    const userData = server.userData.get('cloud-init') ?? '';
    if (userData === '' || this.#ran.get(server.id) === userData) return;
    this.#ran.set(server.id, userData);
    const child = spawn('/bin/sh', ['-s'], { stdio: ['pipe', 'pipe', 'ignore'] });
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.texts.set(server.id, (this.texts.get(server.id) ?? '') + text);
    });
    child.stdin.end(userData);
  }

  powerOff(): void {}
}

describeProvider('scaleway', async (): Promise<ProviderHarness> => {
  const consoles = new Consoles();
  const fake = await FakeScaleway.start({ env, secretKey: KEY, zones: ZONES, machines: consoles });
  const provider = (changes: { readonly key?: string; readonly baseUrl?: string } = {}) =>
    new ScalewayProvider({
      baseUrl: changes.baseUrl ?? fake.url,
      secretKey: new Secret(changes.key ?? KEY),
      clock: env.clock,
      projectId: PROJECT,
      zones: ZONES,
      images: DEFAULT_IMAGES,
      rootVolume: 'auto',
      hasDataVolume: true,
      privateNetworks: new Map(),
      inboundFrom: ['0.0.0.0/0'],
    });
  const all = [provider(), provider({ key: 'wrong-secret' }), provider({ baseUrl: 'http://127.0.0.1:9' })];
  const [right, intruder, unreachable] = all as [ScalewayProvider, ScalewayProvider, ScalewayProvider];
  return {
    provider: right,
    intruder,
    unreachable,
    zones: ZONES,
    type: 'L4-1-24G',
    rootBytes: 20_000_000_000,
    pageSize: 100,
    async setFault(fault) {
      const made = FAULTS[fault]?.();
      fake.faults = made ? [made] : [];
      fake.world.weather = { ...FAIR, ...WEATHER[fault] };
    },
    async clearFaults() {
      fake.faults = [];
      fake.world.weather = { ...FAIR };
    },
    readUserData: async ({ id }) => Buffer.from(fake.world.servers.get(id)?.userData.get('cloud-init') ?? ''),
    readConsole: async ({ id }) => consoles.texts.get(id) ?? '',
    async close() {
      await Promise.all(all.map((one) => one.close()));
      await fake.close();
    },
  };
});
