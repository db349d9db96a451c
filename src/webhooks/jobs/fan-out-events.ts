/**
 * Turns new business events into deliveries, one for each endpoint that wants to be told. Cursor, deliveries and due
 * work commit together, so each event is taken exactly once, whoever dies when. It looks every second: the rows of
 * events wake nobody, because all who record one would wait for each other at the row of this job.
 */
import type { Settings } from '#config/settings.ts';
import { type BusinessEvent, givePositions, moveCursor, readNewEvents } from '#database/business-events.ts';
import type { Database, Transaction } from '#database/database.ts';
import { enqueueAll, type JobHandler } from '#jobs/jobs.ts';
import type { Env } from '#kernel/env.ts';
import { newId } from '#kernel/ids.ts';
import { insertDeliveries } from '../delivery-store.ts';
import { type EndpointRow, listListeners } from '../endpoint-store.ts';
import { eventBody } from '../event-body.ts';
import { DELIVER_WEBHOOKS, FAN_OUT_EVENTS } from '../job-kinds.ts';

export interface FanOutDeps {
  readonly env: Env;
  readonly db: Database;
  readonly settings: Settings;
}

const READER = 'webhooks';
const EVENTS_MAX = 500;
const EVERY_MS = 1_000;

export function fanOutEventsHandler(deps: FanOutDeps): JobHandler {
  return {
    kind: FAN_OUT_EVENTS,
    neverGivesUp: true,
    goesFirst: true,
    async run(lease) {
      const count = await lease.apply((tx) => fanOut(deps, tx, lease.correlationId));
      await deps.env.crashPoint('fan-out-events.applied');
      return { againInMs: count >= EVENTS_MAX ? 0 : EVERY_MS };
    },
  };
}

/** How many events were taken. */
async function fanOut(
  { env, settings }: FanOutDeps,
  tx: Transaction,
  correlationId: string,
): Promise<number> {
  await givePositions(tx, EVENTS_MAX);
  const events = await readNewEvents(tx, READER, EVENTS_MAX);
  const last = events.at(-1);
  if (!last) return 0;
  const endpoints = await listListeners(tx, [...new Set(events.map(({ orgId }) => orgId))]);
  const told = events.flatMap((event) => {
    return endpoints.filter((endpoint) => wants(endpoint, event)).map((endpoint) => ({ event, endpoint }));
  });
  const deliveries = told.map(({ event, endpoint }) => ({
    orgId: event.orgId,
    id: newId(env, 'delivery'),
    endpointId: endpoint.id,
    eventId: event.id,
    eventType: event.type,
    body: eventBody(event),
  }));
  // Due work first, because of the order of locks.
  const subjects = [...new Map(told.map(({ endpoint }) => [endpoint.id, endpoint])).values()].map((one) => ({
    subjectId: one.id,
    orgId: one.orgId,
    correlationId,
  }));
  await enqueueAll(tx, DELIVER_WEBHOOKS, subjects, { onlyMissing: false });
  await insertDeliveries(tx, deliveries, settings.get('WEBHOOK_RETRY_HOURS'));
  await moveCursor(tx, READER, last.position);
  return events.length;
}

function wants(endpoint: EndpointRow, event: BusinessEvent): boolean {
  if (event.orgId !== endpoint.orgId || event.type === 'WEBHOOK_TEST') return false;
  // What was before it is not its business.
  if (event.at < endpoint.createdAt) return false;
  return endpoint.eventTypes.length === 0 || endpoint.eventTypes.includes(event.type);
}
