import type { DeliveryState } from '#contracts/webhooks.ts';
import { readChoice } from '../widgets/read-search.ts';

export const STATES = ['pending', 'delivered', 'failed'] as const satisfies readonly DeliveryState[];

export interface DeliveriesSearch {
  state?: DeliveryState;
}

export function readDeliveriesSearch(search: Record<string, unknown>): DeliveriesSearch {
  return readChoice(search, 'state', STATES);
}
