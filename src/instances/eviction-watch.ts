/**
 * Knows whether evictions are frozen: refreshes the control plane's life, notices when this process itself was late,
 * and keeps one alert while a freeze lasts. A crash leaves the alert open until the next orchestrator looks.
 */
import { closeAlert, raiseAlert } from '#alerts/alerts.ts';
import type { Settings } from '#config/settings.ts';
import type { Database } from '#database/database.ts';
import type { Env } from '#kernel/env.ts';
import { messageOf } from '#kernel/errors.ts';
import { newId } from '#kernel/ids.ts';
import { decideFreeze, type FreezeCause, type HearingFacts } from './eviction-freeze.ts';
import { countSilent, readLife, refreshLife } from './store/control-plane-life.ts';

const TICK_MS = 500;
/** Facts are loaded at most this often in one process. */
const FACTS_FOR_MS = 1_000;
/** An alert that lasts is noted again this often. */
const NOTE_EVERY_MS = 10_000;
/** Orchestrators refresh each second, so a shorter gap is only a slow one. */
const GAP_MS_MIN = 5_000;
const SUBJECT = { kind: 'installation', id: 'evictions' } as const;

export interface EvictionWatchDeps {
  readonly env: Env;
  readonly db: Database;
  readonly settings: Settings;
  readonly onAlarm?: (code: string) => void;
  /** How often it looks by itself. */
  readonly tickMs?: number;
}

export class EvictionWatch {
  readonly #deps: EvictionWatchDeps;
  readonly #stopping = new AbortController();
  #loaded: { readonly atMs: number; readonly facts: Promise<HearingFacts> } | undefined;
  #told: { readonly cause: FreezeCause | undefined; readonly atMs: number } | undefined;
  #hasLagged = false;
  #loop: Promise<void> | undefined;

  constructor(deps: EvictionWatchDeps) {
    this.#deps = deps;
  }

  /** The first round is done when this resolves, so that a start is known to be one. */
  async start(): Promise<void> {
    await this.#round();
    this.#loop = this.#watch();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#loop;
  }

  /** Why nobody may be given up for being silent now; undefined when it is allowed. */
  async current(): Promise<FreezeCause | undefined> {
    const facts = await this.#facts();
    // What this process has noticed holds before it is written down.
    if (this.#hasLagged) return 'orchestrator_late';
    const { settings } = this.#deps;
    return decideFreeze(facts, {
      percent: settings.get('EVICTION_FREEZE_PERCENT'),
      min: settings.get('EVICTION_FREEZE_MIN'),
      graceMs: settings.get('EVICTION_RESTART_GRACE_MS'),
    });
  }

  #facts(): Promise<HearingFacts> {
    const nowMs = this.#deps.env.clock.monotonic();
    if (this.#loaded && nowMs - this.#loaded.atMs < FACTS_FOR_MS) return this.#loaded.facts;
    const facts = this.#load();
    this.#loaded = { atMs: nowMs, facts };
    // A failure is not remembered: whoever asks next asks the database again.
    facts.catch(() => {
      this.#loaded = undefined;
    });
    return facts;
  }

  async #load(): Promise<HearingFacts> {
    const { db, settings } = this.#deps;
    const [life, counts] = await Promise.all([
      readLife(db),
      countSilent(db, settings.get('WORKER_SILENT_MS')),
    ]);
    return {
      ...counts,
      backForMs: life ? life.nowMs - life.backSinceMs : null,
      laggedAgoMs: life?.laggedAtMs == null ? null : life.nowMs - life.laggedAtMs,
    };
  }

  async #watch(): Promise<void> {
    const { env, settings, tickMs = TICK_MS } = this.#deps;
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      const beganAt = env.clock.monotonic();
      await env.sleep(tickMs, signal).catch(() => undefined);
      if (signal.aborted) return;
      const lateMs = env.clock.monotonic() - beganAt - tickMs;
      if (lateMs > settings.get('EVICTION_LAG_MS')) {
        env.log.warn(
          { late_ms: Math.round(lateMs) },
          'this orchestrator was late; nobody is evicted for a while',
        );
        this.#hasLagged = true;
      }
      await this.#round();
    }
  }

  async #round(): Promise<void> {
    const { env, db, settings } = this.#deps;
    try {
      const gapMs = Math.max(GAP_MS_MIN, settings.get('WORKER_SILENT_MS'));
      const hasLagged = this.#hasLagged;
      await refreshLife(db, { gapMs, hasLagged });
      if (hasLagged) {
        this.#loaded = undefined;
        this.#hasLagged = false;
      }
      await this.#tell(await this.current(), await this.#facts());
    } catch (error) {
      env.log.warn({ error: messageOf(error) }, 'whether evictions are frozen cannot be told now');
    }
  }

  /** A freeze of nobody is no news: a new installation begins without an alert. */
  async #tell(frozenBy: FreezeCause | undefined, facts: HearingFacts): Promise<void> {
    const { env, db } = this.#deps;
    const cause = facts.fleet > 0 ? frozenBy : undefined;
    const nowMs = env.clock.monotonic();
    const isSame = this.#told?.cause === cause;
    if (isSame && (cause === undefined || nowMs - (this.#told?.atMs ?? 0) < NOTE_EVERY_MS)) return;
    await db.transaction(async (tx) => {
      if (cause === undefined) return closeAlert(tx, SUBJECT, 'EVICTIONS_FROZEN');
      return raiseAlert(env, tx, {
        code: 'EVICTIONS_FROZEN',
        severity: cause === 'control_plane_back' ? 'warning' : 'critical',
        orgId: null,
        subject: SUBJECT,
        details: { cause, fleet: facts.fleet, silent: facts.silent },
        correlationId: newId(env, 'correlation'),
      });
    });
    this.#told = { cause, atMs: nowMs };
    if (isSame) return;
    if (cause === undefined) env.log.info({}, 'evictions are allowed');
    else {
      this.#deps.onAlarm?.('EVICTIONS_FROZEN');
      env.log.warn({ cause, ...facts }, 'evictions are frozen');
    }
  }
}
