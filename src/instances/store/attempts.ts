/**
 * Rows written before each create at a provider. `open`: nothing was asked yet. `called`: it may exist. `present`: it
 * exists under `provider_ref` until its absence is proven. `absent`: it does not exist.
 */
import type { Queryable, Transaction } from '#database/database.ts';
import type { AttemptId, InstanceId } from '#kernel/ids.ts';
import type { OrgScope } from '#kernel/scope.ts';

export interface NewAttempt {
  readonly id: AttemptId;
  readonly instanceId: InstanceId;
  readonly number: number;
  readonly providerId: string;
  readonly zone: string;
  readonly name: string;
}

export async function insertAttempt(tx: Transaction, scope: OrgScope, attempt: NewAttempt): Promise<void> {
  await tx.query(
    `insert into provision_attempts
       (org_id, id, instance_id, number, kind, provider_id, zone, name, state, created_at)
     values ($1, $2, $3, $4, 'server', $5, $6, $7, 'open', app_now())`,
    [
      scope.orgId,
      attempt.id,
      attempt.instanceId,
      attempt.number,
      attempt.providerId,
      attempt.zone,
      attempt.name,
    ],
  );
}

/** Committed before the call: from here on the server may exist, and not seeing it proves nothing for a while. */
export async function markAttemptCalled(
  tx: Transaction,
  scope: OrgScope,
  id: AttemptId,
  absentAfterMs: number,
): Promise<boolean> {
  const rows = await tx.query(
    `update provision_attempts set state = 'called', called_at = app_now(),
       absent_after = app_now() + make_interval(secs => $3::double precision / 1000)
     where org_id = $1 and id = $2 and state in ('open', 'called') returning 1`,
    [scope.orgId, id, absentAfterMs],
  );
  return rows.length === 1;
}

/** The one call so far had no effect for certain and may be repeated. */
export async function reopenAttempt(tx: Transaction, scope: OrgScope, id: AttemptId): Promise<void> {
  await tx.query(
    `update provision_attempts set state = 'open', called_at = null, absent_after = null
     where org_id = $1 and id = $2 and state = 'called'`,
    [scope.orgId, id],
  );
}

/** A refusal of a call after an unanswered one: kept, but only absence resolves the attempt. */
export async function noteRefusal(
  tx: Transaction,
  scope: OrgScope,
  id: AttemptId,
  refusal: { readonly kind: string; readonly message: string },
): Promise<void> {
  await tx.query(
    `update provision_attempts set refusal_kind = $3, refusal_message = $4
     where org_id = $1 and id = $2 and state in ('open', 'called')`,
    [scope.orgId, id, refusal.kind, refusal.message.slice(0, 1_000)],
  );
}

/** A fact, so it may be written without a lease; even over `absent`, which a late answer disproves. */
export async function recordPresent(
  tx: Transaction,
  scope: OrgScope,
  id: AttemptId,
  providerRef: string,
): Promise<boolean> {
  const rows = await tx.query(
    `update provision_attempts set state = 'present', provider_ref = $3, resolved_at = app_now(),
       refusal_kind = null, refusal_message = null
     where org_id = $1 and id = $2 and state <> 'present' returning 1`,
    [scope.orgId, id, providerRef],
  );
  return rows.length === 1;
}

export async function recordAbsent(tx: Transaction, scope: OrgScope, id: AttemptId): Promise<void> {
  await tx.query(
    `update provision_attempts set state = 'absent', resolved_at = app_now() where org_id = $1 and id = $2`,
    [scope.orgId, id],
  );
}

/** A second server that carries the tag of an attempt gets a row of its own, so that it is deleted like any other. */
export async function insertStray(
  tx: Transaction,
  scope: OrgScope,
  attempt: NewAttempt & { readonly providerRef: string },
): Promise<void> {
  await tx.query(
    `insert into provision_attempts (org_id, id, instance_id, number, kind, provider_id, zone, name, state,
       provider_ref, called_at, resolved_at, created_at)
     select $1, $2, $3, 1 + max(number), 'server', $5, $6, $7, 'present', $4, app_now(), app_now(), app_now()
     from provision_attempts where instance_id = $3 and kind = 'server'
     on conflict (name) do nothing`,
    [
      scope.orgId,
      attempt.id,
      attempt.instanceId,
      attempt.providerRef,
      attempt.providerId,
      attempt.zone,
      attempt.name,
    ],
  );
}

export async function markServerDeleteCalled(tx: Transaction, scope: OrgScope, id: AttemptId): Promise<void> {
  await tx.query(`update provision_attempts set delete_called_at = app_now() where org_id = $1 and id = $2`, [
    scope.orgId,
    id,
  ]);
}

/** Why the provider refused, for people. */
export async function findRefusal(
  db: Queryable,
  scope: OrgScope,
  instanceId: InstanceId,
): Promise<{ kind: string; message: string } | undefined> {
  const [row] = await db.query<{ kind: string; message: string }>(
    `select refusal_kind as kind, refusal_message as message from provision_attempts
     where org_id = $1 and instance_id = $2 and refusal_kind is not null order by number desc limit 1`,
    [scope.orgId, instanceId],
  );
  return row;
}
