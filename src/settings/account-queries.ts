import type { ProviderAccountView } from '#contracts/provider-accounts.ts';
import type { Queryable, Transaction } from '#database/database.ts';
import { AppError } from '#kernel/errors.ts';
import type { ProviderAccountId } from '#kernel/ids.ts';
import type { OrgScope } from '#kernel/scope.ts';
import type { Inspection } from '#providers/inspection.ts';
import {
  type AccountRow,
  holdAccounts,
  type OrderableAccount,
  selectAccount,
  selectAccounts,
} from './account-store.ts';
import { missingRights } from './judge-inspection.ts';

export async function listAccounts(db: Queryable, scope: OrgScope): Promise<ProviderAccountView[]> {
  return (await selectAccounts(db, scope)).map(toAccountView);
}

/** @throws provider_account.not_found */
export async function getAccount(db: Queryable, scope: OrgScope, id: string): Promise<ProviderAccountView> {
  const row = await selectAccount(db, scope, id);
  if (!row) throw new AppError('provider_account.not_found');
  return toAccountView(row);
}

/**
 * The account that a new machine is ordered on; null is the installation's own credentials. It stays there until the
 * transaction ends. @throws provider_account.not_found, provider_account.choice_required, provider_account.unusable
 */
export async function chooseAccount(
  tx: Transaction,
  scope: OrgScope,
  order: { readonly providerId: string; readonly accountId: string | undefined },
): Promise<ProviderAccountId | null> {
  const accounts = await holdAccounts(tx, scope, order.providerId);
  if (order.accountId !== undefined) {
    const chosen = accounts.find(({ id }) => id === order.accountId);
    if (chosen) return requireUsable(chosen).id;
    throw new AppError('provider_account.not_found', {
      publicMessage: `This organisation has no such account on ${order.providerId}. GET /api/v1/provider-accounts lists them.`,
    });
  }
  const [only] = accounts;
  if (accounts.length <= 1) return only ? requireUsable(only).id : null;
  const choices = accounts.map(({ id, name }) => `${id} (${name})`).join(', ');
  throw new AppError('provider_account.choice_required', {
    details: { errors: [{ path: 'account_id', message: `one of ${choices}` }] },
  });
}

/** An order that would fail half way, or leave what cannot be deleted, is not placed. */
function requireUsable(account: OrderableAccount): OrderableAccount {
  if (account.checkedVersion !== account.version) return account;
  const missing = account.inspection ? missingRights(account.inspection) : [];
  if (missing.length === 0 && account.checkError !== 'auth') return account;
  throw new AppError('provider_account.unusable', {
    publicMessage: `No machine is ordered on the account ${account.name}: ${account.checkMessage} Test it again when that is mended: POST /api/v1/provider-accounts/${account.id}/test.`,
    details: {
      errors: missing.map(({ right, name }) => ({
        path: 'account_id',
        message: `${right} is missing (${name})`,
      })),
    },
  });
}

export function toAccountView(row: AccountRow): ProviderAccountView {
  return {
    id: row.id,
    provider: row.providerId,
    name: row.name,
    version: row.version,
    created_by: row.createdBy,
    created_at: row.createdAt.toISOString(),
    updated_at: row.updatedAt.toISOString(),
    check: {
      state: checkStateOf(row),
      checked_at: row.checkedAt?.toISOString() ?? null,
      error: row.checkError,
      message: row.checkMessage,
      inspection: row.checkedVersion === row.version ? inspectionView(row.inspection) : null,
    },
    rotation: {
      state: row.rotationState ?? 'none',
      at: row.rotationState === null ? null : (row.rotationAt?.toISOString() ?? null),
      error: row.rotationError,
      message: row.rotationMessage,
      former_until: row.formerUntil?.toISOString() ?? null,
    },
  };
}

/** What was found of an older credential says nothing about this one. */
function checkStateOf(row: AccountRow): ProviderAccountView['check']['state'] {
  if (row.checksAsked > row.checksDone) return 'pending';
  if (row.checkedVersion !== row.version) return 'none';
  return row.checkError === null ? 'ok' : 'failed';
}

function inspectionView(found: Inspection | null): ProviderAccountView['check']['inspection'] {
  if (!found) return null;
  return {
    account: found.identity.account,
    principal: found.identity.principal,
    expires_at: found.expiresAtMs === null ? null : new Date(found.expiresAtMs).toISOString(),
    rights: found.rights.map(({ isNeeded, ...one }) => ({ ...one, is_needed: isNeeded })),
    quotas: [...found.quotas],
    zones: found.zones.map(({ zone, isReachable, error }) => ({ zone, is_reachable: isReachable, error })),
  };
}
