/**
 * Holds keys to their budgets without asking the database: what was spent is read every other second, and what ends
 * here meanwhile is added to it.
 *
 * A request that begins within the budget is served to its end, so a key exceeds its budget by what is under way at
 * once, and by what ended at any gateway in the last seconds before the reading and was not in the ledger yet. While
 * the database is away each gateway goes on adding what ends at it.
 */
import type { Env } from '#kernel/env.ts';
import { AppError, messageOf } from '#kernel/errors.ts';
import { hasBudget, type KeyBudget, type SnapshotKey, type SnapshotModel } from '#routing/snapshot.ts';

export interface SpentOfKey {
  readonly keyId: string;
  readonly dayMicros: number;
  readonly monthMicros: number;
  readonly totalMicros: number;
}

export interface TokenPrice {
  readonly orgId: string;
  /** The empty text stands for every model without a price of its own. */
  readonly modelId: string;
  /** Millionths of a euro per million tokens. */
  readonly promptMicros: number;
  readonly completionMicros: number;
  readonly cachedMicros: number;
}

export interface KeySpending {
  readonly spent: readonly SpentOfKey[];
  readonly prices: readonly TokenPrice[];
}

interface UsedTokens {
  readonly prompt_tokens: number;
  readonly completion_tokens: number;
  readonly cached_tokens: number;
}

/** What ended here since the last reading, in millionths of a millionth of a euro: exact. */
interface Local {
  readonly day: string;
  dayPicos: bigint;
  monthPicos: bigint;
  totalPicos: bigint;
}

const POLL_MS = 2_000;
const MILLION = 1_000_000n;
const PERIODS = [
  ['dayMicros', 'today'],
  ['monthMicros', 'this month'],
  ['totalMicros', 'in all'],
] as const satisfies readonly (readonly [keyof KeyBudget, string])[];

export class Budgets {
  readonly #env: Env;
  readonly #read: () => Promise<KeySpending>;
  readonly #budgetedKeys: () => ReadonlySet<string>;
  readonly #stopping = new AbortController();
  readonly #loop: Promise<void>;
  readonly #tried = Promise.withResolvers<void>();
  /** Keys with a budget when it was read last. */
  #known: ReadonlySet<string> = new Set();
  #wake: (() => void) | undefined;
  #isDirty = false;
  #isAway = false;
  #isRead = false;
  #readDay = '';
  #spent = new Map<string, SpentOfKey>();
  #prices = new Map<string, TokenPrice>();
  #local = new Map<string, Local>();

  constructor(
    env: Env,
    parts: { read: () => Promise<KeySpending>; budgetedKeys: () => ReadonlySet<string> },
  ) {
    this.#env = env;
    this.#read = parts.read;
    this.#budgetedKeys = parts.budgetedKeys;
    this.#loop = this.#run();
  }

  /** @throws api_key.budget_reached, api_key.price_unknown, database.unavailable */
  require(key: SnapshotKey | undefined, model: SnapshotModel): void {
    if (!key?.budget || !hasBudget(key)) return;
    if (!this.#known.has(key.id)) {
      // A budget that was given a moment ago, and is read just now.
      if (this.#isRead && !this.#isAway) return;
      // A process that has just begun, without the database: nobody knows what is left.
      throw new AppError('database.unavailable');
    }
    if (!this.#priceOf(key, model.id)) {
      throw new AppError('api_key.price_unknown', { details: { param: 'model' } });
    }
    for (const [period, words] of PERIODS) {
      const budget = key.budget[period];
      if (budget === null || this.#spentOf(key.id, period) < budget) continue;
      throw new AppError('api_key.budget_reached', {
        publicMessage: `This API key may use up ${euros(budget)} ${words}, and has. An owner or manager of the organisation raises its budget.`,
        details: { param: `budget.${period}` },
      });
    }
  }

  /** A request of this key is over. */
  charge(key: SnapshotKey | undefined, modelId: string, used: UsedTokens | undefined): void {
    if (!used || !key || !hasBudget(key)) return;
    const price = this.#priceOf(key, modelId);
    if (!price) return;
    const picos = costOf(price, used);
    const local = this.#localOf(key.id);
    local.dayPicos += picos;
    local.monthPicos += picos;
    local.totalPicos += picos;
  }

  /** The first reading is over, whether there was an answer or not. */
  get tried(): Promise<void> {
    return this.#tried.promise;
  }

  /** The snapshot is new. What a key spent that had no budget before is not known yet: it is read at once. */
  keysChanged(): void {
    if ([...this.#budgetedKeys()].every((id) => this.#known.has(id))) return;
    this.#isDirty = true;
    this.#wake?.();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#loop;
  }

  #spentOf(keyId: string, period: keyof KeyBudget): number {
    const today = dayOf(this.#env.clock.now());
    const isSame = period === 'totalMicros' || isSamePeriod(period, this.#readDay, today);
    const known = isSame ? (this.#spent.get(keyId)?.[period] ?? 0) : 0;
    const local = this.#local.get(keyId);
    if (!local) return known;
    const own = {
      dayMicros: local.day === today ? local.dayPicos : 0n,
      monthMicros: isSamePeriod('monthMicros', local.day, today) ? local.monthPicos : 0n,
      totalMicros: local.totalPicos,
    };
    return known + Number(own[period] / MILLION);
  }

  #localOf(keyId: string): Local {
    const day = dayOf(this.#env.clock.now());
    const known = this.#local.get(keyId);
    if (known?.day === day) return known;
    const isSameMonth = known !== undefined && isSamePeriod('monthMicros', known.day, day);
    const next = {
      day,
      dayPicos: 0n,
      monthPicos: isSameMonth ? known.monthPicos : 0n,
      totalPicos: known?.totalPicos ?? 0n,
    };
    this.#local.set(keyId, next);
    return next;
  }

  #priceOf({ orgId }: SnapshotKey, modelId: string): TokenPrice | undefined {
    return this.#prices.get(`${orgId} ${modelId}`) ?? this.#prices.get(`${orgId} `);
  }

  async #run(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      // Nothing more is asked for while no key has a budget.
      this.#isDirty = false;
      if (!this.#isRead || this.#budgetedKeys().size > 0) await this.#readNow();
      this.#tried.resolve();
      if (!this.#isDirty) await this.#pause();
    }
  }

  async #pause(): Promise<void> {
    const woken = new AbortController();
    this.#wake = () => woken.abort();
    const signal = AbortSignal.any([woken.signal, this.#stopping.signal]);
    await this.#env.sleep(POLL_MS, signal).catch(() => undefined);
    this.#wake = undefined;
  }

  async #readNow(): Promise<void> {
    const { log, clock } = this.#env;
    const before = this.#local;
    const keys = this.#budgetedKeys();
    // What ends while it is read may be in it or not: it is added, and told anew by the next reading.
    this.#local = new Map();
    try {
      const { spent, prices } = await this.#read();
      this.#spent = new Map(spent.map((row) => [row.keyId, row]));
      this.#prices = new Map(prices.map((price) => [`${price.orgId} ${price.modelId}`, price]));
      this.#readDay = dayOf(clock.now());
      this.#known = keys;
      this.#isRead = true;
      this.#isAway = false;
    } catch (error) {
      this.#takeBack(before);
      if (this.#stopping.signal.aborted) return;
      if (!this.#isAway) log.warn({ error: messageOf(error) }, 'what keys have spent is not known anew');
      this.#isAway = true;
    }
  }

  /** The reading failed: what ended before it still counts beside what ended during it. */
  #takeBack(before: ReadonlyMap<string, Local>): void {
    const during = this.#local;
    this.#local = new Map(before);
    for (const [keyId, more] of during) {
      const local = this.#localOf(keyId);
      if (local.day === more.day) local.dayPicos += more.dayPicos;
      local.monthPicos += more.monthPicos;
      local.totalPicos += more.totalPicos;
    }
  }
}

/** Cached tokens are among those of the prompt, as in the ledger's sums. */
function costOf(price: TokenPrice, used: UsedTokens): bigint {
  const { prompt_tokens: prompt, completion_tokens: completion, cached_tokens: cached } = used;
  return (
    BigInt(Math.max(0, prompt - cached)) * BigInt(price.promptMicros) +
    BigInt(cached) * BigInt(price.cachedMicros) +
    BigInt(completion) * BigInt(price.completionMicros)
  );
}

function dayOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}

function isSamePeriod(period: 'dayMicros' | 'monthMicros', a: string, b: string): boolean {
  const length = period === 'dayMicros' ? 10 : 7;
  return a.slice(0, length) === b.slice(0, length);
}

function euros(micros: number): string {
  return `${(micros / 1_000_000).toFixed(micros % 10_000 === 0 ? 2 : 6)} EUR`;
}
