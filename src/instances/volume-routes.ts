import * as z from 'zod';
import { type ExchangeRate, microsPerHour } from '#catalog/price.ts';
import { pageOf, pageQuerySchema } from '#contracts/management.ts';
import { type OwnVolume, patchVolumeSchema, volumeSchema } from '#contracts/sweep.ts';
import type { Database } from '#database/database.ts';
import { readCursor, readCursorTime, toPage } from '#http/cursor.ts';
import { Reply, type Route, route, type UserCaller } from '#http/route.ts';
import type { Env } from '#kernel/env.ts';
import { AppError } from '#kernel/errors.ts';
import { type CorrelationId, isId, type VolumeId } from '#kernel/ids.ts';
import type { Actor } from '#kernel/scope.ts';
import { deleteVolume } from './commands/delete-volume.ts';
import { keepVolume } from './commands/keep-volume.ts';
import { type OwnVolumeView, selectOwnVolumes } from './store/kept-volumes.ts';

export interface VolumeRoutesDeps {
  readonly env: Env;
  readonly db: Database;
  readonly usdRate: ExchangeRate;
}

const listQuery = pageQuerySchema.extend({
  kept: z
    .stringbool()
    .optional()
    .describe('Only those that outlive their instance, or only those that do not'),
  include_deleted: z.stringbool().default(false),
});

export function volumeRoutes({ env, db, usdRate }: VolumeRoutesDeps): Route[] {
  return [
    route({
      method: 'GET',
      path: '/api/v1/volumes',
      name: 'volumes.list',
      summary: 'Volumes, newest first, also those that outlived their instance and still cost',
      policy: { allow: 'member', action: 'instances.read' },
      query: listQuery,
      success: { status: 200, body: pageOf(volumeSchema) },
      handler: async ({ caller, query }) => {
        const after = query.after === undefined ? undefined : readPosition(query.after);
        const filter = { isKept: query.kept, includeDeleted: query.include_deleted };
        const rows = await selectOwnVolumes(db, caller, filter, { limit: query.limit + 1, after });
        const views = rows.map((row) => toView(row, usdRate));
        return toPage(views, query.limit, (last) => [last.created_at, last.id]);
      },
    }),
    route({
      method: 'PATCH',
      path: '/api/v1/instances/:id/volumes/:volume_id',
      name: 'volumes.keep',
      summary: 'Keep a data volume when its instance ends, or not; a kept one costs until it is deleted',
      policy: { allow: 'member', action: 'instances.write' },
      params: z.object({ id: z.string().max(100), volume_id: z.string().max(100) }),
      body: patchVolumeSchema,
      success: { status: 204 },
      handler: async (request) => {
        const { id: instanceId, volume_id: volumeId } = request.params;
        if (!isId('instance', instanceId)) throw new AppError('instance.not_found');
        const wish = { instanceId, volumeId: requireVolume(volumeId), keep: request.body.keep };
        await db.transaction((tx) => keepVolume(env, tx, request.caller, wish, actorOf(request)));
        return new Reply(204);
      },
    }),
    route({
      method: 'DELETE',
      path: '/api/v1/volumes/:id',
      name: 'volumes.delete',
      summary: 'Delete a kept volume and what is on it; its cost ends when the provider has proven it gone',
      policy: { allow: 'member', action: 'instances.write' },
      params: z.object({ id: z.string().max(100) }),
      success: { status: 202 },
      handler: async (request) => {
        const id = requireVolume(request.params.id);
        await db.transaction((tx) => deleteVolume(env, tx, request.caller, id, actorOf(request)));
        return new Reply(202);
      },
    }),
  ];
}

function toView(row: OwnVolumeView, usdRate: ExchangeRate): OwnVolume {
  const price =
    row.nanos_per_hour === null || row.currency === null
      ? null
      : { nanosPerHour: row.nanos_per_hour, currency: row.currency };
  return {
    id: row.id,
    instance_id: row.instance_id,
    instance: row.instance_name,
    instance_state: row.instance_state,
    provider: row.provider_id,
    account_id: row.account_id,
    zone: row.zone,
    provider_ref: row.provider_ref,
    kind: row.kind,
    size_bytes: row.size_bytes,
    is_boot: row.is_boot,
    keep: row.is_kept,
    price_micros_per_hour: microsPerHour(price, usdRate),
    created_at: row.created_at.toISOString(),
    delete_asked_at: row.delete_asked_at?.toISOString() ?? null,
    deleted_at: row.deleted_at?.toISOString() ?? null,
    used_by: row.used_by,
    used_by_name: row.used_by_name,
  };
}

/** @throws volume.not_found */
function requireVolume(text: string): VolumeId {
  if (!isId('volume', text)) throw new AppError('volume.not_found');
  return text;
}

function actorOf(request: { readonly caller: UserCaller; readonly correlationId: CorrelationId }): Actor {
  return { actor: `user:${request.caller.userId}`, correlationId: request.correlationId };
}

function readPosition(cursor: string): { createdAt: string; id: string } {
  const [createdAt = '', id = ''] = readCursor(cursor, 2);
  return { createdAt: readCursorTime(createdAt), id };
}
