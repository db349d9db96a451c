/** API keys as gateways keep them in memory, and as batches ask for one. */
import type { ActivationSide } from '#contracts/activation.ts';
import type { KeyScope, Priority } from '#contracts/api-keys.ts';
import type { Queryable } from '#database/database.ts';
import type { ApiKeyId, OrgId, UserId } from '#kernel/ids.ts';
import type { OrgScope } from '#kernel/scope.ts';
import { missingSides } from './activation/rules.ts';
import {
  type SnapshotApiKeyRow,
  selectUsableApiKey,
  selectUsableApiKeys,
  type UsableApiKeyRow,
} from './api-key-snapshot-store.ts';
import { type Budget, effectiveRights } from './key-rules.ts';
import type { Limits } from './queries.ts';

/** Why a key that is neither revoked nor expired is refused all the same. */
export type KeyBlock =
  | { readonly kind: 'activation'; readonly missing: readonly ActivationSide[] }
  /** Who vouches for this key of the organisation may not any more. */
  | { readonly kind: 'suspended' };

/** One secret of a key that is neither revoked, disabled nor expired, with what it may do now. */
export interface ActiveApiKey {
  readonly id: ApiKeyId;
  readonly orgId: OrgId;
  readonly userId: UserId;
  readonly projectId: string | null;
  /** SHA-256 of the whole token, hex. */
  readonly tokenHash: string;
  readonly expiresAtMs: number | null;
  /** What it was given, cut to what its person may now. */
  readonly scopes: readonly KeyScope[];
  /** Names of models as they were given; null is every model of the organisation. */
  readonly models: readonly string[] | null;
  readonly limits: Limits;
  readonly priorityMax: Priority;
  readonly waitsForStart: boolean;
  readonly budget: Budget;
  readonly block: KeyBlock | null;
}

/**
 * For the gateways' memory. A key whose secret is being replaced is there twice, the newer secret last. A key of a
 * person who left is not there at all.
 */
export async function listActiveApiKeys(db: Queryable): Promise<ActiveApiKey[]> {
  return (await selectUsableApiKeys(db)).flatMap(toActive);
}

/** Whether a key may speak now, for what was begun with it and goes on. */
export async function isApiKeyActive(db: Queryable, scope: OrgScope, id: string): Promise<boolean> {
  const row = await selectUsableApiKey(db, scope, id);
  const rights = row && effectiveRights(row, row.role);
  return rights !== undefined && row !== undefined && blockOf(row) === null;
}

function toActive(row: SnapshotApiKeyRow): ActiveApiKey[] {
  const rights = effectiveRights(row, row.role);
  const block = rights ? blockOf(row) : ({ kind: 'suspended' } as const);
  if (!rights && row.owner === 'user') return [];
  const { id, orgId, userId, models, waitsForStart, previousTokenHash, previousUntilMs } = row;
  const key = {
    id,
    orgId,
    userId,
    projectId: row.projectId,
    tokenHash: row.tokenHash,
    expiresAtMs: row.expiresAtMs,
    scopes: rights?.scopes ?? [],
    models,
    limits: {
      requestsPerMinute: row.requestsPerMinute,
      tokensPerMinute: row.tokensPerMinute,
      concurrentRequests: row.concurrentRequests,
    },
    priorityMax: rights?.priorityMax ?? 'batch',
    waitsForStart,
    budget: {
      dayMicros: row.budgetDayMicros,
      monthMicros: row.budgetMonthMicros,
      totalMicros: row.budgetTotalMicros,
    },
    block,
  };
  if (previousTokenHash === null || previousUntilMs === null) return [key];
  const endsAtMs = Math.min(previousUntilMs, row.expiresAtMs ?? previousUntilMs);
  return [{ ...key, tokenHash: previousTokenHash, expiresAtMs: endsAtMs }, key];
}

function blockOf(row: UsableApiKeyRow): KeyBlock | null {
  const missing = missingSides({
    technicalIsGiven: !row.isTechnicalMissing,
    economicIsGiven: !row.isEconomicMissing,
  });
  return missing.length > 0 ? { kind: 'activation', missing } : null;
}
