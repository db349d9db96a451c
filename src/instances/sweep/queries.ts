import type { ReconcileView, SweepView } from '#contracts/sweep.ts';
import type { Queryable } from '#database/database.ts';
import { AppError } from '#kernel/errors.ts';
import { selectEpochs } from '../store/epochs.ts';
import { selectFailingRenewals } from '../store/expiry-renewals.ts';
import { findReconcileRequest } from '../store/reconcile-requests.ts';
import { type FindingView, selectFindings } from '../store/sweep-findings.ts';
import {
  type RoundView,
  selectConfirmations,
  selectHeldRounds,
  selectRounds,
} from '../store/sweep-rounds.ts';

const EPOCHS_SHOWN = 20;

/** @throws reconcile.not_found */
export async function getReconcile(db: Queryable, id: string): Promise<ReconcileView> {
  const request = await findReconcileRequest(db, id);
  if (!request) throw new AppError('reconcile.not_found');
  return {
    id: request.id,
    provider: request.provider_id,
    instance_id: request.instance_id,
    state: request.state,
    requested_by: request.requested_by,
    requested_at: request.requested_at.toISOString(),
    started_at: request.started_at?.toISOString() ?? null,
    ended_at: request.ended_at?.toISOString() ?? null,
    woken: request.woken,
    report: request.report,
  };
}

/** The newest rounds and findings, open findings first, and what people must know to judge them. */
export async function getSweep(db: Queryable, limit: number): Promise<SweepView> {
  const [held, rounds, findings, epochs, confirmations, renewals] = await Promise.all([
    selectHeldRounds(db),
    selectRounds(db, limit),
    selectFindings(db, limit),
    selectEpochs(db, EPOCHS_SHOWN),
    selectConfirmations(db, limit),
    selectFailingRenewals(db, limit),
  ]);
  return {
    held: held.map(roundOf),
    rounds: rounds.map(roundOf),
    findings: findings.map(findingOf),
    epochs: epochs.map((epoch) => ({
      number: epoch.number,
      gap_from: epoch.gap_from?.toISOString() ?? null,
      began_at: epoch.began_at.toISOString(),
      alive_until: epoch.alive_until.toISOString(),
    })),
    confirmations: confirmations.map((one) => ({
      id: one.id,
      provider: one.provider_id,
      account: one.account_id,
      round: one.round_id,
      epoch: one.epoch,
      findings: one.findings,
      confirmed_by: one.confirmed_by,
      confirmed_at: one.confirmed_at.toISOString(),
    })),
    failing_renewals: renewals.map(({ provider_id, account_id, expires_at, failing_since, ...rest }) => ({
      provider: provider_id,
      account: account_id,
      ...rest,
      expires_at: expires_at.toISOString(),
      failing_since: failing_since.toISOString(),
    })),
  };
}

function roundOf(round: RoundView): SweepView['rounds'][number] {
  const { provider_id, account_id, errors, started_at, ended_at, ...rest } = round;
  return {
    provider: provider_id,
    account: account_id,
    ...rest,
    errors: [...errors],
    started_at: started_at.toISOString(),
    ended_at: ended_at?.toISOString() ?? null,
  };
}

function findingOf(finding: FindingView): SweepView['findings'][number] {
  const { provider_id, account_id, attempt_tag, instance_tag, resource_created_at, ...rest } = finding;
  return {
    provider: provider_id,
    account: account_id,
    attempt: attempt_tag,
    instance: instance_tag,
    ...rest,
    created_at: resource_created_at.toISOString(),
    first_seen_at: finding.first_seen_at.toISOString(),
    last_seen_at: finding.last_seen_at.toISOString(),
    delete_called_at: finding.delete_called_at?.toISOString() ?? null,
    closed_at: finding.closed_at?.toISOString() ?? null,
  };
}
