/**
 * One database role per process, each with the privileges of the grants table and no more.
 *
 * Names derive from the database, passwords from the secret `database_roles_key`, so every process can compute its
 * own and none is stored. Applied after the migrations under their lock, in one transaction: a running process never
 * sees itself without its rights. Where the database user may not create roles, all processes use that user.
 */
import { createHmac } from 'node:crypto';
import pg from 'pg';
import { type Config, ConfigError } from '#config/config.ts';
import { readOptionalSecret, readSecret } from '#config/secrets.ts';
import { Secret } from '#kernel/secret.ts';
import { sqlStateOf } from './database.ts';
import { OWNER_ROLE } from './embedded.ts';
import { FUNCTION_GRANTS, GRANTS, type TableGrants } from './grants.ts';

export const PROCESS_ROLES = ['api', 'orchestrator', 'gateway', 'finops'] as const;
export type ProcessRole = (typeof PROCESS_ROLES)[number];

export const EMBEDDED_DATABASE = 'inventiv';
const ROLE_NAME_BYTES_MAX = 63;
const INSUFFICIENT_PRIVILEGE = '42501';

/** The URL with which a process opens the database. `owner` is for migrations and administration. */
export function databaseUrlFor(config: Config, process: ProcessRole | 'owner'): Secret {
  const owner = ownerUrl(config);
  if (process === 'owner' || config.values.DATABASE_ROLES === 'off') return owner;
  return roleUrl(owner, readSecret(config, 'database_roles_key'), process);
}

/** The owner's URL with another user: the role of a process. */
export function roleUrl(owner: Secret, key: Secret, process: ProcessRole): Secret {
  const url = new URL(owner.reveal());
  url.username = encodeURIComponent(roleName(databaseOf(owner), process));
  url.password = encodeURIComponent(rolePassword(key, owner, process).reveal());
  return new Secret(url.href);
}

export type RolesOutcome = { readonly applied: true } | { readonly applied: false; readonly reason: string };

/** Makes the roles and gives each exactly its grants. */
export async function applyRoles(session: pg.Client, owner: Secret, key: Secret): Promise<RolesOutcome> {
  const answer = await session.query<{ may: boolean }>(
    'select rolsuper or rolcreaterole as may from pg_roles where rolname = current_user',
  );
  if (!answer.rows[0]?.may) return { applied: false, reason: 'the database user may not create roles' };
  await session.query('begin');
  try {
    for (const process of PROCESS_ROLES) {
      const name = roleName(databaseOf(owner), process);
      await ensureRole(session, name, rolePassword(key, owner, process));
      await session.query(grantStatements(name, databaseOf(owner), GRANTS[process]));
      await session.query(functionGrants(name, process));
    }
    await session.query('commit');
    return { applied: true };
  } catch (error) {
    await session.query('rollback');
    if (sqlStateOf(error) !== INSUFFICIENT_PRIVILEGE) throw error;
    return { applied: false, reason: 'the database user may not change the roles that exist' };
  }
}

export function roleName(database: string, process: ProcessRole): string {
  const name = `${database}_${process}`;
  // PostgreSQL would cut the name silently, and two databases could share a role.
  if (Buffer.byteLength(name) > ROLE_NAME_BYTES_MAX) {
    throw new ConfigError(`the database name ${database} is too long for role names: set DATABASE_ROLES=off`);
  }
  return name;
}

function rolePassword(key: Secret, owner: Secret, process: ProcessRole): Secret {
  const name = roleName(databaseOf(owner), process);
  return new Secret(createHmac('sha256', key.reveal()).update(`role\n${name}`).digest('base64url'));
}

/** The URL of another PostgreSQL, from the environment or its secret file; undefined: the embedded one is used. */
export function externalDatabaseUrl(config: Config): Secret | undefined {
  return config.databaseUrl ?? readOptionalSecret(config, 'database_url');
}

function ownerUrl(config: Config): Secret {
  const given = externalDatabaseUrl(config);
  if (given) return requireUrl(given);
  const password = encodeURIComponent(readSecret(config, 'database_password').reveal());
  return new Secret(
    `postgres://${OWNER_ROLE}:${password}@127.0.0.1:${config.ports.database}/${EMBEDDED_DATABASE}`,
  );
}

function requireUrl(url: Secret): Secret {
  if (!/^postgres(ql)?:\/\/.+\/.+/.test(url.reveal()) || !URL.canParse(url.reveal())) {
    throw new ConfigError('DATABASE_URL has not the form postgres://user:password@host:port/database');
  }
  return url;
}

function databaseOf(url: Secret): string {
  return decodeURIComponent(new URL(url.reveal()).pathname.slice(1));
}

async function ensureRole(session: pg.Client, name: string, password: Secret): Promise<void> {
  const found = await session.query('select 1 from pg_roles where rolname = $1', [name]);
  const verb = found.rows.length > 0 ? 'alter' : 'create';
  await session.query(
    `${verb} role ${pg.escapeIdentifier(name)} login password ${pg.escapeLiteral(password.reveal())}`,
  );
}

function grantStatements(name: string, database: string, tables: TableGrants): string {
  const role = pg.escapeIdentifier(name);
  const grants = Object.entries(tables).map(
    ([table, privileges]) => `grant ${privileges} on table ${pg.escapeIdentifier(table)} to ${role};`,
  );
  return [
    `grant connect on database ${pg.escapeIdentifier(database)} to ${role};`,
    `grant usage on schema public to ${role};`,
    `revoke all on all tables in schema public from ${role};`,
    ...grants,
  ].join('\n');
}

function functionGrants(name: string, process: ProcessRole): string {
  const role = pg.escapeIdentifier(name);
  return Object.entries(FUNCTION_GRANTS)
    .map(([signature, roles]) =>
      roles.includes(process)
        ? `grant execute on function ${signature} to ${role};`
        : `revoke execute on function ${signature} from ${role};`,
    )
    .join('\n');
}
