/** Leaves an offer that was refused: its refusal is kept, what it left behind is unwanted, and the next one is taken. */

import { recordRefusal } from '#catalog/commands/record-refusal.ts';
import type { Transaction } from '#database/database.ts';
import type { OfferRow } from '../rows.ts';
import { abandonAttempts } from '../store/attempts.ts';
import { announce, transition } from '../store/instances.ts';
import { markOfferRefused, takeOffer } from '../store/offers.ts';
import { reasonOfRefusal } from './decide-create.ts';
import { isShortage, passedOverMessage } from './decide-offers.ts';
import { actorOf, apply, log, type Run } from './run.ts';
import type { LeaveOffer } from './situation.ts';
import { raiseStateAlert } from './state-alerts.ts';

export async function leaveOffer(run: Run, decision: LeaveOffer): Promise<void> {
  const { instance } = run.situation;
  const { refusal, passedOver, next } = decision;
  await apply(run, 'leave-offer', async (tx) => {
    await markOfferRefused(tx, instance, instance.id, { position: instance.offerPosition, ...refusal });
    for (const offer of passedOver) {
      const kind = offer.blockedKind ?? 'unknown';
      const message = passedOverMessage(offer);
      await markOfferRefused(tx, instance, instance.id, { position: offer.position, kind, message });
    }
    await log(run, tx, {
      code: 'OFFER_REFUSED',
      status: 'failed',
      errorCode: refusal.kind,
      metadata: { ...describe(run, decision), message: refusal.message.slice(0, 500) },
    });
    if (next) await takeNext(run, tx, next);
    else {
      await transition(run.deps.env, tx, moveToFailed(run, refusal.kind), actorOf(run));
      await raiseStateAlert(run, tx, { to: 'provisioning_failed', reason: reasonOfRefusal(refusal.kind) });
    }
  });
  run.deps.env.log.info(
    { instance_id: instance.id, refusal: refusal.kind, ...describe(run, decision) },
    next ? 'an offer was refused, the next one is ordered' : 'no offer is left to order',
  );
}

function describe(run: Run, { passedOver, next }: LeaveOffer): Record<string, unknown> {
  const { instance } = run.situation;
  const word = (offer: OfferRow) => ({ zone: offer.zone, instance_type: offer.instanceType });
  return {
    offer: { zone: instance.zone, instance_type: instance.instanceType },
    passed_over: passedOver.map((offer) => ({ ...word(offer), refusal: offer.blockedKind })),
    next: next ? word(next) : null,
  };
}

/** What exists in the same zone serves the next offer too. */
async function takeNext(run: Run, tx: Transaction, next: OfferRow): Promise<void> {
  const { instance } = run.situation;
  await takeOffer(tx, instance, instance.id, next.position);
  await abandonAttempts(tx, instance, instance.id, next.zone);
  await announce(tx, instance, instance.id);
}

function moveToFailed(run: Run, kind: string) {
  const { instance } = run.situation;
  return {
    orgId: instance.orgId,
    id: instance.id,
    from: 'provisioning',
    to: 'provisioning_failed',
    expectedVersion: instance.stateVersion,
    reason: reasonOfRefusal(kind),
  } as const;
}

/** A server that cannot be started for want of room is given back, and its offer is left. */
export async function giveUpServer(
  run: Run,
  tx: Transaction,
  refusal: { readonly kind: string; readonly message: string },
): Promise<void> {
  const { instance } = run.situation;
  const { offerPosition: position } = instance;
  await markOfferRefused(tx, instance, instance.id, { position, ...refusal });
  await rememberRefusal(run, tx, refusal.kind);
  // The same offer again: this forgets the server. What stands beside it is given up when the next one is taken.
  await takeOffer(tx, instance, instance.id, position);
  await abandonAttempts(tx, instance, instance.id, instance.zone);
}

/** Every machine that could be ordered as this offer passes it over for a while. */
export async function rememberRefusal(run: Run, tx: Transaction, kind: string): Promise<void> {
  if (!isShortage(kind)) return;
  const { instance, offers } = run.situation;
  const offer = offers.find((candidate) => candidate.position === instance.offerPosition);
  if (!offer) return;
  const { zone, instanceTypeId } = offer;
  const refusal = {
    providerId: instance.providerId,
    accountId: instance.accountId ?? '',
    zone,
    instanceTypeId,
    kind,
  };
  await recordRefusal(tx, refusal, run.settings.offerRetryMs);
}
