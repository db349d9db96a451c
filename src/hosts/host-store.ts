/** All SQL of hosts. Credentials arrive here sealed and leave sealed. */
import type { HOST_REACHES, HostState } from '#contracts/hosts.ts';
import type { Queryable, Transaction } from '#database/database.ts';
import type { HostId, OrgId } from '#kernel/ids.ts';
import type { OrgScope } from '#kernel/scope.ts';
import type { HostFacts } from '#providers/host-book.ts';

/** An agent that was not heard for so long is silent. It asks every few seconds. */
export const SILENT_AFTER_MS = 90_000;

export type HostReach = (typeof HOST_REACHES)[number];
export type CredentialKind = 'private_key' | 'password' | 'generated';

export interface HostRow {
  readonly id: HostId;
  readonly orgId: OrgId;
  readonly name: string;
  readonly reachedBy: HostReach;
  readonly address: string | null;
  readonly port: number | null;
  readonly username: string | null;
  readonly zone: string;
  readonly nanosPerHour: number | null;
  readonly currency: string | null;
  readonly credentialKind: CredentialKind | null;
  readonly publicKey: string | null;
  readonly agentSeenAt: Date | null;
  readonly agentAddress: string | null;
  readonly agentSha256: string | null;
  /** Of an agent. */
  readonly isSilent: boolean;
  readonly hostKey: string | null;
  readonly seenHostKey: string | null;
  readonly isOutOfService: boolean;
  readonly probesAsked: number;
  readonly probesDone: number;
  readonly probedAt: Date | null;
  readonly probeError: string | null;
  readonly probeMessage: string | null;
  readonly facts: HostFacts | null;
  readonly typeCode: string | null;
  readonly createdBy: string;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly claimId: string | null;
  readonly instanceId: string | null;
  readonly claimedAt: Date | null;
  readonly startedAt: Date | null;
  readonly releaseAskedAt: Date | null;
}

/** What opens a host. */
export interface SealedHost {
  readonly id: HostId;
  readonly orgId: OrgId;
  readonly address: string;
  readonly port: number;
  readonly username: string;
  readonly hostKey: string | null;
  readonly credential: string;
  readonly probesAsked: number;
  readonly probesDone: number;
  readonly probeError: string | null;
}

/** Of a row `h`: it has an agent, and that has not asked for a while. */
export const SILENT_HOST = `(h.reached_by = 'agent' and (h.agent_seen_at is null
  or h.agent_seen_at <= app_now() - interval '${SILENT_AFTER_MS} milliseconds'))`;

const HOST = `
  select h.id, h.org_id as "orgId", h.name, h.reached_by as "reachedBy", h.agent_seen_at as "agentSeenAt",
         h.agent_address as "agentAddress", h.agent_sha256 as "agentSha256", ${SILENT_HOST} as "isSilent", h.address, h.port, h.username, h.zone,
         h.nanos_per_hour as "nanosPerHour", h.currency, h.credential_kind as "credentialKind",
         h.public_key as "publicKey", h.host_key as "hostKey", h.seen_host_key as "seenHostKey",
         h.is_out_of_service as "isOutOfService", h.probes_asked as "probesAsked", h.probes_done as "probesDone",
         h.probed_at as "probedAt", h.probe_error as "probeError", h.probe_message as "probeMessage", h.facts,
         h.type_code as "typeCode", h.created_by as "createdBy", h.created_at as "createdAt",
         h.updated_at as "updatedAt", c.id as "claimId", c.instance as "instanceId", c.claimed_at as "claimedAt",
         c.started_at as "startedAt", c.release_asked_at as "releaseAskedAt"
  from hosts h left join host_claims c on c.host_id = h.id and c.released_at is null`;

export interface NewHost {
  readonly id: HostId;
  readonly name: string;
  readonly address: string;
  readonly port: number;
  readonly username: string;
  readonly zone: string;
  readonly price: { readonly nanos_per_hour: number; readonly currency: string } | null;
  readonly credentialKind: CredentialKind;
  readonly publicKey: string | null;
  readonly credential: string;
  readonly hostKey: string | null;
  readonly createdBy: string;
}

export async function insertHost(tx: Transaction, scope: OrgScope, host: NewHost): Promise<void> {
  await tx.query(
    `insert into hosts (org_id, id, name, address, port, username, zone, nanos_per_hour, currency, credential_kind,
       public_key, credential, host_key, created_by, created_at, updated_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, app_now(), app_now())`,
    [
      ...[scope.orgId, host.id, host.name, host.address, host.port, host.username, host.zone],
      ...[host.price?.nanos_per_hour ?? null, host.price?.currency ?? null, host.credentialKind],
      ...[host.publicKey, host.credential, host.hostKey, host.createdBy],
    ],
  );
}

export function selectHosts(db: Queryable, scope: OrgScope): Promise<HostRow[]> {
  return db.query<HostRow>(`${HOST} where h.org_id = $1 and h.removed_at is null order by h.name, h.id`, [
    scope.orgId,
  ]);
}

export async function selectHost(db: Queryable, scope: OrgScope, id: string): Promise<HostRow | undefined> {
  const [row] = await db.query<HostRow>(
    `${HOST} where h.org_id = $1 and h.id = $2 and h.removed_at is null`,
    [scope.orgId, id],
  );
  return row;
}

/** Nobody changes or claims it until the transaction ends. */
export async function lockHost(tx: Transaction, scope: OrgScope, id: string): Promise<HostRow | undefined> {
  await tx.query(`select 1 from hosts where org_id = $1 and id = $2 and removed_at is null for update`, [
    scope.orgId,
    id,
  ]);
  return selectHost(tx, scope, id);
}

export async function countHosts(db: Queryable, scope: OrgScope): Promise<number> {
  const [row] = await db.query<{ count: number }>(
    `select count(*)::int as count from hosts where org_id = $1 and removed_at is null`,
    [scope.orgId],
  );
  return row?.count ?? 0;
}

export interface HostChange {
  readonly name: string | undefined;
  readonly username: string | undefined;
  readonly price: NewHost['price'] | undefined;
  readonly isOutOfService: boolean | undefined;
  readonly credential:
    | { readonly kind: CredentialKind; readonly sealed: string; readonly publicKey: string | null }
    | undefined;
}

export async function updateHost(
  tx: Transaction,
  scope: OrgScope,
  id: HostId,
  to: HostChange,
): Promise<void> {
  await tx.query(
    `update hosts set name = coalesce($3, name), username = coalesce($4, username),
       is_out_of_service = coalesce($5, is_out_of_service),
       nanos_per_hour = case when $6 then $7 else nanos_per_hour end,
       currency = case when $6 then $8 else currency end,
       credential_kind = coalesce($9, credential_kind), credential = coalesce($10, credential),
       public_key = case when $10::text is null then public_key else $11 end, updated_at = app_now()
     where org_id = $1 and id = $2`,
    [
      ...[scope.orgId, id, to.name ?? null, to.username ?? null, to.isOutOfService ?? null],
      ...[to.price !== undefined, to.price?.nanos_per_hour ?? null, to.price?.currency ?? null],
      ...[to.credential?.kind ?? null, to.credential?.sealed ?? null, to.credential?.publicKey ?? null],
    ],
  );
}

/** A person has said that the machine is this one. */
export async function writeHostKey(
  tx: Transaction,
  scope: OrgScope,
  id: HostId,
  hostKey: string,
): Promise<void> {
  await tx.query(
    `update hosts set host_key = $3, seen_host_key = null, updated_at = app_now() where org_id = $1 and id = $2`,
    [scope.orgId, id, hostKey],
  );
}

export async function askForProbe(tx: Transaction, scope: OrgScope, id: HostId): Promise<void> {
  await tx.query(`update hosts set probes_asked = probes_asked + 1 where org_id = $1 and id = $2`, [
    scope.orgId,
    id,
  ]);
}

export async function recordProbe(
  tx: Transaction,
  scope: OrgScope,
  id: string,
  found: {
    readonly number: number;
    readonly error: string | null;
    readonly message: string | null;
    readonly seenHostKey: string | null;
    /** What was known stays when nothing was seen. */
    readonly facts: HostFacts | null;
    readonly typeCode: string | null;
  },
): Promise<void> {
  await tx.query(
    `update hosts set probes_done = greatest(probes_done, $3), probed_at = app_now(), probe_error = $4,
       probe_message = $5, seen_host_key = $6, facts = coalesce($7, facts), type_code = coalesce($8, type_code)
     where org_id = $1 and id = $2 and removed_at is null`,
    [
      ...[scope.orgId, id, found.number, found.error, found.message, found.seenHostKey],
      ...[found.facts && JSON.stringify(found.facts), found.typeCode],
    ],
  );
}

/** The row stays for the sake of its claims; the credential does not. */
export async function markHostRemoved(tx: Transaction, scope: OrgScope, id: HostId): Promise<void> {
  await tx.query(
    `update hosts set credential = null, removed_at = app_now(), updated_at = app_now()
     where org_id = $1 and id = $2`,
    [scope.orgId, id],
  );
}

/** All of an organisation. */
export async function markAllHostsRemoved(tx: Transaction, scope: OrgScope): Promise<void> {
  await tx.query(
    `update hosts set credential = null, removed_at = app_now(), updated_at = app_now()
     where org_id = $1 and removed_at is null`,
    [scope.orgId],
  );
}

const SEALED = `id, org_id as "orgId", address, port, username, host_key as "hostKey", credential,
  probes_asked as "probesAsked", probes_done as "probesDone",
  probe_error as "probeError"`;

/** By its id alone, for those who were given the id by a row of theirs. */
export async function selectSealedHost(db: Queryable, id: string): Promise<SealedHost | undefined> {
  const [row] = await db.query<SealedHost>(
    `select ${SEALED} from hosts
     where id = $1 and removed_at is null and reached_by = 'ssh' and credential is not null`,
    [id],
  );
  return row;
}

export function stateOf(
  row: Pick<
    HostRow,
    'claimId' | 'isOutOfService' | 'reachedBy' | 'isSilent' | 'hostKey' | 'probeError' | 'facts'
  >,
): HostState {
  if (row.claimId !== null) return 'claimed';
  if (row.isOutOfService) return 'out_of_service';
  if (row.reachedBy === 'ssh' && row.hostKey === null) return 'unconfirmed';
  if (row.isSilent) return 'silent';
  if (row.probeError !== null) return 'failed';
  return row.facts === null ? 'unprobed' : 'free';
}
