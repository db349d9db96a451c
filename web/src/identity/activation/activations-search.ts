import type { ResourceKind } from '#contracts/activation.ts';
import { readChoice } from '../../widgets/read-search.ts';

export const KINDS = [
  'instance',
  'model',
  'provider',
  'api_key',
  'offering',
] as const satisfies readonly ResourceKind[];

export interface ActivationsSearch {
  kind?: ResourceKind;
  show?: 'missing' | 'working';
}

export function readActivationsSearch(search: Record<string, unknown>): ActivationsSearch {
  return {
    ...readChoice(search, 'kind', KINDS),
    ...readChoice(search, 'show', ['missing', 'working']),
  };
}
