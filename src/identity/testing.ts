/** A started api for tests: real HTTP on a loopback port, a database of its own, people who can sign in. */
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';
import { readConfig } from '#config/config.ts';
import { fixedSettings } from '#config/settings.ts';
import type { NewMail } from '#contracts/mail.ts';
import type { OrganisationRole } from '#contracts/management.ts';
import type { Database } from '#database/database.ts';
import type { ProcessRole } from '#database/roles.ts';
import { openAsRole, withTestDatabase } from '#database/testing.ts';
import type { Route } from '#http/route.ts';
import type { Authenticator } from '#http/run-route.ts';
import { createHttpServer, type Mount } from '#http/server.ts';
import type { Shortcut } from '#http/shortcut.ts';
import type { Env } from '#kernel/env.ts';
import { newId, type OrgId, type SessionId, type UserId } from '#kernel/ids.ts';
import { Sealer } from '#kernel/sealing.ts';
import { Secret } from '#kernel/secret.ts';
import { nameSecret, watchText } from '#kernel/testing/canaries.ts';
import { hashToken, mintToken, tokenIdOf } from '#kernel/token.ts';
import { createAuthenticator } from './authenticator.ts';
import type { SingleSignOn } from './oidc/single-sign-on.ts';
import { hashPassword } from './passwords.ts';
import type { IdentityRoutesDeps } from './routes.ts';
import { SESSION_COOKIE } from './session-cookie.ts';
import { insertMembership, insertOrganisation, insertSession, insertUser } from './store.ts';

export interface TestPerson {
  readonly userId: UserId;
  readonly orgId: OrgId;
  readonly sessionId: SessionId;
  readonly cookie: string;
}

export interface TestApi {
  readonly env: Env;
  readonly db: Database;
  readonly url: string;
  readonly port: number;
  /** A signed-in member; of a new organisation unless one is named. */
  person(role?: OrganisationRole, orgId?: OrgId): Promise<TestPerson>;
  send(path: string, init?: TestRequest): Promise<TestAnswer>;
}

export interface TestRequest {
  readonly method?: string;
  readonly as?: TestPerson;
  readonly body?: unknown;
  readonly rawBody?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface TestAnswer {
  readonly status: number;
  readonly headers: Headers;
  // Tests look into answers of any form.
  // biome-ignore lint/suspicious/noExplicitAny: a test asserts on what it expects.
  readonly body: any;
}

export interface TestApiOptions {
  readonly routes: (parts: { env: Env; db: Database }) => Route[] | Promise<Route[]>;
  readonly mounts?: (parts: { db: Database; authenticator: Authenticator }) => Mount[];
  readonly shortcuts?: (parts: { env: Env; db: Database }) => Shortcut[];
  /** The process whose database rights the api has; all rights unless told. */
  readonly asRole?: ProcessRole;
  readonly findWorker?: Parameters<typeof createAuthenticator>[1];
}

export async function startTestApi(t: TestContext, options: TestApiOptions): Promise<TestApi> {
  const database = await withTestDatabase(t);
  const { db: owner, env } = database;
  const db = options.asRole ? await openAsRole(t, database, options.asRole) : owner;
  const authenticator = createAuthenticator(db, options.findWorker ?? (async () => undefined));
  const app = createHttpServer({
    env,
    db,
    authenticator,
    routes: await options.routes({ env, db }),
    mounts: options.mounts?.({ db, authenticator }) ?? [],
    shortcuts: options.shortcuts?.({ env, db }) ?? [],
    publicUrl: 'http://inventiv.test',
  });
  await app.listen({ host: '127.0.0.1', port: 0 });
  t.after(() => app.close());
  const { port } = app.server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}`;
  return {
    env,
    db: owner,
    url,
    port,
    person: (role = 'owner', orgId) => createPerson(env, owner, role, orgId),
    send: (path, init = {}) => send(url + path, init),
  };
}

/** Everything that the routes of people need; mails are kept in `mails` instead of being sent. */
export function identityDeps(
  { env, db }: { env: Env; db: Database },
  given: { mails?: NewMail[]; environment?: Record<string, string>; singleSignOn?: SingleSignOn } = {},
): IdentityRoutesDeps {
  return {
    env,
    db,
    settings: fixedSettings(readConfig(given.environment ?? {})),
    isSecure: false,
    sealer: new Sealer(env.random, new Secret('k'.repeat(43))),
    queueMail: async (_tx, mail) => {
      given.mails?.push(mail);
    },
    publicUrl: 'http://inventiv.test',
    singleSignOn: given.singleSignOn,
  };
}

/** A user with this password, in an organisation of their own. */
export async function createUser(
  env: Env,
  db: Database,
  user: { username: string; password: string },
): Promise<{ userId: UserId; orgId: OrgId }> {
  nameSecret('the password of a user', user.password);
  const passwordHash = await hashPassword(new Secret(user.password));
  return insertPerson(env, db, { username: user.username, passwordHash, role: 'owner' });
}

async function createPerson(
  env: Env,
  db: Database,
  role: OrganisationRole,
  org?: OrgId,
): Promise<TestPerson> {
  const username = `p-${tokenIdOf(newId(env, 'user'))}`;
  const made = await insertPerson(env, db, { username, passwordHash: 'none', role, orgId: org });
  const sessionId = newId(env, 'session');
  const token = mintToken(env.random, 'sess', tokenIdOf(sessionId)).reveal();
  await insertSession(db, {
    id: sessionId,
    tokenHash: hashToken(token),
    ...made,
    userAgent: undefined,
    ttlMs: 3_600_000,
  });
  return { ...made, sessionId, cookie: `${SESSION_COOKIE}=${token}` };
}

async function insertPerson(
  env: Env,
  db: Database,
  person: { username: string; passwordHash: string; role: OrganisationRole; orgId?: OrgId | undefined },
): Promise<{ userId: UserId; orgId: OrgId }> {
  return db.transaction(async (tx) => {
    const userId = newId(env, 'user');
    const orgId = person.orgId ?? newId(env, 'organisation');
    if (!person.orgId)
      await insertOrganisation(tx, { id: orgId, slug: `o-${tokenIdOf(orgId)}`, name: 'Test' });
    const { username, passwordHash } = person;
    const email = `${username}@example.test`;
    await insertUser(tx, { id: userId, username, email, passwordHash, isPlatformAdmin: false });
    await insertMembership(tx, { orgId }, userId, person.role);
    return { userId, orgId };
  });
}

async function send(
  url: string,
  { method = 'GET', as, body, rawBody, headers }: TestRequest,
): Promise<TestAnswer> {
  const content = rawBody ?? (body === undefined ? undefined : JSON.stringify(body));
  // biome-ignore lint/style/noRestrictedGlobals: this is a test's client, not the product's.
  const response = await fetch(url, {
    method,
    headers: {
      ...(as ? { cookie: as.cookie } : {}),
      ...(method === 'GET' ? {} : { 'x-inventiv-csrf': '1' }),
      ...(content === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(content === undefined ? {} : { body: content }),
    redirect: 'manual',
    signal: AbortSignal.timeout(60_000),
  });
  const text = await response.text();
  watchAnswer(method, response, text);
  const isJson = /[/+]json\b/.test(response.headers.get('content-type') ?? '');
  return {
    status: response.status,
    headers: response.headers,
    body: isJson && text ? JSON.parse(text) : text,
  };
}

/** A secret is told once, by the write that made it: never by a read, never by a refusal, never by a header. */
export function watchAnswer(method: string, response: Response, text: string): void {
  const place = `the answer ${response.status} of ${method} ${new URL(response.url).pathname}`;
  if (method === 'GET' || response.status >= 400) watchText(place, text);
  const headers = [...response.headers].filter(([name]) => name !== 'set-cookie');
  watchText(`the headers of ${place}`, JSON.stringify(headers));
}
