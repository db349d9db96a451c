export const offers = {
  'offer.told': 'stock told {ago}',
  'offer.told_text': 'When the provider told its stock',
  'offer.never_told': 'stock never told',
  'offer.stale_late': 'The provider was not asked for more than half an hour: this may have changed.',
  'offer.stale_failed': 'The provider gave no answer the last time: this is what it said before.',
  'offer.service_ending': 'ends',
  'offer.service_ending_text':
    'Its provider gives it up. It cannot be ordered anew; machines that run go on.',
  'offer.service_unlisted': 'not listed any more',
  'offer.service_unlisted_text':
    'Its provider lists it no more. It cannot be ordered anew; machines that run go on.',
  'offer.measured':
    '{count, plural, one {memory measured on # machine} other {memory measured on # machines}}',
  'offer.measured_short': 'measured',
  'offer.measured_text':
    '{count, plural, one {Sold with {nominal} on each GPU; what counts is what # machine had.} other {Sold with {nominal} on each GPU; what counts is the least that # machines had.}}',
  'machine.shape': '{provider} · {count} × {kind} · {vcpus} vCPU, {memory} memory',
  'machine.memory': 'Memory of each GPU',
  'machine.memory_counts': '{bytes} may be counted on',
  'machine.not_measured': 'As it is sold. It is measured on the first machine that starts.',
  'machine.nominal': 'Sold with {bytes}',
  'machine.zones': 'Zones',
  'machine.prices': 'Prices that were seen',
  'machine.no_prices': 'None was seen yet.',
  'machine.prices_more':
    '{count, plural, one {The newest one} other {The newest # of them}}; the rest is in the API.',
  'machine.seen_from': 'From',
  'machine.seen_until': 'Until',
  'machine.holds': 'holds now',
} as const;
