/** All SQL of machines whose agent asks us, as the agent's questions and answers need it. */
import type { Queryable, Transaction } from '#database/database.ts';
import type { HostId, OrgId } from '#kernel/ids.ts';
import type { OrgScope } from '#kernel/scope.ts';
import { type NewHost, SILENT_HOST } from './host-store.ts';

/** Tries of one order before it is left. */
export const TRIES_MAX = 3;

export interface AgentHost {
  readonly id: HostId;
  readonly orgId: OrgId;
  readonly probesAsked: number;
  readonly probesDone: number;
  readonly seenAt: Date | null;
  readonly isSilent: boolean;
  /** Whether what is known of its last word is worth writing anew. */
  readonly isStale: boolean;
  readonly address: string | null;
  readonly sha256: string | null;
}

const AGENT_HOST = `
  select id, org_id as "orgId", probes_asked as "probesAsked", probes_done as "probesDone",
         agent_seen_at as "seenAt", ${SILENT_HOST} as "isSilent",
         (agent_seen_at is null or agent_seen_at <= app_now() - interval '10 seconds') as "isStale",
         agent_address as address, agent_sha256 as sha256
  from hosts h`;

/** By its token, of whichever organisation; nobody claims, changes or removes it until the transaction ends. */
export async function lockAgentHost(tx: Transaction, tokenHash: string): Promise<AgentHost | undefined> {
  const [row] = await tx.query<AgentHost>(
    `${AGENT_HOST} where agent_token_hash = $1 and removed_at is null for update`,
    [tokenHash],
  );
  return row;
}

/** By its id alone, for the job that was given it. */
export async function selectAgentHost(db: Queryable, id: string): Promise<AgentHost | undefined> {
  const [row] = await db.query<AgentHost>(
    `${AGENT_HOST} where id = $1 and reached_by = 'agent' and removed_at is null`,
    [id],
  );
  return row;
}

/** Seen at once: whoever enrols speaks. */
export async function insertAgentHost(
  tx: Transaction,
  scope: OrgScope,
  host: Pick<NewHost, 'id' | 'name' | 'zone' | 'price' | 'createdBy'> & {
    readonly tokenHash: string;
    readonly address: string;
  },
): Promise<void> {
  await tx.query(
    `insert into hosts (org_id, id, name, zone, nanos_per_hour, currency, reached_by, agent_token_hash, agent_seen_at,
       agent_address, probes_asked, created_by, created_at, updated_at)
     values ($1, $2, $3, $4, $5, $6, 'agent', $7, app_now(), $8, 1, $9, app_now(), app_now())`,
    [
      ...[scope.orgId, host.id, host.name, host.zone, host.price?.nanos_per_hour ?? null],
      ...[host.price?.currency ?? null, host.tokenHash, host.address, host.createdBy],
    ],
  );
}

export async function writeSeen(
  tx: Transaction,
  scope: OrgScope,
  id: HostId,
  seen: { readonly address: string; readonly sha256: string | null },
): Promise<void> {
  await tx.query(
    `update hosts set agent_seen_at = app_now(), agent_address = $3, agent_sha256 = coalesce($4, agent_sha256)
     where org_id = $1 and id = $2`,
    [scope.orgId, id, seen.address, seen.sha256],
  );
}

export interface AgentClaim {
  readonly id: string;
  readonly orgId: OrgId;
  readonly script: string | null;
  readonly installsAsked: number;
  readonly installsDone: number;
  readonly failures: number;
  readonly launchedAt: Date | null;
  readonly startedAt: Date | null;
  readonly releaseAskedAt: Date | null;
}

/** The one that is not released. */
export async function lockOpenClaim(
  tx: Transaction,
  scope: OrgScope,
  hostId: HostId,
): Promise<AgentClaim | undefined> {
  const [row] = await tx.query<AgentClaim>(
    `select id, org_id as "orgId", script, installs_asked as "installsAsked", installs_done as "installsDone",
            failures, launched_at as "launchedAt", started_at as "startedAt", release_asked_at as "releaseAskedAt"
     from host_claims where org_id = $1 and host_id = $2 and released_at is null for update`,
    [scope.orgId, hostId],
  );
  return row;
}

/** What was done before a newer order came is no answer to that one. */
export async function writeInstalled(
  tx: Transaction,
  scope: OrgScope,
  id: string,
  done: { readonly number: number; readonly address: string },
): Promise<void> {
  await tx.query(
    `update host_claims set installs_done = greatest(installs_done, $3), failures = 0, address = $4,
       started_at = coalesce(started_at, app_now())
     where org_id = $1 and id = $2 and released_at is null`,
    [scope.orgId, id, done.number, done.address],
  );
}

export async function writeTry(tx: Transaction, scope: OrgScope, id: string, count: number): Promise<void> {
  await tx.query(
    `update host_claims set failures = failures + $3 where org_id = $1 and id = $2 and released_at is null`,
    [scope.orgId, id, count],
  );
}

/** Noted before the order is handed out: from then on there may be something on the machine. */
export async function writeHandedOut(tx: Transaction, scope: OrgScope, id: string): Promise<void> {
  await tx.query(
    `update host_claims set launched_at = coalesce(launched_at, app_now())
     where org_id = $1 and id = $2 and released_at is null`,
    [scope.orgId, id],
  );
}

/** True when nothing was ever handed out, so that the machine need not be asked. */
export async function writeReleasedUntouched(db: Queryable, id: string): Promise<boolean> {
  const rows = await db.query(
    `update host_claims set released_at = app_now(), script = null
     where id = $1 and released_at is null and release_asked_at is not null and launched_at is null returning 1`,
    [id],
  );
  return rows.length === 1;
}

export async function writeInstallAsked(db: Queryable, id: string): Promise<void> {
  await db.query(
    `update host_claims set installs_asked = greatest(installs_asked, 1)
     where id = $1 and released_at is null and release_asked_at is null`,
    [id],
  );
}

/** Another script, which is to be run on top; the tries begin anew. */
export async function writeInstallAnew(db: Queryable, id: string, script: string): Promise<void> {
  await db.query(
    `update host_claims set script = $2, installs_asked = installs_asked + 1, failures = 0
     where id = $1 and released_at is null and release_asked_at is null`,
    [id, script],
  );
}

/** Whether an instance runs on a machine that nobody can dial. */
export async function existsAgentClaim(db: Queryable, instance: string): Promise<boolean> {
  const rows = await db.query(
    `select 1 from host_claims c join hosts h on h.org_id = c.org_id and h.id = c.host_id
     where c.instance = $1 and c.released_at is null and h.reached_by = 'agent' limit 1`,
    [instance],
  );
  return rows.length > 0;
}
