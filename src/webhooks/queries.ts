import type { WebhookView } from '#contracts/webhooks.ts';
import type { Queryable } from '#database/database.ts';
import { AppError } from '#kernel/errors.ts';
import type { OrgScope } from '#kernel/scope.ts';
import { type DeliveryRow, findDeliveryRow, listAttemptRows } from './delivery-store.ts';
import { type EndpointRow, findEndpointRow, listEndpointRows } from './endpoint-store.ts';

const ATTEMPTS_SHOWN_MAX = 100;

export function toWebhookView(row: EndpointRow): WebhookView {
  return {
    id: row.id,
    url: row.url,
    description: row.description,
    event_types: row.eventTypes,
    enabled: row.isEnabled,
    disabled_because: row.disabledBecause,
    failing_since: row.failingSince?.toISOString() ?? null,
    former_secret_until: row.formerUntil?.toISOString() ?? null,
    created_at: row.createdAt.toISOString(),
  };
}

export async function listWebhooks(db: Queryable, scope: OrgScope): Promise<WebhookView[]> {
  return (await listEndpointRows(db, scope)).map(toWebhookView);
}

/** @throws webhook.not_found */
export async function getWebhook(db: Queryable, scope: OrgScope, id: string): Promise<WebhookView> {
  const row = await findEndpointRow(db, scope, id);
  if (!row) throw new AppError('webhook.not_found');
  return toWebhookView(row);
}

export function toDeliveryView({ due_at: dueAt, ...row }: DeliveryRow) {
  return {
    ...row,
    next_attempt_at: row.state === 'pending' ? dueAt.toISOString() : null,
    created_at: row.created_at.toISOString(),
    ended_at: row.ended_at?.toISOString() ?? null,
  };
}

/** @throws webhook.delivery_not_found */
export async function getDelivery(db: Queryable, scope: OrgScope, endpointId: string, id: string) {
  const row = await findDeliveryRow(db, scope, endpointId, id);
  if (!row) throw new AppError('webhook.delivery_not_found');
  const attempts = await listAttemptRows(db, scope, id, ATTEMPTS_SHOWN_MAX);
  return {
    ...toDeliveryView(row),
    body: row.body,
    attempt_log: attempts.map((attempt) => ({ ...attempt, at: attempt.at.toISOString() })),
  };
}
