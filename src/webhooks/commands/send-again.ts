/** Deliveries that somebody asks for: what was given up or has arrived once more, and a test event. */
import type { Settings } from '#config/settings.ts';
import { recordEventForId } from '#database/business-events.ts';
import type { Transaction } from '#database/database.ts';
import type { Env } from '#kernel/env.ts';
import { AppError } from '#kernel/errors.ts';
import { type DeliveryId, newId } from '#kernel/ids.ts';
import type { Actor, OrgScope } from '#kernel/scope.ts';
import { insertDeliveries, reviveDelivery, reviveFailed } from '../delivery-store.ts';
import type { SendingRow } from '../endpoint-store.ts';
import { eventBody } from '../event-body.ts';
import { wakeAndLock } from './manage-endpoint.ts';

/** @throws webhook.not_found, webhook.disabled, webhook.delivery_not_found, webhook.delivery_pending */
export async function resendDelivery(
  settings: Settings,
  tx: Transaction,
  scope: OrgScope,
  which: { readonly webhookId: string; readonly deliveryId: string },
  by: Actor,
): Promise<void> {
  const { id: endpointId } = await requireOn(tx, scope, which.webhookId, by);
  const retryHours = settings.get('WEBHOOK_RETRY_HOURS');
  const isRevived = await reviveDelivery(tx, scope, { endpointId, id: which.deliveryId, retryHours });
  if (isRevived === undefined) throw new AppError('webhook.delivery_not_found');
  if (!isRevived) throw new AppError('webhook.delivery_pending');
}

/** @throws webhook.not_found, webhook.disabled */
export async function resendFailed(
  settings: Settings,
  tx: Transaction,
  scope: OrgScope,
  id: string,
  by: Actor,
): Promise<number> {
  const endpoint = await requireOn(tx, scope, id, by);
  return reviveFailed(tx, scope, endpoint.id, settings.get('WEBHOOK_RETRY_HOURS'));
}

/** An event of its own, for this endpoint only. @throws webhook.not_found, webhook.disabled */
export async function sendTest(
  { env, settings }: { readonly env: Pick<Env, 'clock' | 'random'>; readonly settings: Settings },
  tx: Transaction,
  scope: OrgScope,
  id: string,
  by: Actor,
): Promise<DeliveryId> {
  const endpoint = await requireOn(tx, scope, id, by);
  const type = 'WEBHOOK_TEST';
  const data = { endpoint_id: endpoint.id };
  const event = await recordEventForId(tx, { orgId: scope.orgId, type, subjectId: endpoint.id, data });
  const delivery = {
    orgId: scope.orgId,
    id: newId(env, 'delivery'),
    endpointId: endpoint.id,
    eventId: event.id,
    eventType: type,
    body: eventBody({ ...event, type, data }),
  } as const;
  await insertDeliveries(tx, [delivery], settings.get('WEBHOOK_RETRY_HOURS'));
  return delivery.id;
}

async function requireOn(tx: Transaction, scope: OrgScope, id: string, by: Actor): Promise<SendingRow> {
  const endpoint = await wakeAndLock(tx, scope, id, by);
  if (!endpoint.isEnabled) throw new AppError('webhook.disabled');
  return endpoint;
}
