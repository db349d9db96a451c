import { gunzipSync } from 'node:zlib';
import { Secret } from '#kernel/secret.ts';
import { env, type ProviderHarness, type SuiteFault } from '#providers/provider-bench.ts';
import { describeProvider } from '#providers/provider-suite.ts';
import { DEFAULT_IMAGES } from './credential.ts';
import { AwsProvider } from './provider.ts';
import { FakeAws } from './testing/fake-aws.ts';
import type { FakeFault, FakeWeather } from './testing/fake-faults.ts';
import { FAIR, isCreate, isDelete, isHoldings, isRead } from './testing/fake-faults.ts';

const KEY = 'FAKEFAKEFAKEFAKEFAKE';
const SECRET = 'the-right-secret-of-the-suite';
/** In two regions, which fail one by one. */
const ZONES = ['eu-west-3a', 'eu-central-1a'];
const always = () => true;

/** How the pretended AWS makes happen what the suite asks for. */
const FAULTS: Partial<Record<SuiteFault, () => FakeFault>> = {
  create_out_of_stock: () => ({
    strikes: isCreate,
    how: { do: 'answer', status: 500, code: 'InsufficientInstanceCapacity' },
  }),
  create_over_quota: () => ({
    strikes: isCreate,
    how: { do: 'answer', status: 400, code: 'VcpuLimitExceeded' },
  }),
  create_fails_before: () => ({ strikes: isCreate, how: { do: 'answer', status: 502, text: '<html>' } }),
  create_fails_after: () => ({
    strikes: isCreate,
    how: { do: 'answer_after', status: 500, code: 'InternalError' },
    left: 1,
  }),
  create_reply_lost: () => ({ strikes: isCreate, how: { do: 'drop_after' }, left: 1 }),
  create_reply_hangs: () => ({ strikes: isCreate, how: { do: 'hang_after' } }),
  create_reply_garbage: () => ({ strikes: isCreate, how: { do: 'garbage_after' }, left: 1 }),
  create_reply_cut: () => ({ strikes: isCreate, how: { do: 'cut_after' } }),
  delete_fails_after: () => ({
    strikes: isDelete,
    how: { do: 'answer_after', status: 503, code: 'Unavailable' },
    left: 1,
  }),
  list_short: () => ({ strikes: isHoldings, how: { do: 'short' } }),
  list_breaks_off: () => ({
    strikes: (request) => isHoldings(request) && request.input['NextToken'] !== undefined,
    how: { do: 'drop_before' },
  }),
  read_fails: () => ({ strikes: isRead, how: { do: 'answer', status: 503, code: 'Unavailable' } }),
  read_garbage: () => ({ strikes: isRead, how: { do: 'garbage_after' } }),
  throttled: () => ({ strikes: always, how: { do: 'answer', status: 503, code: 'RequestLimitExceeded' } }),
  throttled_for_7_s: () => ({
    strikes: always,
    how: { do: 'answer', status: 503, code: 'RequestLimitExceeded', headers: { 'retry-after': '7' } },
  }),
  second_zone_fails: () => ({
    strikes: ({ region }) => region === 'eu-central-1',
    how: { do: 'answer', status: 503, code: 'Unavailable' },
  }),
  renew_reply_lost: () => ({
    strikes: ({ action }) => action === 'CreateTags',
    how: { do: 'drop_after' },
    left: 1,
  }),
};
const WEATHER: Partial<Record<SuiteFault, Partial<FakeWeather>>> = {
  create_invisible: { invisibleMs: 1_000 },
  start_in_vain: { startsInVain: true },
  delete_stuck: { deletesStuck: true },
};

describeProvider('aws', async (): Promise<ProviderHarness> => {
  const fake = await FakeAws.start({ env, accessKeyId: KEY, secretAccessKey: SECRET, zones: ZONES });
  const provider = (changes: { readonly secret?: string; readonly baseUrl?: string } = {}) =>
    new AwsProvider({
      baseUrl: changes.baseUrl ?? fake.url,
      accessKeyId: KEY,
      secretAccessKey: new Secret(changes.secret ?? SECRET),
      clock: env.clock,
      zones: ZONES,
      images: DEFAULT_IMAGES,
      subnets: new Map(),
      hasDataVolume: false,
      wantsEfa: false,
      inboundFrom: ['0.0.0.0/0'],
    });
  const all = [provider(), provider({ secret: 'wrong-secret' }), provider({ baseUrl: 'http://127.0.0.1:9' })];
  const [right, intruder, unreachable] = all as [AwsProvider, AwsProvider, AwsProvider];
  return {
    provider: right,
    intruder,
    unreachable,
    zones: ZONES,
    type: 'g6.xlarge',
    rootBytes: 20 * 2 ** 30,
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
    /** Unpacked, as cloud-init does it. */
    readUserData: async ({ id }) =>
      gunzipSync(Buffer.from(fake.world.instances.get(id)?.userData ?? '', 'base64')),
    readConsole: async () => '',
    async close() {
      await Promise.all(all.map((one) => one.close()));
      await fake.close();
    },
  };
});
