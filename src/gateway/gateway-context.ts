import type { Env } from '#kernel/env.ts';
import type { Secret } from '#kernel/secret.ts';
import type { SlotList } from '#kernel/slot-list.ts';
import type { WorkerPicker } from '#routing/pick.ts';
import type { RetryBudget } from '#routing/retry-budget.ts';
import type { SnapshotKeeper } from '#routing/snapshot-keeper.ts';
import type { Admission } from './admission/admission.ts';
import type { Budgets } from './admission/budgets.ts';
import type { AgentClient } from './agent-client.ts';
import type { Storage } from './batches/storage.ts';
import type { Cancellation } from './cancellation.ts';
import type { Deadlines } from './deadlines.ts';
import type { RequestDescriber } from './describe-request.ts';
import type { GatewayMetrics } from './gateway-metrics.ts';
import type { Journal } from './journal/journal.ts';
import type { KeyUse } from './key-use.ts';
import type { RequestLog } from './request-log.ts';
import type { RoutingMetrics } from './routing-metrics.ts';
import type { Spending } from './spending.ts';
import type { TallyAcknowledger } from './tally-acknowledger.ts';
import type { Upstream } from './upstream.ts';
import type { WorkerTargets } from './worker-targets.ts';

/** Asked at each use and never copied, so that a changed setting needs no restart. */
export interface GatewayLimits {
  readonly bodyBytesMax: number;
  readonly requestsMax: number;
  readonly firstByteMs: number;
  readonly idleMs: number;
  /** How long a process that was replaced may finish what it has in hand. */
  readonly drainMs: number;
  /** Rows of the request log that may wait in memory. */
  readonly requestLogMax: number;
}

/** What every request of one gateway shares. */
export interface GatewayContext {
  readonly env: Env;
  readonly limits: GatewayLimits;
  readonly webBearerKey: Secret;
  readonly snapshot: SnapshotKeeper;
  readonly picker: WorkerPicker;
  readonly retries: RetryBudget;
  readonly describer: RequestDescriber;
  readonly admission: Admission;
  readonly budgets: Budgets;
  readonly targets: WorkerTargets;
  readonly journal: Journal;
  readonly upstream: Upstream;
  readonly agents: AgentClient;
  readonly acknowledger: TallyAcknowledger;
  readonly deadlines: Deadlines;
  readonly keyUse: KeyUse;
  readonly requestLog: RequestLog;
  readonly metrics: GatewayMetrics;
  readonly routingMetrics: RoutingMetrics;
  /** What requests cost whose charge the snapshot does not know yet. */
  readonly spending: Spending;
  /** Files and batches; undefined where there is no database for them. */
  readonly storage: Storage | undefined;
  /** What workers have now. */
  readonly running: SlotList<Cancellation>;
  /** Aborted when what is still open at the end of the drain must be given up. */
  readonly stopping: AbortSignal;
}
