import type { Env } from '#kernel/env.ts';
import type { Secret } from '#kernel/secret.ts';
import type { WorkerPicker } from '#routing/pick.ts';
import type { SnapshotKeeper } from '#routing/snapshot-keeper.ts';
import type { Admission } from './admission/admission.ts';
import type { AgentClient } from './agent-client.ts';
import type { Deadlines } from './deadlines.ts';
import type { GatewayMetrics } from './gateway-metrics.ts';
import type { Journal } from './journal/journal.ts';
import type { KeyUse } from './key-use.ts';
import type { TallyAcknowledger } from './tally-acknowledger.ts';
import type { Upstream } from './upstream.ts';
import type { WorkerTargets } from './worker-targets.ts';

/** Asked at each use and never copied, so that a changed setting needs no restart. */
export interface GatewayLimits {
  readonly bodyBytesMax: number;
  readonly requestsMax: number;
  readonly firstByteMs: number;
  readonly idleMs: number;
  /** Requests that one worker has at once; more wait in the queue. */
  readonly workerRequestsMax: number;
}

/** What every request of one gateway shares. */
export interface GatewayContext {
  readonly env: Env;
  readonly limits: GatewayLimits;
  readonly webBearerKey: Secret;
  readonly snapshot: SnapshotKeeper;
  readonly picker: WorkerPicker;
  readonly admission: Admission;
  readonly targets: WorkerTargets;
  readonly journal: Journal;
  readonly upstream: Upstream;
  readonly agents: AgentClient;
  readonly acknowledger: TallyAcknowledger;
  readonly deadlines: Deadlines;
  readonly keyUse: KeyUse;
  readonly metrics: GatewayMetrics;
  /** Aborted when what is still open at the end of the drain must be given up. */
  readonly stopping: AbortSignal;
}
