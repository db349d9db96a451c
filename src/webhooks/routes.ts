import * as z from 'zod';
import { listOf } from '#contracts/management.ts';
import {
  changeWebhookSchema,
  createWebhookSchema,
  deliveriesQuerySchema,
  deliveryDetailSchema,
  deliverySchema,
  resentSchema,
  rotateSecretSchema,
  webhookSchema,
  webhookWithSecretSchema,
} from '#contracts/webhooks.ts';
import type { Database } from '#database/database.ts';
import { readListWish, toListPage } from '#http/listing.ts';
import { Reply, type Route, route, type UserCaller } from '#http/route.ts';
import type { CorrelationId } from '#kernel/ids.ts';
import type { Actor } from '#kernel/scope.ts';
import {
  changeEndpoint,
  createEndpoint,
  removeEndpoint,
  rotateSecret,
  type WebhookRules,
} from './commands/manage-endpoint.ts';
import { resendDelivery, resendFailed, sendTest } from './commands/send-again.ts';
import { DELIVERY_LIST, listDeliveryRows } from './delivery-store.ts';
import { getDelivery, getWebhook, listWebhooks, toDeliveryView } from './queries.ts';

export interface WebhookRoutesDeps extends WebhookRules {
  readonly db: Database;
}

const byId = z.object({ id: z.string().max(100) });
const byDelivery = byId.extend({ delivery_id: z.string().max(100) });
const reading = { allow: 'member', action: 'webhooks.read' } as const;
const writing = { allow: 'member', action: 'webhooks.write' } as const;
const PATH = '/api/v1/webhooks';
/** Addresses of some receivers are secrets themselves. */
const auditHides = ['url'];

export function webhookRoutes(deps: WebhookRoutesDeps): Route[] {
  return [...readRoutes(deps), ...writeRoutes(deps), ...secretRoutes(deps), ...sendRoutes(deps)];
}

function readRoutes({ db }: WebhookRoutesDeps): Route[] {
  return [
    route({
      method: 'GET',
      path: PATH,
      name: 'webhooks.list',
      summary: 'Webhooks of this organisation, newest first; their secrets are never shown',
      policy: reading,
      success: { status: 200, body: z.object({ data: z.array(webhookSchema) }) },
      handler: async ({ caller }) => ({ data: await listWebhooks(db, caller) }),
    }),
    route({
      method: 'GET',
      path: `${PATH}/:id`,
      name: 'webhooks.get',
      summary: 'One webhook',
      policy: reading,
      params: byId,
      success: { status: 200, body: webhookSchema },
      handler: ({ caller, params }) => getWebhook(db, caller, params.id),
    }),
    route({
      method: 'GET',
      path: `${PATH}/:id/deliveries`,
      name: 'webhooks.deliveries',
      summary: 'What was sent to a webhook and what waits for it, filtered and counted',
      policy: reading,
      params: byId,
      query: deliveriesQuerySchema,
      success: { status: 200, body: listOf(deliverySchema) },
      handler: async ({ caller, params, query }) => {
        const { id: endpointId } = await getWebhook(db, caller, params.id);
        const { state, event_type: eventType, event_id: eventId } = query;
        const filter = { endpointId, state, eventType, eventId };
        const found = await listDeliveryRows(db, caller, filter, readListWish(DELIVERY_LIST, query));
        return toListPage(found, query, toDeliveryView);
      },
    }),
    route({
      method: 'GET',
      path: `${PATH}/:id/deliveries/:delivery_id`,
      name: 'webhooks.delivery',
      summary: 'One delivery: what was sent, and how each attempt ended',
      policy: reading,
      params: byDelivery,
      success: { status: 200, body: deliveryDetailSchema },
      handler: async ({ caller, params }) => {
        const { id } = await getWebhook(db, caller, params.id);
        return getDelivery(db, caller, id, params.delivery_id);
      },
    }),
  ];
}

function writeRoutes(deps: WebhookRoutesDeps): Route[] {
  const { db } = deps;
  return [
    route({
      method: 'PATCH',
      path: `${PATH}/:id`,
      name: 'webhooks.change',
      summary: 'Change where it goes and what it is told of, turn it off or on; what is left out stays',
      policy: writing,
      params: byId,
      body: changeWebhookSchema,
      success: { status: 200, body: webhookSchema },
      auditHides,
      handler: (request) => {
        const { caller, params, body } = request;
        return db.transaction((tx) => changeEndpoint(deps, tx, caller, params.id, body, actorOf(request)));
      },
    }),
    route({
      method: 'DELETE',
      path: `${PATH}/:id`,
      name: 'webhooks.delete',
      summary: 'Remove a webhook; what waits for it is given up',
      policy: writing,
      params: byId,
      success: { status: 204 },
      handler: async ({ caller, params }) => {
        await db.transaction((tx) => removeEndpoint(tx, caller, params.id));
        return new Reply(204);
      },
    }),
  ];
}

function secretRoutes(deps: WebhookRoutesDeps): Route[] {
  return [
    route({
      method: 'POST',
      path: PATH,
      name: 'webhooks.create',
      summary:
        'Be told of events at an address; the secret to verify them is in this answer and never shown again',
      policy: writing,
      body: createWebhookSchema,
      success: { status: 201, body: webhookWithSecretSchema },
      idempotent: true,
      replayHides: ['secret'],
      auditHides,
      handler: async (request) => {
        const { caller, body, tx } = request;
        const { view, secret } = await createEndpoint(deps, tx, caller, body, actorOf(request));
        return new Reply(201, { ...view, secret: secret.reveal() }, { location: `${PATH}/${view.id}` });
      },
    }),
    route({
      method: 'POST',
      path: `${PATH}/:id/rotate-secret`,
      name: 'webhooks.rotate_secret',
      summary: 'Give it another secret; for a while deliveries are signed with both',
      policy: writing,
      params: byId,
      body: rotateSecretSchema,
      success: { status: 200, body: webhookWithSecretSchema },
      idempotent: true,
      replayHides: ['secret'],
      handler: async ({ caller, params, body, tx }) => {
        const wish = { id: params.id, overlapHours: body.overlap_hours };
        const { view, secret } = await rotateSecret(deps, tx, caller, wish);
        return { ...view, secret: secret.reveal() };
      },
    }),
  ];
}

function sendRoutes(deps: WebhookRoutesDeps): Route[] {
  const { settings } = deps;
  return [
    route({
      method: 'POST',
      path: `${PATH}/:id/test`,
      name: 'webhooks.test',
      summary: 'Send a test event; how it went appears in its delivery',
      policy: writing,
      params: byId,
      success: { status: 202, body: deliveryDetailSchema },
      idempotent: true,
      handler: async (request) => {
        const { caller, params, tx } = request;
        const id = await sendTest(deps, tx, caller, params.id, actorOf(request));
        return getDelivery(tx, caller, params.id, id);
      },
    }),
    route({
      method: 'POST',
      path: `${PATH}/:id/deliveries/:delivery_id/resend`,
      name: 'webhooks.resend',
      summary: 'Send one delivery again, whether it was given up or has arrived',
      policy: writing,
      params: byDelivery,
      success: { status: 202, body: deliveryDetailSchema },
      idempotent: true,
      handler: async (request) => {
        const { caller, params, tx } = request;
        const which = { webhookId: params.id, deliveryId: params.delivery_id };
        await resendDelivery(settings, tx, caller, which, actorOf(request));
        return getDelivery(tx, caller, params.id, params.delivery_id);
      },
    }),
    route({
      method: 'POST',
      path: `${PATH}/:id/resend-failed`,
      name: 'webhooks.resend_failed',
      summary: 'Send all deliveries again that were given up',
      policy: writing,
      params: byId,
      success: { status: 202, body: resentSchema },
      idempotent: true,
      handler: async (request) => {
        const { caller, params, tx } = request;
        return { resent: await resendFailed(settings, tx, caller, params.id, actorOf(request)) };
      },
    }),
  ];
}

function actorOf(request: { readonly caller: UserCaller; readonly correlationId: CorrelationId }): Actor {
  return { actor: `user:${request.caller.userId}`, correlationId: request.correlationId };
}
