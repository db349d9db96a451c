/** `inventiv secrets`: which master keys there are and what they sealed, and how one is replaced by another. */
import type { Config } from '#config/config.ts';
import { MasterKeyFiles } from '#config/master-key-files.ts';
import { StartError } from '#config/start-error.ts';
import { type Database, openDatabase } from '#database/database.ts';
import { withConfiguredServer } from '#database/own-server.ts';
import { databaseUrlFor } from '#database/roles.ts';
import { countByKey, type Unreadable } from '#database/sealed-rows.ts';
import { withSession } from '#database/session.ts';
import { auditedAsOperator } from '#http/audit-operator.ts';
import type { Env } from '#kernel/env.ts';
import { newId } from '#kernel/ids.ts';
import { systemEnv } from '#kernel/system-env.ts';
import {
  prepareMasterKey,
  type RotateDeps,
  type Rotation,
  rotateMasterKey,
} from '#settings/commands/rotate-master-key.ts';
import { openSealer } from '#settings/master-key.ts';
import { listMasterKeys } from '#settings/queries.ts';
import { SEALED_COLUMNS } from './sealed-columns.ts';

const USAGE = 'secrets status | rotate [--prepare]';
/** Of the session that rotates: two at once would take each other's steps. */
const LOCK = 5_727_275;
const SHOWN = 20;

/** @throws StartError */
export async function secretsWord(by: Env, config: Config, words: readonly string[]): Promise<void> {
  const [verb = 'status', option, ...rest] = words;
  const isRight =
    rest.length === 0 &&
    ((verb === 'status' && option === undefined) ||
      (verb === 'rotate' && (option === undefined || option === '--prepare')));
  if (!isRight) throw new StartError(`this is not understood: ${USAGE}`);
  const env = systemEnv(by.log, config.values.FAULT);
  await withConfiguredServer(env, config, async () => {
    const url = databaseUrlFor(config, 'owner');
    const db = openDatabase(env, { url, applicationName: 'secrets', poolSize: 2 });
    try {
      await requireSchema(db);
      if (verb === 'status') process.stdout.write(await statusText(env, config, db));
      else await alone(config, () => rotate(env, config, db, option === '--prepare'));
    } finally {
      await db.close();
    }
  });
}

async function rotate(env: Env, config: Config, db: Database, isPrepared: boolean): Promise<void> {
  const deps: RotateDeps = {
    env,
    db,
    sealer: openSealer(env, config),
    files: new MasterKeyFiles(config),
    columns: SEALED_COLUMNS,
    audited: (action, keyId, work) => {
      const act = { action, subjectId: keyId, correlationId: newId(env, 'correlation') };
      return auditedAsOperator(env, db, act, () => db.transaction(work));
    },
  };
  if (isPrepared) {
    const keyId = await prepareMasterKey(deps);
    process.stdout.write(
      `the next master key ${keyId} is in ${config.secretsDir}: bring master_key_next to every machine, then rotate\n`,
    );
    return;
  }
  const rotation = await rotateMasterKey(deps);
  process.stdout.write(textOf(rotation));
  if (rotation.keptIn === undefined || rotation.unreadable.length > 0) process.exitCode = 1;
}

function textOf(done: Rotation): string {
  const begun = done.isResumed
    ? `what an earlier run began goes on: the master key is ${done.keyId}\n`
    : `the master key is ${done.keyId} now, and ${done.formerKeyId} opens still\n`;
  const lines = done.unreadable.slice(0, SHOWN).map(lineOf).join('');
  const left = done.left.reduce((sum, { rows }) => sum + rows, 0);
  const end =
    done.keptIn === undefined
      ? `${left} secrets still need ${done.formerKeyId}, which goes on opening: mend or remove them, and rotate again\n`
      : `${done.formerKeyId} is retired: nothing in the database uses it. Copies of the database from before need it: it is kept in ${done.keptIn}\n`;
  return `${begun}${done.resealed} secrets were sealed anew\n${lines}${end}`;
}

function lineOf({ table, column, id, reason }: Unreadable): string {
  return `  cannot be opened: ${table}.${column} of ${id} (${reason})\n`;
}

async function statusText(env: Env, config: Config, db: Database): Promise<string> {
  const sealer = openSealer(env, config);
  const [current, ...others] = sealer.keyIds;
  const uses = await countByKey(db, SEALED_COLUMNS);
  const known = await listMasterKeys(db);
  const ids = new Set([...known.map(({ id }) => id), ...sealer.keyIds, ...uses.map(({ keyId }) => keyId)]);
  return [...ids]
    .map((id) => {
      const row = known.find((one) => one.id === id);
      const role = id === current ? 'seals' : others.includes(id) ? 'opens' : 'is not here';
      const state = row?.retiredAt ? `retired ${row.retiredAt.toISOString()}` : role;
      const of = uses.filter(({ keyId }) => keyId === id);
      const counts = of.map(({ table, column, rows }) => `${table}.${column}: ${rows}`).join(', ');
      return `${id} ${state}, ${counts || 'nothing is sealed with it'}\n`;
    })
    .join('');
}

/** @throws StartError when another one is under way */
async function alone(config: Config, work: () => Promise<void>): Promise<void> {
  await withSession(databaseUrlFor(config, 'owner'), async (session) => {
    const answer = await session.query<{ taken: boolean }>('select pg_try_advisory_lock($1) as taken', [
      LOCK,
    ]);
    if (!answer.rows[0]?.taken) throw new StartError('the master key is being rotated already: let it end');
    await work();
  });
}

async function requireSchema(db: Database): Promise<void> {
  const [row] = await db.query<{ is_there: boolean }>(
    `select to_regclass('master_keys') is not null as is_there`,
  );
  if (!row?.is_there) {
    throw new StartError('the database is not up to date yet: make migrate brings it there');
  }
}
