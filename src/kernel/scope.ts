import type { CorrelationId, OrgId } from './ids.ts';

/** What a store demands before it touches a tenant's rows: whose rows. */
export interface OrgScope {
  readonly orgId: OrgId;
}

/** Who does something, on whose behalf, and the thread that ties every step of it together. */
export interface Actor {
  /** `user:<id>`, `key:<id>`, `worker:<instance id>`, or a job's name. */
  readonly actor: string;
  readonly correlationId: CorrelationId;
}
