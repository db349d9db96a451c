import * as z from 'zod';
import type { Database } from '#database/database.ts';
import { GRANTED_TABLES } from '#database/grants.ts';
import { AppError } from '#kernel/errors.ts';
import { type Route, route } from './route.ts';

const CHECK_LIMIT_MS = 2_000;

export function healthRoutes({ db }: { readonly db: Database }): Route[] {
  const policy = { allow: 'anyone', because: 'says no more than up or down' } as const;
  return [
    route({
      method: 'GET',
      path: '/healthz',
      name: 'system.health',
      summary: 'Answers while the process lives',
      policy,
      success: { status: 200, body: z.object({ status: z.literal('ok') }) },
      handler: async () => ({ status: 'ok' }),
    }),
    route({
      method: 'GET',
      path: '/readyz',
      name: 'system.ready',
      summary: 'Answers while requests can be served: the database is there and has this release’s tables',
      policy,
      success: { status: 200, body: z.object({ status: z.literal('ready') }) },
      handler: async () => {
        await requireSchema(db);
        return { status: 'ready' };
      },
    }),
  ];
}

/** @throws database.unavailable */
async function requireSchema(db: Database): Promise<void> {
  const missing = await findMissingTables(db).catch((error: unknown) => {
    throw new AppError('database.unavailable', { cause: error });
  });
  if (missing.length === 0) return;
  throw new AppError('database.unavailable', {
    publicMessage: 'The database lacks tables of this release. Run the migrations.',
  });
}

async function findMissingTables(db: Database): Promise<{ name: string }[]> {
  return db.transaction(async (tx) => {
    await tx.query(`set local statement_timeout = ${CHECK_LIMIT_MS}`);
    return tx.query<{ name: string }>(
      `select name from unnest($1::text[]) as name where to_regclass('public.' || name) is null`,
      [GRANTED_TABLES],
    );
  });
}
