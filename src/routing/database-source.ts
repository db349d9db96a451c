import { listModels } from '#catalog/queries.ts';
import { CHANNELS } from '#database/channels.ts';
import type { Database } from '#database/database.ts';
import { listInactive } from '#identity/activation/queries.ts';
import { missingSides } from '#identity/activation/rules.ts';
import { listLimitedOrganisations } from '#identity/queries.ts';
import { listActiveApiKeys } from '#identity/usable-keys.ts';
import {
  listAwaitedModels,
  listServingInstances,
  listTunnelledWorkers,
  listUnactivatedModels,
} from '#instances/queries.ts';
import type { ModelId, OrgId } from '#kernel/ids.ts';
import type { MarketRows } from './market.ts';
import type { SnapshotRows, UnactivatedModel } from './snapshot.ts';
import type { SnapshotSource } from './snapshot-keeper.ts';
import { readDatabaseTimeMs } from './store.ts';

/** Known above this folder, so it is given. */
export interface GivenSources {
  /** What organisations offer each other. */
  readonly readMarket?: () => Promise<MarketRows>;
  /** Machines that their owners let nobody use now. */
  readonly readClosed?: () => Promise<ReadonlySet<string>>;
  /** This process takes tunnels, so it must know of whom. */
  readonly takesTunnels?: boolean;
}

/** The routing snapshot's rows from the domains that own them, and their notifications. */
export function databaseSource(db: Database, given: GivenSources = {}): SnapshotSource {
  return {
    async read() {
      const [rows, market, closed, tunnels] = await Promise.all([
        readRows(db),
        given.readMarket?.(),
        given.readClosed?.(),
        given.takesTunnels ? listTunnelledWorkers(db) : [],
      ]);
      // As with a drained machine: what is open goes on, nothing new comes.
      const workers = closed?.size
        ? rows.workers.filter(({ instanceId }) => !closed.has(instanceId))
        : rows.workers;
      return { ...rows, workers, tunnels, ...(market ? { market } : {}) };
    },
    async onChange(listener) {
      const subscriptions = await Promise.all(
        [CHANNELS.routing, CHANNELS.keys].map((channel) => db.listen(channel, listener)),
      );
      return {
        async stop() {
          await Promise.all(subscriptions.map((subscription) => subscription.stop()));
        },
      };
    },
  };
}

async function readRows(db: Database): Promise<SnapshotRows> {
  const [nowMs, keys, organisations, models, instances, awaited, unactivated] = await Promise.all([
    readDatabaseTimeMs(db),
    listActiveApiKeys(db),
    listLimitedOrganisations(db),
    // An inactive model cannot be ordered any more, but what serves it goes on.
    listModels(db, 'everybody', { includeInactive: true }),
    listServingInstances(db),
    listAwaitedModels(db),
    readUnactivated(db),
  ]);
  return {
    keys,
    organisations,
    models: models.map(({ id, hfId, orgId }) => ({ id, hfId, orgId })),
    workers: instances.map(
      ({ lastSeenAtMs, inFlight: _, running, waiting, kvRatio, kvTokens, ...worker }) => ({
        ...worker,
        engine: { atMs: lastSeenAtMs, running, waiting, kvRatio, kvTokens },
        modelId: worker.modelId as ModelId,
        silentMs: nowMs - lastSeenAtMs,
      }),
    ),
    awaited,
    unactivated,
  };
}

async function readUnactivated(db: Database): Promise<UnactivatedModel[]> {
  const [models, instances] = await Promise.all([listInactive(db, 'model'), listUnactivatedModels(db)]);
  return [
    ...models.map(({ orgId, id, missing }) => ({
      orgId: orgId as OrgId,
      modelId: id as ModelId,
      kind: 'model' as const,
      missing,
    })),
    ...instances.map(({ isTechnicalMissing, isEconomicMissing, ...one }) => {
      const missing = missingSides({
        technicalIsGiven: !isTechnicalMissing,
        economicIsGiven: !isEconomicMissing,
      });
      return { ...one, kind: 'instance' as const, missing };
    }),
  ];
}
