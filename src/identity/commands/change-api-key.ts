/** Changes what a key may do and how much of it; gateways follow when the transaction commits. */
import type { ApiKeyView, ChangedApiKey, ChangedBudget } from '#contracts/api-keys.ts';
import type { Database } from '#database/database.ts';
import { noteDifference } from '#kernel/change-notes.ts';
import type { Env } from '#kernel/env.ts';
import { type ApiKeyRow, giveApiKeyTo, updateApiKey } from '../api-key-store.ts';
import { type KeyReader, viewApiKey } from '../api-key-views.ts';
import { type KeyPurpose, lockLiving, tellOfKey } from '../key-authority.ts';
import { type Budget, checkBudgetWish, checkKeyWish } from '../key-rules.ts';
import { requireOpenProject } from '../organisations/queries.ts';

interface ChangeDeps {
  readonly env: Env;
  readonly db: Database;
}

interface Change {
  readonly id: string;
  readonly to: ChangedApiKey;
}

/** @throws api_key.not_found, api_key.ended, request.invalid, auth.forbidden */
export async function changeApiKey(
  { env, db }: ChangeDeps,
  caller: KeyReader,
  change: Change,
): Promise<ApiKeyView> {
  return write(db, caller, { ...change, purpose: 'change' }, (key) => {
    checkKeyWish(env.clock, caller.role, { ...change.to, owner: key.owner_kind });
    checkBudgetWish(caller.role, budgetOf(key), change.to.budget ?? {});
  });
}

/** Any key of the organisation, by whoever answers for what is spent. @throws api_key.not_found, api_key.ended */
export async function setKeyBudget(
  { db }: ChangeDeps,
  caller: KeyReader,
  { id, budget }: { readonly id: string; readonly budget: ChangedBudget },
): Promise<ApiKeyView> {
  return write(db, caller, { id, to: { budget }, purpose: 'budget' }, () => undefined);
}

/**
 * Vouches for a key of the organisation from now on, such as when the person who made it has left. Its secrets stay.
 * @throws api_key.not_found, api_key.ended
 */
export async function takeOverApiKey({ db }: ChangeDeps, caller: KeyReader, id: string): Promise<ApiKeyView> {
  return db.transaction(async (tx) => {
    const key = await lockLiving(tx, caller, id, 'change');
    if (key.owner_kind === 'organisation') await giveApiKeyTo(tx, caller, key.id, caller.userId);
    const view = await viewApiKey(tx, caller, key.id);
    await tellOfKey(tx, caller, view, 'changed');
    return view;
  });
}

async function write(
  db: Database,
  caller: KeyReader,
  { id, to, purpose }: Change & { readonly purpose: KeyPurpose },
  check: (key: ApiKeyRow) => void,
): Promise<ApiKeyView> {
  return db.transaction(async (tx) => {
    const key = await lockLiving(tx, caller, id, purpose);
    check(key);
    await requireOpenProject(tx, caller, to.project_id);
    const before = await viewApiKey(tx, caller, key.id);
    await updateApiKey(tx, caller, key.id, to);
    const view = await viewApiKey(tx, caller, key.id);
    noteDifference(before, view);
    await tellOfKey(tx, caller, view, 'changed');
    return view;
  });
}

function budgetOf(key: ApiKeyRow): Budget {
  return {
    dayMicros: key.budget_day_micros,
    monthMicros: key.budget_month_micros,
    totalMicros: key.budget_total_micros,
  };
}
