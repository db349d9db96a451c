/** Where heartbeats leave their samples. Kept in memory and written together: no row per heartbeat. */
import type { HeartbeatRequest } from '#contracts/worker.ts';
import type { InstanceId } from '#kernel/ids.ts';
import type { OrgScope } from '#kernel/scope.ts';

export interface SampleSink {
  /** Takes one heartbeat's figures at the database's moment `atMs`; never waits and never throws. */
  add(
    worker: OrgScope & { readonly instanceId: InstanceId },
    atMs: number,
    sample: HeartbeatRequest['sample'],
  ): void;
}
