/** A started server for tests of this folder: who asks is simply said by a header. */
import { type AddressInfo, connect } from 'node:net';
import type { TestContext } from 'node:test';
import type { Database } from '#database/database.ts';
import { withTestDatabase } from '#database/testing.ts';
import type { Env } from '#kernel/env.ts';
import type { InstanceId, OrgId, SessionId, UserId } from '#kernel/ids.ts';
import type { Route, UserCaller } from './route.ts';
import type { Authenticator } from './run-route.ts';
import { createHttpServer, type Mount } from './server.ts';

export interface TestServer {
  readonly env: Env;
  readonly db: Database;
  readonly url: string;
  readonly port: number;
  request(path: string, init?: RequestInit): Promise<Response>;
  /** Sends bytes as they are and resolves with everything that comes back. */
  raw(text: string): Promise<string>;
  close(): Promise<void>;
}

export interface TestServerOptions {
  readonly routes?: (parts: { env: Env; db: Database }) => Route[] | Promise<Route[]>;
  readonly mounts?: (parts: { env: Env; authenticator: Authenticator }) => Mount[];
  readonly publicUrl?: string;
}

/** `x-test-user: <org>/<user>/<role>` signs in (`/platform` behind it: as platform administrator), `Authorization: Bearer worker` is a worker. */
export const TEST_AUTHENTICATOR: Authenticator = {
  async user(request) {
    const header = request.headers['x-test-user'];
    return typeof header === 'string' && header !== '' ? userOf(header) : undefined;
  },
  async worker(request) {
    if (request.headers.authorization !== 'Bearer worker') return undefined;
    return { kind: 'worker', instanceId: 'inst_1' as InstanceId, orgId: 'org_1' as OrgId, epoch: 1 };
  },
};

export const OWNER = { 'x-test-user': 'org_a/user_a/owner' };
export const JSON_OWNER = { ...OWNER, 'x-inventiv-csrf': '1', 'content-type': 'application/json' };

export async function startTestServer(t: TestContext, options: TestServerOptions = {}): Promise<TestServer> {
  const { db, env } = await withTestDatabase(t);
  const app = createHttpServer({
    env,
    db,
    authenticator: TEST_AUTHENTICATOR,
    routes: (await options.routes?.({ env, db })) ?? [],
    mounts: options.mounts?.({ env, authenticator: TEST_AUTHENTICATOR }) ?? [],
    publicUrl: options.publicUrl ?? 'http://inventiv.test',
  });
  await app.listen({ host: '127.0.0.1', port: 0 });
  t.after(() => app.close());
  const { port } = app.server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}`;
  return {
    env,
    db,
    url,
    port,
    // biome-ignore lint/style/noRestrictedGlobals: this is a test's client, not the product's.
    request: (path, init = {}) => fetch(url + path, { signal: AbortSignal.timeout(15_000), ...init }),
    raw: (text) => sendRaw(port, text),
    close: () => app.close(),
  };
}

function userOf(header: string): UserCaller {
  const [orgId, userId, role, platform] = header.split('/');
  return {
    kind: 'user',
    orgId: orgId as OrgId,
    userId: userId as UserId,
    role: role as UserCaller['role'],
    sessionId: 'sess_1' as SessionId,
    isPlatformAdmin: platform === 'platform',
  };
}

function sendRaw(port: number, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(text));
    let answer = '';
    socket.setTimeout(3_000, () => socket.destroy());
    socket.on('data', (chunk: Buffer) => {
      answer += chunk.toString();
      if (answer.includes('\r\n\r\n')) socket.end();
    });
    socket.on('error', reject);
    socket.on('close', () => resolve(answer));
  });
}
