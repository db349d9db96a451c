import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import fc from 'fast-check';
import { offerPriceSchema, offerSchema } from '#contracts/management.ts';
import { withTestDatabase } from '#database/testing.ts';
import { startTestApi } from '#identity/testing.ts';
import { fixedDirectory } from '#providers/directory.ts';
import { type Provider, ProviderError, type ProviderOffer } from '#providers/provider.ts';
import { recordMeasuredGpus } from './commands/record-measured-gpus.ts';
import { syncOffers } from './commands/sync-offers.ts';
import { syncOffersHandler } from './jobs/sync-offers.ts';
import { parseUsdRate } from './price.ts';
import { getOffer, listOffers, listPrices } from './queries.ts';
import { catalogRoutes } from './routes.ts';

const GIB = 2 ** 30;
const ZONES = ['a', 'b'] as const;

function offer(
  zone: string,
  nanosPerHour: number | null,
  changes: Partial<ProviderOffer> = {},
): ProviderOffer {
  return {
    ...{ zone, type: 'T-1', gpuCount: 2, gpuKind: 'L4', vramBytesPerGpu: 24 * GIB, vcpus: 8 },
    memoryBytes: 48 * GIB,
    price: nanosPerHour === null ? null : { nanosPerHour, currency: 'EUR', asOf: '2026-11-01' },
    availability: 'available',
    ...changes,
  };
}

const where = (zone: string) => ({ provider: 'p', type: 'T-1', zone });

test('whatever a provider lists, each price is kept with its time, and nothing of it ever changes', async (t) => {
  const { db, env } = await withTestDatabase(t);
  // Undefined: it is not listed.
  const listed = fc.option(fc.record({ price: fc.constantFrom(null, 1, 2, 3), isEnding: fc.boolean() }), {
    nil: undefined,
    freq: 4,
  });
  let round = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(listed, listed), { minLength: 1, maxLength: 8 }), async (syncs) => {
      const provider = { id: `p${round++}`, name: 'P' };
      const expected = ZONES.map(() => [] as number[]);
      let before: readonly { id: string; seen_until: string | null }[] = [];
      // What is not known yet cannot be withdrawn.
      for (const sync of [[{ price: 1, isEnding: false }, undefined] as const, ...syncs]) {
        await syncOffers(env, db, provider, offersOf(sync));
        for (const [index, one] of sync.entries()) {
          const prices = expected[index] ?? [];
          const last = prices.at(-1);
          const now = one?.price ?? 0;
          if (now !== (last ?? 0)) prices.push(now);
        }
        const rows = await listPrices(db, { provider: provider.id, limit: 100 });
        for (const old of before) {
          const same = rows.find(({ id }) => id === old.id);
          assert.deepEqual(same, old.seen_until === null ? { ...old, seen_until: same?.seen_until } : old);
        }
        before = rows;
      }
      for (const [index, zone] of ZONES.entries()) {
        const rows = (await listPrices(db, { provider: provider.id, zone, limit: 100 })).toReversed();
        assert.deepEqual(
          rows.map((row) => row.nanos_per_hour),
          expected[index]?.filter((price) => price !== 0),
        );
        for (const [place, row] of rows.entries()) {
          const next = rows[place + 1];
          if (next) assert(row.seen_until !== null && row.seen_until <= next.seen_from);
        }
        const holds = (expected[index]?.at(-1) ?? 0) !== 0;
        assert.equal(rows.at(-1)?.seen_until === null, holds);
      }
    }),
    { numRuns: 25, seed: 20_261_121 },
  );
});

function offersOf(
  sync: readonly ({ price: number | null; isEnding: boolean } | undefined)[],
): ProviderOffer[] {
  return sync.flatMap((one, index) =>
    one ? [offer(ZONES[index] ?? 'a', one.price, { isEnding: one.isEnding })] : [],
  );
}

test('a price that was seen can be neither changed nor removed', async (t) => {
  const { db, env } = await withTestDatabase(t);
  await syncOffers(env, db, 'p', [offer('a', 5)]);
  for (const change of [
    'update offer_prices set nanos_per_hour = 1',
    `update offer_prices set seen_until = app_now(), zone = 'b'`,
    'update offer_prices set seen_until = null',
    'delete from offer_prices',
  ]) {
    await assert.rejects(db.query(change), /kept as they were/, change);
  }
});

test('two syncs at once leave one price that holds', async (t) => {
  const { db, env } = await withTestDatabase(t);
  await syncOffers(env, db, 'p', [offer('a', 5)]);
  await Promise.all([6, 7, 8, 6].map((price) => syncOffers(env, db, 'p', [offer('a', price)])));
  const rows = await listPrices(db, { limit: 100 });
  assert.equal(rows.filter((row) => row.seen_until === null).length, 1);
  assert.equal(rows[0]?.nanos_per_hour, (await getOffer(db, where('a'))).nanosPerHour);
});

test('what a provider gives up, or lists no more, is not offered and comes back when it is listed again', async (t) => {
  const { db, env } = await withTestDatabase(t);
  const offered = async () => (await listOffers(db)).map(({ zone }) => zone);
  await syncOffers(env, db, 'p', [offer('a', 5), offer('b', 5)]);
  await syncOffers(env, db, 'p', [offer('a', 5, { isEnding: true })]);
  assert.deepEqual(await offered(), []);
  const all = await listOffers(db, { includesEnded: true });
  assert.deepEqual(
    all.map(({ zone, service, availability }) => [zone, service, availability]),
    [
      ['a', 'ending', 'available'],
      ['b', 'unlisted', 'shortage'],
    ],
  );
  assert.deepEqual(
    [all[0]?.stale, all[1]?.toldAt],
    [null, null],
    'nobody told that the second is out of stock',
  );
  await syncOffers(env, db, 'p', [offer('a', 5), offer('b', 5)]);
  assert.deepEqual(await offered(), ['a', 'b']);
});

test('offers say how old they are, and whether the last look was late or failed', async (t) => {
  const { db, env } = await withTestDatabase(t);
  const read = async () => {
    const { toldAt, ageSeconds, stale } = await getOffer(db, where('a'));
    return { isTold: toldAt !== null, ageSeconds, stale };
  };
  let isMute = false;
  const provider = {
    id: 'p',
    listOffers: async () => {
      if (!isMute) return [offer('a', 5)];
      const facts = {
        kind: 'retryable',
        provider: 'p',
        operation: 'listOffers',
        outcomeUnknown: false,
      } as const;
      throw new ProviderError('no answer', facts);
    },
  } as unknown as Provider;
  const settings = { get: () => 10_000 } as never;
  const handler = syncOffersHandler({ env, db, settings, providers: fixedDirectory([provider]) });
  const lease = {
    ...{ kind: 'sync-offers', subjectId: 'p', orgId: undefined, correlationId: 'cor_t', attempts: 1 },
    signal: new AbortController().signal,
    apply: <T>(work: Parameters<typeof db.transaction<T>>[0]) => db.transaction(work),
  };
  await handler.run(lease as never);
  const fresh = await read();
  assert.deepEqual([fresh.isTold, fresh.stale], [true, null]);
  assert(fresh.ageSeconds !== null && fresh.ageSeconds >= 0 && fresh.ageSeconds < 1_000);
  await db.query(`update providers set offers_synced_at = app_now() - interval '2 hours'`);
  assert.equal((await read()).stale, 'late');
  isMute = true;
  await assert.rejects(handler.run(lease as never), /no answer/);
  const failed = await read();
  assert.equal(failed.stale, 'failed');
  assert((failed.ageSeconds ?? 0) >= 7_200, 'the age is that of the last good list');
  isMute = false;
  await handler.run(lease as never);
  assert.equal((await read()).stale, null);
});

test('what machines really have counts before what is sold, as the least of them and never as a fancy', async (t) => {
  const { db, env } = await withTestDatabase(t);
  await syncOffers(env, db, 'p', [offer('a', 5)]);
  const { instanceTypeId } = await getOffer(db, where('a'));
  const measure = (instanceId: string, ...gib: number[]) =>
    db.transaction((tx) =>
      recordMeasuredGpus(
        tx,
        { instanceTypeId, instanceId },
        gib.map((one) => ({ memory_bytes: one * GIB })),
      ),
    );
  const figures = async () => {
    const { vramBytesPerGpu, vramBytesNominal, vramMeasuredOn } = await getOffer(db, where('a'));
    return [vramBytesPerGpu / GIB, vramBytesNominal / GIB, vramMeasuredOn];
  };
  for (const [name, ...gpus] of [
    ['none'],
    ['one too few', 23],
    ['tiny', 1, 1],
    ['huge', 23, 400],
    ['zero', 0, 0],
    ['strange', Number.NaN, 23],
  ] as const) {
    await measure(name, ...gpus);
  }
  assert.deepEqual(await figures(), [23, 24, 1], 'the smallest GPU of a machine counts: that of `huge`');
});

test('the least of the last machines, each counted once; a figure of a person stands', async (t: TestContext) => {
  const { db, env } = await withTestDatabase(t);
  await syncOffers(env, db, 'p', [offer('a', 5)]);
  const { instanceTypeId } = await getOffer(db, where('a'));
  const memory = fc.double({ min: 20, max: 26, noNaN: true }).map((gib) => Math.floor(gib * GIB));
  const known = new Map<string, number>();
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom('i1', 'i2', 'i3', 'i4'),
      memory,
      memory,
      async (instanceId, one, two) => {
        const gpus = [{ memory_bytes: one }, { memory_bytes: two }];
        await db.transaction((tx) => recordMeasuredGpus(tx, { instanceTypeId, instanceId }, gpus));
        known.set(instanceId, Math.min(one, two));
        const read = await getOffer(db, where('a'));
        assert.deepEqual(
          [read.vramBytesPerGpu, read.vramMeasuredOn],
          [Math.min(...known.values()), known.size],
        );
      },
    ),
    { numRuns: 30, seed: 20_261_121 },
  );
  await db.query(`update instance_types set edited_at = app_now(), vram_bytes_per_gpu = 7`);
  const { vramBytesPerGpu, vramMeasuredOn } = await getOffer(db, where('a'));
  assert.deepEqual([vramBytesPerGpu, vramMeasuredOn], [7, 0]);
});

test('readers page through prices, and see what is ended only when they ask', async (t) => {
  const api = await startTestApi(t, {
    asRole: 'api',
    routes: ({ db }) =>
      catalogRoutes({
        db,
        usdRate: parseUsdRate('0.86@2026-11-01'),
        enabledProviders: ['p'],
        countReadyByModel: async () => new Map(),
        usualStarts: async () => new Map(),
        peakSpeeds: async () => new Map(),
      }),
  });
  for (const price of [1, 2, 3]) await syncOffers(api.env, api.db, 'p', [offer('a', price), offer('b', 9)]);
  await syncOffers(api.env, api.db, 'p', [offer('a', 3)]);
  const as = await api.person('user');
  const first = await api.send('/api/v1/catalogue/prices?limit=2&provider=p&instance_type=T-1&zone=a', {
    as,
  });
  const rest = await api.send(
    `/api/v1/catalogue/prices?limit=2&zone=a&after=${encodeURIComponent(first.body.next_cursor)}`,
    { as },
  );
  const prices = [...first.body.data, ...rest.body.data].map((row) => offerPriceSchema.parse(row));
  assert.deepEqual(
    prices.map((row) => [row.nanos_per_hour, row.seen_until === null]),
    [
      [3, true],
      [2, false],
      [1, false],
    ],
  );
  const broken = Buffer.from('["1; drop"]').toString('base64url');
  assert.equal((await api.send(`/api/v1/catalogue/prices?after=${broken}`, { as })).status, 422);
  assert.equal((await api.send('/api/v1/catalogue/prices')).status, 401);
  const shown = async (query: string) => {
    const { body } = await api.send(`/api/v1/catalogue/offers${query}`, { as });
    return body.data.map((row: unknown) => offerSchema.parse(row)).map((row: { zone: string }) => row.zone);
  };
  assert.deepEqual(await shown(''), ['a']);
  assert.deepEqual(await shown('?include_ended=true'), ['a', 'b']);
});
