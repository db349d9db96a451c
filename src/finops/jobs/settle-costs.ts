/**
 * Turns the cost events of one resource into its interval: opened at the billable start, closed at the billable stop.
 *
 * Told which resource, reads both events again each time, so a run that died half way is simply repeated. A stop that
 * is seen before its start waits in the events; nothing is opened twice.
 */
import type { Database } from '#database/database.ts';
import { type CostEvent, findCostEvents } from '#instances/queries.ts';
import type { JobHandler, JobOutcome, Lease } from '#jobs/jobs.ts';
import type { Env } from '#kernel/env.ts';
import { newId, type OrgId } from '#kernel/ids.ts';
import { EUR_TO_EUR } from '#kernel/money.ts';
import type { OrgScope } from '#kernel/scope.ts';
import { closeInterval, openInterval } from '../interval-store.ts';

/** Euros in force when an interval opens, in millionths per unit of currency; undefined: no rate is known. */
export type EurRates = (currency: string) => number | undefined;

export function settleCostsHandler(env: Env, db: Database, eurRates: EurRates): JobHandler {
  return {
    kind: 'settle-costs',
    neverGivesUp: true,
    run: (lease) => settle(env, db, eurRates, lease),
  };
}

async function settle(env: Env, db: Database, eurRates: EurRates, lease: Lease): Promise<JobOutcome> {
  const separator = lease.subjectId.indexOf(':');
  const resource = { kind: lease.subjectId.slice(0, separator), ref: lease.subjectId.slice(separator + 1) };
  const events = await findCostEvents(db, resource.kind, resource.ref);
  const start = events.find((event) => event.edge === 'start');
  const stop = events.find((event) => event.edge === 'stop');
  if (!start) return { done: true };
  await env.crashPoint('settle-costs.loaded');
  await lease.apply(async (tx) => {
    const scope: OrgScope = { orgId: start.orgId as OrgId };
    await openInterval(tx, scope, {
      id: newId(env, 'costInterval'),
      instanceId: start.instanceId,
      resourceKind: resource.kind,
      resourceRef: resource.ref,
      providerId: start.providerId,
      zone: start.zone,
      from: start.at,
      ...priceOf(start, eurRates),
    });
    if (stop) await closeInterval(tx, scope, resource, stop.at);
  });
  await env.crashPoint('settle-costs.applied');
  return { done: true };
}

/** A price without a known exchange rate stays a known price of unknown worth: null in euros, never 0. */
function priceOf(event: CostEvent, eurRates: EurRates) {
  if (event.nanosPerHour === null || event.currency === null) {
    return { nanosPerHour: null, currency: null, eurRateMillionths: null };
  }
  const eurRateMillionths = event.currency === 'EUR' ? EUR_TO_EUR : eurRates(event.currency);
  return eurRateMillionths === undefined
    ? { nanosPerHour: null, currency: null, eurRateMillionths: null }
    : { nanosPerHour: event.nanosPerHour, currency: event.currency, eurRateMillionths };
}
