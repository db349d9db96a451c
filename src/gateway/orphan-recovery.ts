/**
 * Settles what dead processes left open: at the start what this process's own journal holds, and for as long as it
 * lives what lies in journals that nobody holds any more.
 */
import type { Env } from '#kernel/env.ts';
import type { SnapshotKeeper } from '#routing/snapshot-keeper.ts';
import type { AgentClient } from './agent-client.ts';
import type { Journal, Orphan } from './journal/journal.ts';
import { LeftJournals } from './journal/left-journals.ts';
import type { JournalWorker } from './journal/records.ts';
import { settleOrphans } from './journal/recovery.ts';
import type { ShippingPlaces } from './journal/shipper.ts';
import { TallyAcknowledger } from './tally-acknowledger.ts';
import type { UpstreamTarget } from './upstream.ts';
import type { WorkerTargets } from './worker-targets.ts';

export interface OrphanRecoveryParts {
  /** Of this process. */
  readonly journal: Journal;
  readonly acknowledger: TallyAcknowledger;
  readonly agents: AgentClient;
  readonly targets: WorkerTargets;
  readonly snapshot: SnapshotKeeper;
  /** The directory of all journals. */
  readonly root: string;
  readonly segmentBytesMax: number;
  readonly places: ShippingPlaces;
}

export class OrphanRecovery {
  readonly #env: Env;
  readonly #parts: OrphanRecoveryParts;
  readonly #stopping = new AbortController();
  readonly #own: Promise<void>;
  readonly #left: LeftJournals;

  constructor(env: Env, parts: OrphanRecoveryParts, orphans: readonly Orphan[]) {
    const { journal, acknowledger, root, segmentBytesMax, places } = parts;
    this.#env = env;
    this.#parts = parts;
    this.#own = this.#settle(journal, acknowledger, orphans).catch((error: unknown) => {
      env.log.error({ error }, 'settling the requests of a former process failed');
    });
    const settle = (left: Journal, open: readonly Orphan[]) => this.#settleLeft(left, open);
    this.#left = new LeftJournals(env, { root, segmentBytesMax, places, settle });
  }

  /** Gives up waiting for agents; what is not settled then is settled by the next process. */
  abort(): void {
    this.#stopping.abort();
  }

  async stop(): Promise<void> {
    this.abort();
    await Promise.all([this.#own, this.#left.stop()]);
  }

  async #settleLeft(journal: Journal, orphans: readonly Orphan[]): Promise<void> {
    const acknowledger = new TallyAcknowledger(this.#env, journal, this.#parts.agents);
    try {
      await this.#settle(journal, acknowledger, orphans);
    } finally {
      await acknowledger.stop();
    }
  }

  #settle(journal: Journal, acknowledger: TallyAcknowledger, orphans: readonly Orphan[]): Promise<void> {
    const { agents, targets, snapshot } = this.#parts;
    const targetOf = (worker: JournalWorker) => {
      // The worker may have registered again since, with a new epoch and another token.
      const known = snapshot.current.findWorker(worker.instance_id);
      return targets.of(known ? { ...worker, address: known.address, epoch: known.epoch } : worker);
    };
    const context = {
      env: this.#env,
      journal,
      agents,
      targetOf,
      onSettled: (target: UpstreamTarget, requestId: string) => acknowledger.add(target, requestId),
      signal: this.#stopping.signal,
    };
    return settleOrphans(context, orphans);
  }
}
