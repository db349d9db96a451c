/**
 * Rows written before each create at a provider, whatever is created. `open`: nothing was asked yet. `called`: it may
 * exist. `present`: it exists under `provider_ref` until its absence is proven. `absent`: it does not exist.
 */
import type { Transaction } from '#database/database.ts';
import type { AttemptId, InstanceId } from '#kernel/ids.ts';
import type { OrgScope } from '#kernel/scope.ts';
import type { ResourceKind } from '#providers/provider.ts';

export interface NewAttempt {
  readonly id: AttemptId;
  readonly instanceId: InstanceId;
  readonly kind: ResourceKind;
  readonly offerPosition: number;
  readonly providerId: string;
  readonly zone: string;
  readonly name: string;
}

/** It gets the next number of its kind, and the date of its tags. */
export async function insertAttempt(
  tx: Transaction,
  scope: OrgScope,
  attempt: NewAttempt,
  expiryHours: number,
): Promise<void> {
  await tx.query(
    `insert into provision_attempts (org_id, id, instance_id, number, kind, provider_id, zone, name,
       offer_position, state, first_expires_at, created_at)
     select $1, $2, $3, 1 + coalesce(max(number), 0), $4, $5, $6, $7, $8, 'open',
            app_now() + make_interval(hours => $9), app_now()
     from provision_attempts where instance_id = $3 and kind = $4`,
    [
      scope.orgId,
      attempt.id,
      attempt.instanceId,
      attempt.kind,
      attempt.providerId,
      attempt.zone,
      attempt.name,
      attempt.offerPosition,
      expiryHours,
    ],
  );
}

/** Committed before the call: from here on it may exist, and not seeing it proves nothing for a while. */
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

/**
 * A fact, so it may be written without a lease; even over `absent`, which a late answer disproves. The zone is where
 * it really is.
 */
export async function recordPresent(
  tx: Transaction,
  scope: OrgScope,
  id: AttemptId,
  ref: { readonly id: string; readonly zone: string },
): Promise<boolean> {
  const rows = await tx.query(
    `update provision_attempts set state = 'present', provider_ref = $3, zone = $4, resolved_at = app_now(),
       refusal_kind = null, refusal_message = null
     where org_id = $1 and id = $2 and state <> 'present' returning 1`,
    [scope.orgId, id, ref.id, ref.zone],
  );
  return rows.length === 1;
}

export async function recordAbsent(tx: Transaction, scope: OrgScope, id: AttemptId): Promise<void> {
  await tx.query(
    `update provision_attempts set state = 'absent', resolved_at = app_now() where org_id = $1 and id = $2`,
    [scope.orgId, id],
  );
}

/** The order of a volume ends with its volume. */
export async function recordVolumeAbsent(
  tx: Transaction,
  scope: OrgScope,
  instanceId: InstanceId,
  ref: { readonly id: string; readonly zone: string },
): Promise<void> {
  await tx.query(
    `update provision_attempts set state = 'absent', resolved_at = app_now()
     where org_id = $1 and instance_id = $2 and kind = 'volume' and state = 'present'
       and provider_ref = $3 and zone = $4`,
    [scope.orgId, instanceId, ref.id, ref.zone],
  );
}

/** A second resource that carries the tag of an attempt gets a row of its own, so that it is deleted like any other. */
export async function insertStray(
  tx: Transaction,
  scope: OrgScope,
  attempt: NewAttempt & { readonly providerRef: string },
): Promise<void> {
  await tx.query(
    `insert into provision_attempts (org_id, id, instance_id, number, kind, provider_id, zone, name,
       offer_position, state, is_stray, provider_ref, called_at, resolved_at, created_at)
     select $1, $2, $3, 1 + max(number), $9, $5, $6, $7, $8, 'present', true, $4, app_now(), app_now(), app_now()
     from provision_attempts where instance_id = $3 and kind = $9
     on conflict (name) do nothing`,
    [
      scope.orgId,
      attempt.id,
      attempt.instanceId,
      attempt.providerRef,
      attempt.providerId,
      attempt.zone,
      attempt.name,
      attempt.offerPosition,
      attempt.kind,
    ],
  );
}

/**
 * What the next offer cannot use is unwanted from now on: every server, everything in other zones, and what never
 * came to be. Without a zone: everything.
 */
export async function abandonAttempts(
  tx: Transaction,
  scope: OrgScope,
  instanceId: InstanceId,
  keptZone: string | null,
): Promise<void> {
  await tx.query(
    `update provision_attempts set is_stray = true
     where org_id = $1 and instance_id = $2
       and (kind = 'server' or zone is distinct from $3 or state <> 'present')`,
    [scope.orgId, instanceId, keptZone],
  );
}

export async function markDeleteCalled(tx: Transaction, scope: OrgScope, id: AttemptId): Promise<void> {
  await tx.query(`update provision_attempts set delete_called_at = app_now() where org_id = $1 and id = $2`, [
    scope.orgId,
    id,
  ]);
}
