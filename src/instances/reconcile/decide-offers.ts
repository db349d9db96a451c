/** Which machine is ordered next when one was refused, here or to somebody else a short while ago. */
import type { ResourceKind } from '#providers/provider.ts';
import type { OfferRow } from '../rows.ts';
import type { LeaveOffer, Refusal, Situation } from './situation.ts';

/** Another zone or another type may have room. */
const FOR_ANY_OFFER: readonly string[] = ['stock_out', 'quota'];
/** Another type may be allowed. */
const FOR_ANOTHER_TYPE: readonly string[] = ['invalid', 'unsupported'];
/** The model cannot be served on the machine: nothing is asked of the provider. */
const MISFIT = 'does_not_fit';

/** Whether room is missing, so that asking elsewhere, or later, may help. */
export function isShortage(kind: string): boolean {
  return FOR_ANY_OFFER.includes(kind);
}

/** Why the offer that is ordered now must be left without asking; undefined when it may be asked for. */
export function refusalOfOffer({ instance, offers }: Situation): Refusal | undefined {
  const offer = offers.find((candidate) => candidate.position === instance.offerPosition);
  if (offer?.refusalKind)
    return { kind: offer.refusalKind, message: offer.refusalMessage ?? offer.refusalKind };
  if (offer?.misfit) return { kind: MISFIT, message: offer.misfit };
  return offer?.blockedKind ? { kind: offer.blockedKind, message: passedOverMessage(offer) } : undefined;
}

/**
 * The next offer that was refused to nobody. A refusal that is not about room is the same in every zone; one of the
 * server's type may be different for another type; one of our credentials is the same for all.
 */
export function leaveOffer(situation: Situation, refusal: Refusal, refusedKind: ResourceKind): LeaveOffer {
  const { instance, offers } = situation;
  const later = offers.filter((offer) => offer.position > instance.offerPosition && !offer.refusalKind);
  const left = offers.find((offer) => offer.position === instance.offerPosition);
  const possible = later.filter((offer) => {
    if (offer.misfit) return false;
    if (isShortage(refusal.kind)) return true;
    if (refusal.kind === MISFIT) return true;
    const isAboutType = FOR_ANOTHER_TYPE.includes(refusal.kind) && refusedKind === 'server';
    return isAboutType && offer.instanceTypeId !== left?.instanceTypeId;
  });
  const next = possible.find((offer) => offer.blockedKind === null);
  const passedOver = possible.filter(
    (offer) => offer.blockedKind !== null && (next === undefined || offer.position < next.position),
  );
  return { do: 'leave_offer', refusal, passedOver, next };
}

export function passedOverMessage(offer: OfferRow): string {
  const { instanceType, zone, blockedKind, blockedUntil } = offer;
  // The fraction of a second is of no use to people.
  const until = blockedUntil?.replace(/\.\d+$/, '');
  return `${instanceType} in ${zone} was refused a short while ago (${blockedKind}); it is not asked for before ${until} UTC.`;
}
