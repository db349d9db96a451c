export const signals = {
  'signals.title': 'Observability',
  'signals.text': 'How requests to each model fare: how many, how many fail and why, how long people wait.',
  'signals.models': 'Models',
  'signals.models_note': 'p95: 19 of 20 requests were at least as fast',
  'signals.unknown_models': 'Models that nobody serves',
  'signals.now': 'At the machines now',
  'signals.now_of':
    '{running} running, {waiting} waiting on {machines, plural, one {# machine} other {# machines}}',
  'signals.failed': 'Failed',
  'signals.ttft': 'Time to the first token',
  'signals.ttft_p50': 'First token p50',
  'signals.ttft_p95': 'First token p95',
  'signals.queue_p95': 'Wait for a machine p95',
  'signals.total_p95': 'Total p95',
  'signals.requests_per': 'Requests per {step}',
  'signals.errors': 'Why requests failed',
  'signals.errors_note': 'A code leads to its requests',
  'signals.engine_error': 'refused by the engine',
  'signals.none': 'No request in this time',
  'signals.none_text':
    'Choose a longer time, or ask a model something: its figures appear here within a second.',
} as const;
