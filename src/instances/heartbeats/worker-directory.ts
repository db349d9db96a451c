/**
 * Who a worker token belongs to, from memory.
 *
 * An entry is forgotten when a notification says that it changed; notifications are hints, so every second the
 * database is asked which identities changed lately, and when it has not answered for three seconds nothing is
 * believed any more without asking it. Found by the public part of the token, compared in constant time.
 */
import { CHANNELS } from '#database/channels.ts';
import type { Database } from '#database/database.ts';
import type { Env } from '#kernel/env.ts';
import { messageOf } from '#kernel/errors.ts';
import type { InstanceId } from '#kernel/ids.ts';
import { hashToken, sameHash } from '#kernel/token.ts';
import { readIdentityChanges, useNextToken, type WorkerRecord } from '../store/worker-beats.ts';
import { Allowance } from './allowance.ts';
import { WorkerLoader } from './worker-loader.ts';

/** What is known of one worker. What it said last is replaced with each beat that is accepted. */
export interface WorkerEntry {
  known: WorkerRecord;
  /** Of its last word, on this process's monotonic clock; undefined when it never spoke. */
  heardAtMs: number | undefined;
  readonly loadedAtMs: number;
  usedAtMs: number;
  readonly allowance: Allowance;
}

export type TokenVerdict =
  | { readonly is: 'known'; readonly entry: WorkerEntry }
  | { readonly is: 'unknown' | 'superseded' | 'revoked' };

/** The checksum in a token is left alone: its hash is compared in any case. */
const FORM = /^inv_wkr_([0-9a-z]{8,32})_[0-9A-Za-z]{49}$/;
const POLL_MS = 1_000;
const BELIEVED_MS = 3_000;
/** Changes are asked for this far back: a transaction may commit long after its time stamp. */
const OVERLAP_MS = 30_000;
const UNUSED_MS = 300_000;

export class WorkerDirectory {
  readonly #env: Env;
  readonly #db: Database;
  readonly #stopping = new AbortController();
  readonly #entries = new Map<string, WorkerEntry>();
  readonly #loading = new Map<string, Promise<WorkerEntry | undefined>>();
  readonly #loader: WorkerLoader;
  readonly #seenChanges = new Map<string, number>();
  #checkedAtMs = Number.NEGATIVE_INFINITY;
  #databaseAheadMs: number | undefined;
  #subscription: { stop(): Promise<void> } | undefined;
  #loop: Promise<void> | undefined;

  constructor(env: Env, db: Database) {
    this.#env = env;
    this.#db = db;
    this.#loader = new WorkerLoader(db);
  }

  async start(): Promise<void> {
    this.#subscription = await this.#db.listen(CHANNELS.workers, (id) => this.forget(id));
    await this.#check();
    this.#loop = this.#run();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#subscription?.stop();
    await this.#loop;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** The database's clock, as far as it is known. */
  nowMs(): number {
    return this.#databaseAheadMs === undefined
      ? this.#env.clock.now()
      : this.#env.clock.monotonic() + this.#databaseAheadMs;
  }

  /** Everything when no id is given: notifications may have been missed. */
  forget(id: string): void {
    if (id === '') {
      this.#entries.clear();
      this.#loading.clear();
    } else {
      this.#entries.delete(id);
      // What is being read now may be from before the change.
      this.#loading.delete(id);
    }
  }

  async identify(token: string): Promise<TokenVerdict> {
    const publicPart = FORM.exec(token)?.[1];
    if (publicPart === undefined) return { is: 'unknown' };
    const id = `inst_${publicPart}`;
    const entry = await this.find(id);
    if (!entry) return { is: 'unknown' };
    const hash = hashToken(token);
    const { known } = entry;
    if (known.tokenHash !== null && sameHash(known.tokenHash, hash)) return judge(entry);
    if (known.nextTokenHash !== null && sameHash(known.nextTokenHash, hash)) {
      return known.isRevoked ? { is: 'revoked' } : this.#promote(id, hash);
    }
    return { is: known.retiredHashes.some((old) => sameHash(old, hash)) ? 'superseded' : 'unknown' };
  }

  async find(id: string): Promise<WorkerEntry | undefined> {
    const nowMs = this.#env.clock.monotonic();
    const entry = this.#entries.get(id);
    const isBelieved = nowMs - this.#checkedAtMs < BELIEVED_MS;
    if (entry && (isBelieved || nowMs - entry.loadedAtMs < BELIEVED_MS)) {
      entry.usedAtMs = nowMs;
      return entry;
    }
    return this.#loading.get(id) ?? this.#load(id, entry?.allowance);
  }

  #load(id: string, allowance = new Allowance(this.#env.clock)): Promise<WorkerEntry | undefined> {
    const loading: Promise<WorkerEntry | undefined> = this.#loader
      .find(id)
      .then((known) => {
        if (!known) return undefined;
        const nowMs = this.#env.clock.monotonic();
        const heardAtMs = known.silentForMs === null ? undefined : nowMs - known.silentForMs;
        const entry = { known, heardAtMs, loadedAtMs: nowMs, usedAtMs: nowMs, allowance };
        // A change that came meanwhile has taken this reading off the list.
        if (this.#loading.get(id) === loading) this.#entries.set(id, entry);
        return entry;
      })
      .finally(() => {
        if (this.#loading.get(id) === loading) this.#loading.delete(id);
      });
    this.#loading.set(id, loading);
    return loading;
  }

  /** The new token was used for the first time, so the old one dies. */
  async #promote(id: string, hash: string): Promise<TokenVerdict> {
    await this.#env.crashPoint('worker-token.use.commit');
    await useNextToken(this.#db, id as InstanceId, hash);
    await this.#env.crashPoint('worker-token.use.committed');
    this.forget(id);
    const entry = await this.find(id);
    return entry?.known.tokenHash && sameHash(entry.known.tokenHash, hash) ? judge(entry) : { is: 'unknown' };
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      await this.#env.sleep(POLL_MS, signal).catch(() => undefined);
      if (!signal.aborted) await this.#check();
    }
  }

  /** What no notification told. */
  async #check(): Promise<void> {
    const { clock, log } = this.#env;
    const startedAtMs = clock.monotonic();
    try {
      const { nowMs, changed } = await readIdentityChanges(this.#db, OVERLAP_MS);
      this.#databaseAheadMs = nowMs - (startedAtMs + clock.monotonic()) / 2;
      for (const { id, atMs } of changed) {
        if (this.#seenChanges.get(id) !== atMs) this.forget(id);
      }
      this.#seenChanges.clear();
      for (const { id, atMs } of changed) this.#seenChanges.set(id, atMs);
      this.#checkedAtMs = startedAtMs;
      this.#dropUnused(startedAtMs);
    } catch (error) {
      log.debug({ error: messageOf(error) }, 'changes of workers cannot be read now');
    }
  }

  #dropUnused(nowMs: number): void {
    for (const [id, entry] of this.#entries) {
      if (nowMs - entry.usedAtMs > UNUSED_MS) this.#entries.delete(id);
    }
  }
}

function judge(entry: WorkerEntry): TokenVerdict {
  return entry.known.isRevoked ? { is: 'revoked' } : { is: 'known', entry };
}
