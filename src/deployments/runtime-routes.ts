import * as z from 'zod';
import type { Settings } from '#config/settings.ts';
import { runtimeModelSchema } from '#contracts/models.ts';
import type { Database } from '#database/database.ts';
import { type Route, route } from '#http/route.ts';
import { listRuntimeModels } from './queries.ts';

export function runtimeRoutes({
  db,
  settings,
}: {
  readonly db: Database;
  readonly settings: Settings;
}): Route[] {
  return [
    route({
      method: 'GET',
      path: '/api/v1/runtime-models',
      name: 'runtime_models.list',
      summary: 'What is really served now, where, and by how many replicas',
      policy: { allow: 'member', action: 'models.read' },
      success: { status: 200, body: z.object({ data: z.array(runtimeModelSchema) }) },
      handler: async ({ caller }) => ({
        data: await listRuntimeModels(db, caller, settings.get('WORKER_SILENT_MS')),
      }),
    }),
  ];
}
