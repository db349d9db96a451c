export const SIGNAL_SPANS = ['1h', '6h', '24h', '7d'] as const;
export type SignalSpan = (typeof SIGNAL_SPANS)[number];

export interface ObservabilitySearch {
  span?: SignalSpan;
  /** Id of the model whose charts are shown; the most used one otherwise. */
  model?: string;
}

export function readObservabilitySearch(search: Record<string, unknown>): ObservabilitySearch {
  const span = SIGNAL_SPANS.find((value) => value === search['span']);
  const model = search['model'];
  return { ...(span ? { span } : {}), ...(typeof model === 'string' && model !== '' ? { model } : {}) };
}
