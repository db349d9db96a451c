import * as z from 'zod';
import { pageOf, pageQuerySchema } from '#contracts/management.ts';
import {
  changeSettingSchema,
  settingChangeSchema,
  settingDefinitionSchema,
  settingSchema,
  settingsQuerySchema,
} from '#contracts/settings.ts';
import type { Database } from '#database/database.ts';
import { readCursor, toPage } from '#http/cursor.ts';
import { type Route, route } from '#http/route.ts';
import { AppError } from '#kernel/errors.ts';
import { changeSetting, type SettingChange, type SettingRules } from './commands/change-setting.ts';
import { getSetting, listChanges, listDefinitions, listSettings } from './queries.ts';

export interface SettingsRoutesDeps extends SettingRules {
  readonly db: Database;
}

const byName = z.object({ name: z.string().max(100) });
const reading = { allow: 'member', action: 'settings.read' } as const;
const writing = { allow: 'platform_admin' } as const;

export function settingsRoutes(deps: SettingsRoutesDeps): Route[] {
  return [...readRoutes(deps), ...writeRoutes(deps)];
}

function readRoutes(deps: SettingsRoutesDeps): Route[] {
  const { db } = deps;
  return [
    route({
      method: 'GET',
      path: '/api/v1/settings/definitions',
      name: 'settings.definitions',
      summary: 'What can be set: kind, range, unit, default and whether each provider may have its own value',
      policy: reading,
      success: { status: 200, body: z.object({ data: z.array(settingDefinitionSchema) }) },
      handler: async () => ({ data: listDefinitions() }),
    }),
    route({
      method: 'GET',
      path: '/api/v1/settings',
      name: 'settings.list',
      summary: 'Every setting with the value in force and where it comes from, for one provider when named',
      policy: reading,
      query: settingsQuerySchema,
      success: { status: 200, body: z.object({ data: z.array(settingSchema) }) },
      handler: async ({ query }) => ({ data: await listSettings(db, deps.first, query.provider) }),
    }),
    route({
      method: 'GET',
      path: '/api/v1/settings/:name/changes',
      name: 'settings.changes',
      summary: 'Who changed a setting, when, from what to what; newest first',
      policy: reading,
      params: byName,
      query: pageQuerySchema,
      success: { status: 200, body: pageOf(settingChangeSchema) },
      handler: async ({ params, query }) => {
        const before = readChangesPosition(query.after);
        const rows = await listChanges(db, params.name, { limit: query.limit + 1, before });
        return toPage(rows, query.limit, (last) => [String(last.id)]);
      },
    }),
  ];
}

function writeRoutes(deps: SettingsRoutesDeps): Route[] {
  const change = async (
    wanted: SettingChange,
    { caller, correlationId }: { caller: { userId: string }; correlationId: `cor_${string}` },
  ) => {
    await changeSetting(deps.db, deps, wanted, { actor: `user:${caller.userId}`, correlationId });
    return getSetting(deps.db, deps.first, wanted.name, wanted.providerId);
  };
  return [
    route({
      method: 'PUT',
      path: '/api/v1/settings/:name',
      name: 'settings.set',
      summary: 'Give a setting a value, for everything or for one provider; in force within two seconds',
      policy: writing,
      params: byName,
      body: changeSettingSchema,
      success: { status: 200, body: settingSchema },
      handler: (request) => {
        const { value, provider } = request.body;
        return change({ name: request.params.name, providerId: provider, value }, request);
      },
    }),
    route({
      method: 'DELETE',
      path: '/api/v1/settings/:name',
      name: 'settings.unset',
      summary: 'Take the value away again: the next origin counts (provider, global, environment, default)',
      policy: writing,
      params: byName,
      query: settingsQuerySchema,
      success: { status: 200, body: settingSchema },
      handler: (request) =>
        change({ name: request.params.name, providerId: request.query.provider, value: undefined }, request),
    }),
  ];
}

/** @throws request.invalid */
export function readChangesPosition(cursor: string | undefined): number | undefined {
  if (cursor === undefined) return undefined;
  const [seq = ''] = readCursor(cursor, 1);
  if (!/^\d{1,15}$/.test(seq)) {
    throw new AppError('request.invalid', { publicMessage: 'The cursor `after` is not one of ours.' });
  }
  return Number(seq);
}
