/**
 * Endpoints of an organisation: made, changed, given another secret, removed. A secret is in the answer that makes it
 * and never leaves again; nothing is sent from here.
 */
import type * as z from 'zod';
import { closeAlert } from '#alerts/alerts.ts';
import type { Settings } from '#config/settings.ts';
import type { changeWebhookSchema, createWebhookSchema, WebhookView } from '#contracts/webhooks.ts';
import type { Transaction } from '#database/database.ts';
import { enqueue } from '#jobs/jobs.ts';
import { noteChange, noteDifference } from '#kernel/change-notes.ts';
import type { Env } from '#kernel/env.ts';
import { AppError } from '#kernel/errors.ts';
import { newId } from '#kernel/ids.ts';
import type { Actor, OrgScope } from '#kernel/scope.ts';
import type { Sealer } from '#kernel/sealing.ts';
import type { Secret } from '#kernel/secret.ts';
import { failDeliveries } from '../delivery-store.ts';
import {
  countEndpointsLocked,
  insertEndpoint,
  lockEndpoint,
  markEndpointRemoved,
  type SendingRow,
  updateEndpoint,
  updateSecret,
} from '../endpoint-store.ts';
import { DELIVER_WEBHOOKS, WEBHOOK_DISABLED } from '../job-kinds.ts';
import { toWebhookView } from '../queries.ts';
import { openSecret, sealSecret } from '../secrets.ts';
import { mintWebhookSecret } from '../signature.ts';
import { requireTargetUrl } from '../target.ts';

export interface WebhookRules {
  readonly env: Pick<Env, 'clock' | 'random'>;
  readonly sealer: Sealer;
  readonly settings: Settings;
}

export interface WithSecret {
  readonly view: WebhookView;
  readonly secret: Secret;
}

/** @throws webhook.bad_url, webhook.too_many */
export async function createEndpoint(
  rules: WebhookRules,
  tx: Transaction,
  scope: OrgScope,
  wanted: z.output<typeof createWebhookSchema>,
  by: Actor,
): Promise<WithSecret> {
  const { env, sealer, settings } = rules;
  const url = requireUrl(rules, wanted.url);
  const count = await countEndpointsLocked(tx, scope);
  if (count >= settings.get('WEBHOOK_ENDPOINTS_MAX')) throw new AppError('webhook.too_many');
  const id = newId(env, 'webhook');
  const secret = mintWebhookSecret(env.random);
  const row = await insertEndpoint(tx, scope, {
    id,
    url,
    description: wanted.description,
    eventTypes: [...new Set(wanted.event_types)],
    secret: sealSecret(sealer, { ...scope, id }, 'secret', secret),
    createdBy: by.actor,
  });
  const { event_types, description } = wanted;
  noteChange({ after: { host: new URL(url).host, description, event_types } });
  return { view: toWebhookView(row), secret };
}

/** What is left out stays as it is. @throws webhook.not_found, webhook.bad_url */
export async function changeEndpoint(
  rules: WebhookRules,
  tx: Transaction,
  scope: OrgScope,
  id: string,
  wanted: z.output<typeof changeWebhookSchema>,
  by: Actor,
): Promise<WebhookView> {
  const before = await wakeAndLock(tx, scope, id, by);
  const row = await updateEndpoint(tx, scope, before.id, {
    url: wanted.url === undefined ? before.url : requireUrl(rules, wanted.url),
    description: wanted.description ?? before.description,
    eventTypes: wanted.event_types === undefined ? before.eventTypes : [...new Set(wanted.event_types)],
    isEnabled: wanted.enabled ?? before.isEnabled,
  });
  if (!row) throw new AppError('webhook.not_found');
  if (row.isEnabled) await closeAlert(tx, { kind: 'webhook', id: row.id }, WEBHOOK_DISABLED);
  const view = toWebhookView(row);
  noteDifference(auditView(toWebhookView(before)), auditView(view));
  return view;
}

/** Deliveries are signed with both for a while, so that the receiver can change over. @throws webhook.not_found */
export async function rotateSecret(
  rules: WebhookRules,
  tx: Transaction,
  scope: OrgScope,
  wish: { readonly id: string; readonly overlapHours: number },
): Promise<WithSecret> {
  const { env, sealer } = rules;
  const before = await lockEndpoint(tx, scope, wish.id);
  if (!before) throw new AppError('webhook.not_found');
  const secret = mintWebhookSecret(env.random);
  const former =
    wish.overlapHours === 0
      ? null
      : sealSecret(sealer, before, 'former_secret', openSecret(sealer, before, 'secret', before.secret));
  const row = await updateSecret(tx, scope, before.id, {
    secret: sealSecret(sealer, before, 'secret', secret),
    former,
    overlapHours: wish.overlapHours,
  });
  if (!row) throw new AppError('webhook.not_found');
  noteChange({ after: { overlap_hours: wish.overlapHours } });
  return { view: toWebhookView(row), secret };
}

/** What waits for it is given up. @throws webhook.not_found */
export async function removeEndpoint(tx: Transaction, scope: OrgScope, id: string): Promise<void> {
  const row = await lockEndpoint(tx, scope, id);
  if (!row) throw new AppError('webhook.not_found');
  await markEndpointRemoved(tx, scope, row.id);
  await failDeliveries(tx, scope, { endpointId: row.id, error: 'the webhook was removed' });
  await closeAlert(tx, { kind: 'webhook', id: row.id }, WEBHOOK_DISABLED);
  noteChange({ before: auditView(toWebhookView(row)) });
}

/** The job row first, because of the order of locks. @throws webhook.not_found */
export async function wakeAndLock(
  tx: Transaction,
  scope: OrgScope,
  id: string,
  by: Actor,
): Promise<SendingRow> {
  const { correlationId } = by;
  await enqueue(tx, { kind: DELIVER_WEBHOOKS, subjectId: id, orgId: scope.orgId, correlationId });
  const row = await lockEndpoint(tx, scope, id);
  if (!row) throw new AppError('webhook.not_found');
  return row;
}

function requireUrl({ settings }: WebhookRules, text: string): string {
  return requireTargetUrl(text, settings.get('WEBHOOK_PRIVATE_TARGETS') === 'on').href;
}

/** Addresses of some receivers are secrets themselves: the log says the host only. */
function auditView({ url, ...rest }: WebhookView): Record<string, unknown> {
  return { ...rest, host: new URL(url).host };
}
