/**
 * A person has read what a round only reported, and lets it go: the gaps up to its epoch are accepted for its account,
 * and what it listed may be deleted. What is found later must be confirmed again. Who and when are kept.
 */
import type { Transaction } from '#database/database.ts';
import { enqueue } from '#jobs/jobs.ts';
import type { Env } from '#kernel/env.ts';
import { AppError } from '#kernel/errors.ts';
import { newId } from '#kernel/ids.ts';
import type { Actor } from '#kernel/scope.ts';
import { SWEEP_PROVIDER } from '../jobs/sweep-provider.ts';
import { approveFindings } from '../store/sweep-findings.ts';
import { findRound, insertConfirmation, selectHeldRounds } from '../store/sweep-rounds.ts';
import { subjectOf } from '../sweep/subject.ts';

/** Answers how many findings were let go. @throws sweep.round_not_found, sweep.nothing_to_confirm */
export async function confirmSweep(
  env: Pick<Env, 'clock' | 'random'>,
  tx: Transaction,
  roundId: string,
  by: Actor,
): Promise<{ findings: number; providerId: string; accountId: string }> {
  const round = await findRound(tx, roundId);
  if (!round) throw new AppError('sweep.round_not_found');
  const stillHeld = (await selectHeldRounds(tx)).some(
    (held) => held.provider_id === round.provider_id && held.account_id === round.account_id,
  );
  if (!round.held || !round.ended_at || !stillHeld) throw new AppError('sweep.nothing_to_confirm');
  const account = { providerId: round.provider_id, accountId: round.account_id };
  await enqueue(tx, {
    kind: SWEEP_PROVIDER,
    subjectId: subjectOf(account),
    correlationId: by.correlationId,
  });
  const findings = await approveFindings(tx, { ...account, endedAt: round.ended_at }, by.actor);
  const id = newId(env, 'confirmation');
  await insertConfirmation(tx, { ...account, id, roundId, epoch: round.epoch, findings, by: by.actor });
  return { findings, ...account };
}
