/**
 * Where the heartbeats of all workers arrive in an api process.
 *
 * Most beats tell nothing new: they are answered from memory and written together a moment later. A beat with news is
 * one transaction of its own (record-heartbeat.ts). What memory believes is checked by the write: a beat that does not
 * fit any more is recorded with care after all, so a belief that is out of date costs half a second and no fact.
 */
import type { Settings } from '#config/settings.ts';
import { isTunnelled } from '#contracts/tunnel.ts';
import type { HeartbeatRequest, HeartbeatResponse } from '#contracts/worker.ts';
import type { Database } from '#database/database.ts';
import type { Env } from '#kernel/env.ts';
import { AppError, messageOf } from '#kernel/errors.ts';
import type { Secret } from '#kernel/secret.ts';
import { hashToken } from '#kernel/token.ts';
import { recordHeartbeat } from '../commands/record-heartbeat.ts';
import type { SampleSink } from '../series/sample-sink.ts';
import { offerNextToken, type WorkerRecord } from '../store/worker-beats.ts';
import type { WorkerIdentity } from '../store/workers.ts';
import { TunnelEnds } from '../tunnels/tunnel-ends.ts';
import { nextWorkerTokenOf } from '../worker-tokens.ts';
import { BeatBuffer, type WaitingBeat } from './beat-buffer.ts';
import { hasMoved, plainAddress } from './moved.ts';
import { WorkerDirectory, type WorkerEntry } from './worker-directory.ts';

export interface HeartbeatDeskOptions {
  readonly env: Env;
  readonly db: Database;
  readonly settings: Settings;
  readonly controlKey: Secret;
  readonly samples: SampleSink;
}

const HOUR_MS = 3_600_000;
/** Beats with news under way at once; more are asked to come again, so that a storm of them cannot pile up. */
const CAREFUL_MAX = 1_000;
const CAREFUL_AT_ONCE = 8;

export class HeartbeatDesk {
  readonly #options: HeartbeatDeskOptions;
  readonly #directory: WorkerDirectory;
  readonly #buffer: BeatBuffer;
  readonly #tunnelEnds: TunnelEnds;
  #carefulCount = 0;

  constructor(options: HeartbeatDeskOptions) {
    const { env, db, settings } = options;
    this.#options = options;
    this.#directory = new WorkerDirectory(env, db);
    this.#tunnelEnds = new TunnelEnds(env, db);
    this.#buffer = new BeatBuffer(env, db, {
      flushMs: () => settings.get('HEARTBEAT_FLUSH_MS'),
      onUnwritten: (beats) => this.#recordUnwritten(beats),
    });
  }

  async start(): Promise<void> {
    await this.#directory.start();
  }

  /** Writes what was accepted. */
  async stop(): Promise<void> {
    await this.#buffer.stop();
    await this.#directory.stop();
  }

  /**
   * The worker behind a token; undefined when it is unknown.
   * @throws worker.superseded, worker.revoked
   */
  async identify(token: string): Promise<WorkerIdentity | undefined> {
    const verdict = await this.#directory.identify(token);
    switch (verdict.is) {
      case 'unknown':
        return undefined;
      case 'superseded':
        throw new AppError('worker.superseded');
      case 'revoked':
        throw new AppError('worker.revoked');
      case 'known': {
        const { instanceId, orgId, epoch } = verdict.entry.known;
        return { instanceId, orgId, epoch };
      }
    }
  }

  /** @throws worker.wrong_instance, worker.superseded, worker.revoked, worker.too_many_beats, database.unavailable */
  async record(
    worker: WorkerIdentity,
    beat: HeartbeatRequest,
    remoteAddress?: string,
  ): Promise<HeartbeatResponse> {
    if (beat.instance_id !== worker.instanceId) throw new AppError('worker.wrong_instance');
    if (beat.epoch !== worker.epoch) throw new AppError('worker.superseded');
    const entry = await this.#directory.find(worker.instanceId);
    if (!entry || entry.known.isRevoked) throw new AppError('worker.revoked');
    if (entry.known.epoch !== worker.epoch) throw new AppError('worker.superseded');
    if (!entry.allowance.take()) throw new AppError('worker.too_many_beats', { retryAfterMs: 1_000 });
    if (!this.#buffer.isAccepting) throw new AppError('database.unavailable', { retryAfterMs: 1_000 });
    // A beat that was overtaken on its way tells nothing any more.
    if (beat.seq > entry.known.lastSeq) await this.#take(worker, entry, beat, plainAddress(remoteAddress));
    return this.#answer(entry);
  }

  async #take(
    worker: WorkerIdentity,
    entry: WorkerEntry,
    beat: HeartbeatRequest,
    from: string | undefined,
  ): Promise<void> {
    const { env, settings, samples } = this.#options;
    const arrivedAtMs = env.clock.monotonic();
    const wasSilent =
      entry.heardAtMs !== undefined && arrivedAtMs - entry.heardAtMs > settings.get('WORKER_SILENT_MS');
    const { state, wanted } = entry.known;
    const isNews =
      entry.heardAtMs === undefined ||
      tellsNews(entry.known, beat) ||
      (wasSilent && state !== 'ready') ||
      hasMoved(entry.known, from);
    if (isNews) {
      await this.#recordCarefully(worker, beat, from);
      entry.known = { ...entry.known, seenFrom: from ?? entry.known.seenFrom };
    } else {
      this.#buffer.add({ worker, beat, state, wanted, arrivedAtMs, isReturn: wasSilent });
    }
    note(entry, beat, arrivedAtMs);
    samples.add(worker, this.#directory.nowMs(), beat.sample);
  }

  async #recordCarefully(
    worker: WorkerIdentity,
    beat: HeartbeatRequest,
    from: string | undefined,
  ): Promise<void> {
    const { env, db, settings } = this.#options;
    if (this.#carefulCount >= CAREFUL_MAX)
      throw new AppError('database.unavailable', { retryAfterMs: 1_000 });
    this.#carefulCount += 1;
    try {
      const deps = { env, db, workerSilentMs: settings.get('WORKER_SILENT_MS') };
      await recordHeartbeat(deps, worker, beat, from);
      this.#buffer.drop(worker.instanceId, beat);
    } finally {
      this.#carefulCount -= 1;
    }
  }

  /** Beats that were answered already: their facts are recorded all the same, a few at a time. */
  async #recordUnwritten(beats: readonly WaitingBeat[]): Promise<void> {
    const { env, db, settings } = this.#options;
    const deps = { env, db, workerSilentMs: settings.get('WORKER_SILENT_MS') };
    const left = [...beats];
    const work = async () => {
      for (let next = left.pop(); next; next = left.pop()) {
        this.#directory.forget(next.worker.instanceId);
        await recordHeartbeat(deps, next.worker, next.beat).catch((error: unknown) =>
          env.log.debug({ error: messageOf(error) }, 'a heartbeat came too late'),
        );
      }
    };
    await Promise.all(Array.from({ length: CAREFUL_AT_ONCE }, work));
  }

  async #answer(entry: WorkerEntry): Promise<HeartbeatResponse> {
    const { settings } = this.#options;
    return {
      desired: wantsDrain(entry.known) ? 'drain' : 'serve',
      heartbeat_interval_ms: settings.get('HEARTBEAT_INTERVAL_MS'),
      dead_man_ms: settings.get('WORKER_DEAD_MAN_MS', entry.known.providerId),
      next_token: await this.#nextToken(entry),
      tunnels: await this.#tunnels(entry),
    };
  }

  async #tunnels({ known }: WorkerEntry): Promise<HeartbeatResponse['tunnels']> {
    if (!isTunnelled(known.reach, known.address)) return null;
    return {
      ends: await this.#tunnelEnds.current(),
      sockets_each: this.#options.settings.get('TUNNEL_SOCKETS'),
    };
  }

  /** Derived from the present token, so every process and every repetition gives the same one. */
  async #nextToken(entry: WorkerEntry): Promise<string | null> {
    const { env, db, settings, controlKey } = this.#options;
    const { known } = entry;
    const ageMs = (known.tokenAgeMs ?? 0) + env.clock.monotonic() - entry.loadedAtMs;
    if (known.tokenHash === null || ageMs < settings.get('WORKER_TOKEN_ROTATE_HOURS') * HOUR_MS) return null;
    const next = nextWorkerTokenOf(controlKey, known.instanceId, known.epoch, known.tokenHash).reveal();
    const nextHash = hashToken(next);
    if (known.nextTokenHash === nextHash) return next;
    await env.crashPoint('worker-token.offer.commit');
    const offered = offerNextToken(db, known.instanceId, { presentHash: known.tokenHash, nextHash });
    // Without it the present one goes on.
    const isOffered = await offered.catch(() => false);
    await env.crashPoint('worker-token.offer.committed');
    return isOffered ? next : null;
  }
}

function wantsDrain(known: Pick<WorkerRecord, 'wanted' | 'state'>): boolean {
  return known.wanted === 'terminated' || known.state === 'draining';
}

/** Anything but the figures of the moment. */
function tellsNews(known: WorkerRecord, beat: HeartbeatRequest): boolean {
  const { model_bytes_loaded: loaded, model_bytes_total: total } = beat;
  return (
    known.status !== beat.status ||
    known.engineHttp !== beat.engine_http ||
    known.errorCode !== (beat.error?.code ?? null) ||
    known.errorMessage !== (beat.error?.message ?? null) ||
    known.engineRestarts !== beat.engine_restarts ||
    known.sha256 !== beat.agent.sha256 ||
    (loaded !== null && Math.floor(loaded) > (known.bytesLoaded ?? -1)) ||
    (known.bytesTotal === null && loaded !== null && total !== null && Math.floor(total) > 0) ||
    (known.inFlight > 0 && beat.in_flight === 0 && wantsDrain(known))
  );
}

/** An entry never goes back: of two beats under way at once the newer one stays. */
function note(entry: WorkerEntry, beat: HeartbeatRequest, heardAtMs: number): void {
  const { known } = entry;
  if (beat.seq <= known.lastSeq) return;
  entry.heardAtMs = heardAtMs;
  const loaded = beat.model_bytes_loaded === null ? null : Math.floor(beat.model_bytes_loaded);
  entry.known = {
    ...known,
    lastSeq: beat.seq,
    status: beat.status,
    engineHttp: beat.engine_http,
    errorCode: beat.error?.code ?? null,
    errorMessage: beat.error?.message ?? null,
    engineRestarts: beat.engine_restarts,
    inFlight: beat.in_flight,
    sha256: beat.agent.sha256,
    bytesLoaded: loaded === null ? known.bytesLoaded : Math.max(loaded, known.bytesLoaded ?? 0),
    bytesTotal:
      known.bytesTotal ??
      (loaded === null || beat.model_bytes_total === null ? null : Math.floor(beat.model_bytes_total)),
  };
}
