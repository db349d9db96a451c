/**
 * The adapter's view of hosts and claims, in the database. One free host goes to one order: its row is held while it
 * is claimed, and an index refuses a second open claim whatever happens.
 */
import { constraintOf, type Database, type Queryable, type Transaction } from '#database/database.ts';
import type { Env } from '#kernel/env.ts';
import { newId } from '#kernel/ids.ts';
import type { Sealer } from '#kernel/sealing.ts';
import { Secret } from '#kernel/secret.ts';
import type { Claim, ClaimOrder, HostBook, HostGroup, OpenClaim, Refusal } from '#providers/host-book.ts';
import { TRIES_MAX, writeInstallAnew, writeInstallAsked, writeReleasedUntouched } from './agent-store.ts';
import { announceHost } from './announce-hosts.ts';
import {
  type ClaimRow,
  existsType,
  holdFreeHost,
  insertClaim,
  selectClaim,
  selectClaimsByAttempt,
  selectGroupedHosts,
  selectOpenClaims,
  writeExpiry,
  writeFailure,
  writeHostFailure,
  writeLaunched,
  writeNotLaunched,
  writeReleaseAsked,
  writeReleased,
  writeScript,
  writeStarted,
} from './claim-store.ts';
import { selectSealedHost } from './host-store.ts';
import { scriptPlace, targetOf } from './sealed-hosts.ts';

export interface HostBookDeps {
  readonly env: Pick<Env, 'clock' | 'random'>;
  readonly db: Database;
  readonly sealer: Sealer;
}

/** Orders that meet at one host: one of them gets it, the other looks again. */
const CLAIM_TRIES_MAX = 20;
const MET = ['host_claims_open', 'host_claims_attempt'];

export function openHostBook(deps: HostBookDeps): HostBook {
  return new DatabaseHostBook(deps);
}

class DatabaseHostBook implements HostBook {
  readonly #deps: HostBookDeps;

  constructor(deps: HostBookDeps) {
    this.#deps = deps;
  }

  async claim(order: ClaimOrder): Promise<Claim | Refusal> {
    for (let tries = 1; ; tries++) {
      try {
        return await this.#deps.db.transaction((tx) => this.#claimOnce(tx, order));
      } catch (error) {
        if (tries === CLAIM_TRIES_MAX || !MET.includes(constraintOf(error) ?? '')) throw error;
      }
    }
  }

  async find(id: string): Promise<Claim | undefined> {
    const row = await selectClaim(this.#deps.db, id);
    return row && claimOf(row);
  }

  async findByAttempt(zone: string, attempt: string): Promise<Claim[]> {
    const rows = await selectClaimsByAttempt(this.#deps.db, zone, attempt);
    // What has ended is found by its id alone, as at companies that rent machines out.
    return rows.filter(({ releasedAtMs }) => releasedAtMs === null).map(claimOf);
  }

  async open(id: string): Promise<OpenClaim | undefined> {
    const { db, sealer } = this.#deps;
    const row = await selectClaim(db, id);
    if (!row || row.releasedAtMs !== null || row.script === null) return undefined;
    const host = row.reachedBy === 'ssh' ? await selectSealedHost(db, row.hostId) : undefined;
    if (!host && row.reachedBy === 'ssh') return undefined;
    const script = sealer.open(row.script, scriptPlace(row)).reveal();
    return { claim: claimOf(row), target: host && targetOf(sealer, host), script };
  }

  async listOpen(installation: string | undefined, zones: readonly string[]): Promise<Claim[]> {
    return (await selectOpenClaims(this.#deps.db, installation, zones)).map(claimOf);
  }

  async listGroups(): Promise<HostGroup[]> {
    const groups = new Map<string, HostGroup>();
    for (const host of await selectGroupedHosts(this.#deps.db)) {
      const { zone, orgId, type, facts, nanosPerHour, currency, asOf } = host;
      const price = nanosPerHour === null || currency === null ? null : { nanosPerHour, currency, asOf };
      const key = `${zone} ${type}`;
      const known = groups.get(key);
      const free = (known?.free ?? 0) + (host.isFree ? 1 : 0);
      groups.set(key, { zone, orgId, type, facts, free, price: known ? higher(known.price, price) : price });
    }
    return [...groups.values()];
  }

  async markLaunched(id: string): Promise<void> {
    if (await writeLaunched(this.#deps.db, id)) return;
    throw new Error('the machine is being given back');
  }

  async unmarkLaunched(id: string): Promise<void> {
    await writeNotLaunched(this.#deps.db, id);
  }

  async markStarted(id: string, address: string): Promise<void> {
    await this.#changing(id, (tx) => writeStarted(tx, id, address));
  }

  async noteFailure(id: string, failure: Parameters<HostBook['noteFailure']>[1]): Promise<number> {
    if (!failure.isGivenUp) return writeFailure(this.#deps.db, id);
    await this.#changing(id, (tx) => writeHostFailure(tx, id, failure));
    return writeFailure(this.#deps.db, id);
  }

  async askRelease(id: string): Promise<void> {
    await this.#changing(id, (tx) => writeReleaseAsked(tx, id));
  }

  async markReleased(id: string): Promise<void> {
    await this.#changing(id, (tx) => writeReleased(tx, id, null));
  }

  async replaceScript(id: string, script: string): Promise<void> {
    const { db, sealer } = this.#deps;
    const row = await selectClaim(db, id);
    if (row) await writeScript(db, id, sealer.seal(new Secret(script), scriptPlace(row)));
  }

  async orderInstall(id: string, anew?: string): Promise<void> {
    const { db, sealer } = this.#deps;
    if (anew === undefined) return writeInstallAsked(db, id);
    const row = await selectClaim(db, id);
    if (row) await writeInstallAnew(db, id, sealer.seal(new Secret(anew), scriptPlace(row)));
  }

  async releaseUntouched(id: string): Promise<void> {
    await this.#changing(id, (tx) => writeReleasedUntouched(tx, id));
  }

  renew(id: string, expiresAtMs: number): Promise<boolean> {
    return writeExpiry(this.#deps.db, id, expiresAtMs);
  }

  async #claimOnce(tx: Transaction, order: ClaimOrder): Promise<Claim | Refusal> {
    const { env, sealer } = this.#deps;
    const { owner, zone, type } = order;
    const [before] = await selectClaimsByAttempt(tx, zone, owner.attempt);
    if (before) return isSameOrder(before, order) ? claimOf(before) : 'another_order';
    const host = await holdFreeHost(tx, order);
    if (!host) return (await existsType(tx, order)) ? 'no_host' : 'unknown_type';
    const id = newId(env, 'hostClaim');
    const script = sealer.seal(new Secret(order.script), scriptPlace({ orgId: host.orgId, id }));
    const claim = { id, hostId: host.id, zone, type, name: order.name, script };
    await insertClaim(tx, host, { ...claim, ...owner });
    await announceHost(tx, host, host.id, newId(env, 'correlation'));
    return claimOf(await requireClaim(tx, id));
  }

  /** Readers of the host are told with the change. */
  async #changing(id: string, change: (tx: Transaction) => Promise<unknown>): Promise<void> {
    await this.#deps.db.transaction(async (tx) => {
      await change(tx);
      const row = await selectClaim(tx, id);
      if (row) await announceHost(tx, row, row.hostId, newId(this.#deps.env, 'correlation'));
    });
  }
}

async function requireClaim(db: Queryable, id: string): Promise<ClaimRow> {
  const row = await selectClaim(db, id);
  if (!row) throw new Error('a claim that was just made is not there');
  return row;
}

function isSameOrder(row: ClaimRow, { type, owner }: ClaimOrder): boolean {
  return row.typeCode === type && row.instance === owner.instance && row.installation === owner.installation;
}

/** Whoever orders the type must not be told less than any of its machines counts for. */
function higher(one: HostGroup['price'], other: HostGroup['price']): HostGroup['price'] {
  if (!one || !other || one.currency !== other.currency) return null;
  return one.nanosPerHour >= other.nanosPerHour ? one : other;
}

function claimOf(row: ClaimRow): Claim {
  const { id, hostId, zone, typeCode, installation, instance, attempt, expiresAtMs } = row;
  return {
    id,
    hostId,
    zone,
    type: typeCode,
    owner: { installation, instance, attempt, expiresAtMs },
    address: row.address,
    claimedAtMs: row.claimedAtMs,
    launchedAtMs: row.launchedAtMs,
    startedAtMs: row.startedAtMs,
    releaseAskedAtMs: row.releaseAskedAtMs,
    releasedAtMs: row.releasedAtMs,
    byAgent:
      row.reachedBy === 'agent'
        ? {
            installsAsked: row.installsAsked,
            isGivenUp: row.failures >= TRIES_MAX && row.startedAtMs === null,
          }
        : undefined,
  };
}
