/** What an organisation sets for its own machines. */
import * as z from 'zod';
import { pageOf, pageQuerySchema } from '#contracts/management.ts';
import {
  changeSettingSchema,
  organisationSettingSchema,
  settingChangeSchema,
  settingsQuerySchema,
} from '#contracts/settings.ts';
import { toPage } from '#http/cursor.ts';
import { type Route, route, type UserCaller } from '#http/route.ts';
import type { CorrelationId } from '#kernel/ids.ts';
import { changeSetting } from './commands/change-setting.ts';
import { getOwnSetting, listOwnChanges, listOwnSettings } from './queries.ts';
import { readChangesPosition, type SettingsRoutesDeps } from './routes.ts';
import type { SettingValue } from './setting-values.ts';

const PATH = '/api/v1/organisation/settings';
const byName = z.object({ name: z.string().max(100) });
const reading = { allow: 'member', action: 'settings.read' } as const;
const writing = { allow: 'member', action: 'settings.write' } as const;

export function organisationSettingsRoutes(deps: SettingsRoutesDeps): Route[] {
  return [...readRoutes(deps), ...writeRoutes(deps)];
}

function readRoutes({ db, first }: SettingsRoutesDeps): Route[] {
  return [
    route({
      method: 'GET',
      path: PATH,
      name: 'organisation_settings.list',
      summary:
        'What this organisation may set, with the value in force for it, where it comes from, and what it replaces',
      policy: reading,
      query: settingsQuerySchema,
      success: { status: 200, body: z.object({ data: z.array(organisationSettingSchema) }) },
      handler: async ({ caller, query }) => ({
        data: await listOwnSettings(db, first, caller, query.provider),
      }),
    }),
    route({
      method: 'GET',
      path: `${PATH}/:name/changes`,
      name: 'organisation_settings.changes',
      summary: 'Who in this organisation changed a setting of its own, when, from what to what; newest first',
      policy: reading,
      params: byName,
      query: pageQuerySchema,
      success: { status: 200, body: pageOf(settingChangeSchema) },
      handler: async ({ caller, params, query }) => {
        const page = { limit: query.limit + 1, before: readChangesPosition(query.after) };
        const rows = await listOwnChanges(db, caller, params.name, page);
        return toPage(rows, query.limit, (last) => [String(last.id)]);
      },
    }),
  ];
}

function writeRoutes(deps: SettingsRoutesDeps): Route[] {
  const change = async (
    { caller, correlationId }: { readonly caller: UserCaller; readonly correlationId: CorrelationId },
    wanted: { readonly name: string; readonly providerId: string | undefined },
    value: SettingValue | undefined,
  ) => {
    const by = { actor: `user:${caller.userId}`, correlationId };
    await changeSetting(deps.db, deps, { ...wanted, scope: caller, value }, by);
    return getOwnSetting(deps.db, deps.first, caller, wanted);
  };
  return [
    route({
      method: 'PUT',
      path: `${PATH}/:name`,
      name: 'organisation_settings.set',
      summary:
        'Give a setting a value of this organisation, at every provider or at one; in force within two seconds',
      policy: writing,
      params: byName,
      body: changeSettingSchema,
      success: { status: 200, body: organisationSettingSchema },
      handler: (request) => {
        const { value, provider } = request.body;
        return change(request, { name: request.params.name, providerId: provider }, value);
      },
    }),
    route({
      method: 'DELETE',
      path: `${PATH}/:name`,
      name: 'organisation_settings.unset',
      summary: 'Take the value of this organisation away again: what it replaced counts',
      policy: writing,
      params: byName,
      query: settingsQuerySchema,
      success: { status: 200, body: organisationSettingSchema },
      handler: (request) =>
        change(request, { name: request.params.name, providerId: request.query.provider }, undefined),
    }),
  ];
}
