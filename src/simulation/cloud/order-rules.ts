import * as z from 'zod';
import { quotasOf } from './account.ts';
import type { FaultTarget } from './faults.ts';
import { invalid, Refusal } from './refusal.ts';
import type { CloudSettings } from './settings.ts';
import type { World } from './world.ts';

/** What every order has, and how each kind of resource can be refused. */
export const tagList = z.array(z.string().min(1).max(256)).max(50);

export const commonOrder = {
  zone: z.string().max(64),
  name: z.string().min(1).max(255),
  client_token: z.string().min(1).max(128).optional(),
  tags: tagList.default([]),
};

export const resourceBytes = z
  .int()
  .min(1_000_000_000)
  .max(10_000_000_000_000)
  .refine((bytes) => bytes % 1_000_000 === 0, 'a whole number of megabytes');

export function zoneOf(settings: CloudSettings, zone: string): string {
  if (!settings.zones.includes(zone)) throw invalid('zone', `There is no zone ${zone}.`);
  return zone;
}

/** The faults that refuse an order for certain. */
export function refuseByFault(world: World, target: FaultTarget & { readonly type: string }): void {
  if (world.faults.take('stock_out', target)) throw outOfStock(target.type);
  refuseAboveQuota(world, target.operation);
  if (!world.faults.take('quota', target)) return;
  throw new Refusal(403, 'quotas_exceeded', 'The quota of this account is used up.', {
    details: [{ resource: target.type, quota: 0, current: 0 }],
  });
}

/** What the account may still have of a kind, as `GET /v1/account` shows it. */
function refuseAboveQuota(world: World, operation: string): void {
  const kind = operation.split('.')[0] ?? '';
  const quota = quotasOf(world).find((one) => one.resource === kind);
  if (!quota || quota.used < quota.limit) return;
  throw new Refusal(403, 'quotas_exceeded', 'The quota of this account is used up.', {
    details: [{ resource: kind, quota: quota.limit, current: quota.used }],
  });
}

export function outOfStock(type: string): Refusal {
  return new Refusal(503, 'out_of_stock', `There is no ${type} to be had in this zone now.`, {
    resource: type,
  });
}

export function stillInUse(resource: string, id: string): Refusal {
  return new Refusal(409, 'resource_still_in_use', `The ${resource} ${id} is in use by a server.`, {
    resource,
    resource_id: id,
  });
}
