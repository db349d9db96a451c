/**
 * Lets a new credential of an account take over once it has proved itself: it is tried at the provider while the
 * present one goes on, and it must belong to the same account there, because machines that were rented with the
 * present one would be out of reach otherwise. Then it replaces the present one, which is forgotten; calls that began
 * before finish with it. Refused, it is forgotten itself, and nothing has changed.
 *
 * A provider that cannot be asked is asked again for a while. Killed anywhere, the next run tries again; what is
 * written counts only for the credential that was tried.
 */
import type { Database, Transaction } from '#database/database.ts';
import { emitEvent } from '#database/events.ts';
import type { JobHandler, JobOutcome, Lease } from '#jobs/jobs.ts';
import { isId } from '#kernel/ids.ts';
import {
  type AccountRow,
  type NextCredential,
  promoteNext,
  refuseNext,
  selectAccount,
  selectNext,
} from '../account-store.ts';
import { ROTATE_CREDENTIAL } from '../commands/rotate-credential.ts';
import { type Finding, type TrialDeps, tryAccount } from './try-account.ts';

export interface RotateCredentialDeps extends TrialDeps {
  readonly db: Database;
}

/** How long a provider that gives no answer keeps a new credential waiting. */
const TRIED_FOR_MS = 15 * 60_000;
const AGAIN_MS = 10_000;
/** A run of the orchestrator makes some dozens of calls at most, each within PROVIDER_TIMEOUT_MS. */
const FORMER_FOR_MS = 15 * 60_000;

/** The subject is the account's id. */
export function rotateCredentialHandler(deps: RotateCredentialDeps): JobHandler {
  return {
    kind: ROTATE_CREDENTIAL,
    async run(lease) {
      const { subjectId: id, orgId } = lease;
      if (!isId('providerAccount', id) || orgId === undefined || !isId('organisation', orgId)) {
        throw new Error(`not a provider account: ${id} ${orgId}`);
      }
      const account = await selectAccount(deps.db, { orgId }, id);
      const next = account && (await selectNext(deps.db, { orgId }, id));
      if (!account || !next) return { done: true };
      return tryNext(deps, lease, account, next);
    },
  };
}

async function tryNext(
  deps: RotateCredentialDeps,
  lease: Lease,
  account: AccountRow,
  next: NextCredential,
): Promise<JobOutcome> {
  const finding = await tryAccount(deps, lease, account, 'next');
  if (finding.isPassing && next.ageMs < TRIED_FOR_MS) return { againInMs: AGAIN_MS };
  const obstacle = finding.error === null ? await findOtherOwner(deps, lease, account, finding) : finding;
  await deps.env.crashPoint('rotate-credential.commit');
  const isSettled = await lease.apply(async (tx) => {
    const isItsTurn = obstacle
      ? await refuse(tx, account, next, obstacle)
      : await promote(deps, tx, account, next, finding);
    const summary = { state: 'active', rotation: obstacle ? 'refused' : 'done' };
    const { orgId, id } = account;
    if (isItsTurn) await emitEvent(tx, { orgId, type: 'provider_account.changed', subjectId: id, summary });
    return isItsTurn;
  });
  await deps.env.crashPoint('rotate-credential.committed');
  // Another credential was given meanwhile, or this one was sealed anew.
  return isSettled ? { done: true } : { againInMs: 0 };
}

/** Undefined when the new credential is of the account that the present one is of, as far as anybody knows that. */
async function findOtherOwner(
  deps: RotateCredentialDeps,
  lease: Lease,
  account: AccountRow,
  { inspection }: Finding,
): Promise<Pick<Finding, 'error' | 'message'> | undefined> {
  const isKnown = account.checkedVersion === account.version && account.inspection !== null;
  const present = isKnown
    ? account.inspection
    : (await tryAccount(deps, lease, account, 'present')).inspection;
  const [was, is] = [present?.identity.account, inspection?.identity.account];
  if (was === undefined || was === is) return undefined;
  return {
    error: 'other_account',
    message: `The new credential is of ${is}, and what was rented so far is on ${was}: add it as an account of its own.`,
  };
}

function refuse(
  tx: Transaction,
  account: AccountRow,
  { text: tried }: NextCredential,
  { error, message }: Pick<Finding, 'error' | 'message'>,
): Promise<boolean> {
  const because = { tried, error: error ?? 'unknown', message: message ?? '' };
  return refuseNext(tx, account, account.id, because);
}

async function promote(
  { accounts }: RotateCredentialDeps,
  tx: Transaction,
  account: AccountRow,
  { text: tried }: NextCredential,
  { inspection, message }: Finding,
): Promise<boolean> {
  if (!inspection) throw new Error('a credential without an inspection has proved nothing');
  const credential = accounts.sealAsPresent(account, tried);
  return promoteNext(tx, account, account.id, {
    tried,
    credential,
    inspection,
    message,
    formerForMs: FORMER_FOR_MS,
  });
}
