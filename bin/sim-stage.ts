/** The database on which simulated histories play: a throw-away server with the schema, two tenants and offers. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { seedCatalogue } from '#catalog/commands/seed-catalogue.ts';
import { syncOffers } from '#catalog/commands/sync-offers.ts';
import { type Database, openDatabase } from '#database/database.ts';
import { startEmbedded } from '#database/embedded.ts';
import { freePort } from '#database/free-port.ts';
import { ensureInstallation } from '#database/installation.ts';
import { migrate } from '#database/migrator.ts';
import { ensureDatabase, urlOfDatabase, withSession } from '#database/session.ts';
import { syncEdges } from '#instances/commands/sync-edges.ts';
import type { Env } from '#kernel/env.ts';
import { type ModelId, newId, type OrgId } from '#kernel/ids.ts';
import { Secret } from '#kernel/secret.ts';
import { DatabaseServer } from '#simulation/world/database-server.ts';
import type { Stage } from '#simulation/world/history.ts';
import type { RentedType } from '#simulation/world/people.ts';
import { SeededRandom } from '#simulation/world/random.ts';
import { offersOf } from '#simulation/world/simulated-provider.ts';

const TEMPLATE = 'sim_template';
const CLOUDS = ['north', 'south'];
const ZONES = ['a', 'b'];
/** Plans and waits must not depend on what ran before or on how long it took. */
const SETTINGS = [`plan_cache_mode = 'force_generic_plan'`, `deadlock_timeout = '1h'`];

export interface StageServer {
  readonly url: Secret;
  close(): Promise<void>;
}

/** A server whose template database is ready to be cloned. */
export async function startStageServer(env: Env): Promise<StageServer> {
  const directory = mkdtempSync(join(tmpdir(), 'inventiv-sim-'));
  const server = await startEmbedded(env, {
    directory: join(directory, 'postgres'),
    port: await freePort(),
    password: new Secret(Buffer.from(env.random.bytes(18)).toString('base64url')),
    logFile: join(directory, 'postgres.log'),
    isEphemeral: true,
  });
  const close = async () => {
    await server.stop(100);
    rmSync(directory, { recursive: true, force: true });
  };
  // The server is in a session of its own, so it does not hear of Ctrl-C.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => void close().finally(() => process.exit(1)));
  }
  const url = server.url(TEMPLATE);
  await ensureDatabase(url);
  await migrate(env, { url });
  const db = openDatabase(env, { url, applicationName: 'simulation', poolSize: 2 });
  await fill(env, db);
  await db.close();
  return { url, close };
}

/** The same ids in every run, so that a seed means the same history everywhere. */
async function fill(env: Env, db: Database): Promise<void> {
  const fixed: Env = { ...env, random: new SeededRandom('stage'), clock: { ...env.clock, now: () => 0 } };
  await syncEdges(env, db);
  await ensureInstallation(fixed, db);
  for (const id of CLOUDS) await syncOffers(fixed, db, id, offersOf(ZONES));
  await seedCatalogue(fixed, db, {
    providers: [],
    models: [
      {
        hfId: 'sim/model',
        name: 'Simulated',
        parameters: 8e9,
        weightsBytes: 16e9,
        shape: null,
        kvBytesPerToken: 131_072,
        contextLength: 8_192,
        licence: 'none',
      },
    ],
  });
  for (const slug of ['one', 'two']) {
    await db.query(`insert into organisations (id, slug, name, created_at) values ($1, $2, $2, app_now())`, [
      newId(fixed, 'organisation'),
      slug,
    ]);
  }
}

/** A database of its own for one process that plays histories. */
export async function openStage(env: Env, template: Secret, name: string): Promise<Stage> {
  await withSession(urlOfDatabase(template, 'postgres'), async (session) => {
    await session.query(`create database ${name} template ${TEMPLATE}`);
    for (const setting of SETTINGS) await session.query(`alter database ${name} set ${setting}`);
  });
  const server = await DatabaseServer.open(urlOfDatabase(template, name), env);
  const [installation] = await server.ask<{ id: string }>('select id from installation');
  const tenants = await server.ask<{ orgId: OrgId; modelId: ModelId }>(
    `select o.id as "orgId", m.id as "modelId" from organisations o, models m order by 1, 2`,
  );
  const types = await server.ask<RentedType>(
    `select t.provider_id as "providerId", t.id as "instanceTypeId", o.zone, o.nanos_per_hour as "nanosPerHour"
     from offers o join instance_types t on t.id = o.instance_type_id order by 1, 3`,
  );
  return { server, installationId: installation?.id ?? '', tenants, types };
}
