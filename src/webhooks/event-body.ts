import type { BusinessEvent } from '#database/business-events.ts';

/** What is sent: made once, and the same bytes at each attempt, because they are signed. */
export function eventBody(event: Pick<BusinessEvent, 'id' | 'type' | 'at' | 'data'>): string {
  return JSON.stringify({
    id: event.id,
    type: event.type,
    timestamp: event.at.toISOString(),
    data: event.data,
  });
}
