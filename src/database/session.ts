import pg from 'pg';
import { StartError } from '#config/start-error.ts';
import { messageOf } from '#kernel/errors.ts';
import { Secret } from '#kernel/secret.ts';
import { sqlStateOf } from './database.ts';

/**
 * One connection for administration: locks of a session, statements about databases and roles.
 * @throws StartError with one line when the server cannot be reached or refuses
 */
export async function withSession<T>(url: Secret, work: (session: pg.Client) => Promise<T>): Promise<T> {
  const session = new pg.Client({
    connectionString: url.reveal(),
    application_name: 'inventiv-admin',
    connectionTimeoutMillis: 10_000,
  });
  // A server that goes away while nothing runs must not end the process by an unheard event.
  session.on('error', () => undefined);
  try {
    await session.connect();
  } catch (error) {
    await session.end().catch(() => undefined);
    throw connectFailure(url, error);
  }
  try {
    return await work(session);
  } finally {
    await session.end().catch(() => undefined);
  }
}

/** Makes the database of the URL when it does not exist yet and the user may. */
export async function ensureDatabase(url: Secret): Promise<void> {
  const target = new URL(url.reveal());
  const name = decodeURIComponent(target.pathname.slice(1));
  try {
    await withSession(url, async () => undefined);
  } catch (error) {
    if (!(error instanceof StartError) || sqlStateOf(error) !== '3D000') throw error;
    await withSession(urlOfDatabase(url, 'postgres'), async (session) => {
      try {
        await session.query(`create database ${pg.escapeIdentifier(name)}`);
      } catch (failure) {
        // 42P04 and 23505: another starter was faster.
        if (!['42P04', '23505'].includes(sqlStateOf(failure) ?? '')) {
          throw new StartError(`cannot create the database ${name}: ${messageOf(failure)}`, {
            cause: failure,
          });
        }
      }
    });
  }
}

/** The same server and user, another database. */
export function urlOfDatabase(url: Secret, database: string): Secret {
  const changed = new URL(url.reveal());
  changed.pathname = `/${encodeURIComponent(database)}`;
  return new Secret(changed.href);
}

function connectFailure(url: Secret, error: unknown): StartError {
  const { host, pathname, username } = new URL(url.reveal());
  const code = sqlStateOf(error) ?? (error instanceof Error && 'code' in error ? String(error.code) : '');
  const reason = /^28/.test(code)
    ? `refuses the user ${decodeURIComponent(username)}: correct the user or the password`
    : code === '3D000'
      ? `has no database ${decodeURIComponent(pathname.slice(1))}`
      : `does not answer (${messageOf(error) || code}): start it, or correct DATABASE_URL`;
  return new StartError(`PostgreSQL at ${host} ${reason}`, { cause: error });
}
