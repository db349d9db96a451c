/**
 * Who reads live must still be allowed to, whatever happened since the stream began. All sessions with open streams
 * are looked at together, in one query: when a notification says that sessions or rights changed, and every so often
 * in any case. What cannot be looked at for some seconds is not trusted any more.
 */
import type { EndReason, EventViewer } from '#contracts/events.ts';
import type { Env } from '#kernel/env.ts';
import { messageOf } from '#kernel/errors.ts';
import type { LiveStream, StreamOwner } from './live-stream.ts';

/** How a session stands today. */
export type Standing =
  | {
      readonly isLive: true;
      readonly orgId: string;
      readonly role: EventViewer['role'];
      readonly isPlatformAdmin: boolean;
      readonly credential: string;
      /** Why it would act elsewhere than in the organisation it was opened in. */
      readonly leftBecause: EndReason;
    }
  | { readonly isLive: false; readonly because: EndReason };

/** By id of session; one that is not in the answer is gone. */
export type FindStandings = (sessionIds: readonly string[]) => Promise<ReadonlyMap<string, Standing>>;

export interface StreamGuardOptions {
  readonly env: Env;
  readonly findStandings: FindStandings;
  readonly streams: () => Iterable<LiveStream>;
  readonly end: (stream: LiveStream, reason: EndReason) => void;
  readonly signal: AbortSignal;
}

/** So many rounds without an answer, and nobody knows any more who may read. */
const UNANSWERED_ROUNDS_MAX = 2;
/** Many notifications in a moment are one. */
const TOGETHER_MS = 50;

export class StreamGuard {
  readonly #options: StreamGuardOptions;
  #isLooking = false;
  #isWantedAgain = false;

  constructor(options: StreamGuardOptions) {
    this.#options = options;
  }

  /** One of the regular rounds. */
  round(): void {
    for (const stream of [...this.#options.streams()]) {
      stream.unansweredRounds += 1;
      if (stream.unansweredRounds > UNANSWERED_ROUNDS_MAX) this.#options.end(stream, 'unverified');
    }
    this.look();
  }

  /** Looks now; once more afterwards when it is called meanwhile, since the answer on its way may be older. */
  look(): void {
    this.#isWantedAgain = true;
    if (this.#isLooking || this.#options.signal.aborted) return;
    this.#isLooking = true;
    void this.#lookUntilDone().finally(() => {
      this.#isLooking = false;
    });
  }

  async #lookUntilDone(): Promise<void> {
    const { env, signal } = this.#options;
    try {
      while (this.#isWantedAgain && !signal.aborted) {
        this.#isWantedAgain = false;
        await this.#lookOnce();
        if (this.#isWantedAgain) await env.sleep(TOGETHER_MS, signal);
      }
    } catch (error) {
      if (signal.aborted) return;
      env.log.debug({ error: messageOf(error) }, 'the sessions of live streams could not be checked');
    }
  }

  async #lookOnce(): Promise<void> {
    // Those that open while the answer is on its way were let in after the question.
    const streams = [...this.#options.streams()];
    const ids = new Set(streams.map(({ owner }) => owner.viewer.sessionId));
    const standings = ids.size === 0 ? new Map() : await this.#options.findStandings([...ids]);
    for (const stream of streams) {
      stream.unansweredRounds = 0;
      const reason = reasonToEnd(stream.owner, standings.get(stream.owner.viewer.sessionId));
      if (reason) this.#options.end(stream, reason);
    }
  }
}

/** Undefined: it may go on as it began. */
export function reasonToEnd(
  { viewer, credential }: StreamOwner,
  standing: Standing | undefined,
): EndReason | undefined {
  if (!standing) return 'session_ended';
  if (!standing.isLive) return standing.because;
  if (standing.orgId !== viewer.orgId) return standing.leftBecause;
  if (standing.role !== viewer.role || standing.isPlatformAdmin !== viewer.isPlatformAdmin) {
    return 'role_changed';
  }
  return standing.credential === credential ? undefined : 'token_replaced';
}
