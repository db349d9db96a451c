import type { offers as en } from '../en/offers.ts';

export const offers: Record<keyof typeof en, string> = {
  'offer.told': 'stock annoncé {ago}',
  'offer.told_text': 'Quand le fournisseur a annoncé son stock',
  'offer.never_told': 'stock jamais annoncé',
  'offer.stale_late':
    'Le fournisseur n’a pas été interrogé depuis plus d’une demi-heure : cela a pu changer.',
  'offer.stale_failed': 'Le fournisseur n’a pas répondu la dernière fois : voici ce qu’il disait avant.',
  'offer.service_ending': 'prend fin',
  'offer.service_ending_text':
    'Son fournisseur l’abandonne. Plus de nouvelle commande ; les machines en service continuent.',
  'offer.service_unlisted': 'n’est plus au catalogue',
  'offer.service_unlisted_text':
    'Son fournisseur ne la propose plus. Plus de nouvelle commande ; les machines en service continuent.',
  'offer.measured':
    '{count, plural, one {mémoire mesurée sur # machine} other {mémoire mesurée sur # machines}}',
  'offer.measured_short': 'mesurée',
  'offer.measured_text':
    '{count, plural, one {Vendue avec {nominal} par GPU ; compte ce qu’avait # machine.} other {Vendue avec {nominal} par GPU ; compte le minimum de # machines.}}',
  'machine.shape': '{provider} · {count} × {kind} · {vcpus} vCPU, {memory} de mémoire',
  'machine.memory': 'Mémoire de chaque GPU',
  'machine.memory_counts': 'On peut compter sur {bytes}',
  'machine.not_measured': 'Telle que vendue. Elle est mesurée sur la première machine qui démarre.',
  'machine.nominal': 'Vendue avec {bytes}',
  'machine.zones': 'Zones',
  'machine.prices': 'Prix constatés',
  'machine.no_prices': 'Aucun n’a encore été constaté.',
  'machine.prices_more':
    '{count, plural, one {Le plus récent} other {Les # plus récents}} ; le reste est dans l’API.',
  'machine.seen_from': 'Depuis',
  'machine.seen_until': 'Jusqu’au',
  'machine.holds': 'en vigueur',
};
