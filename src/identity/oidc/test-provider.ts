/** A real OpenID Connect server for tests, and a browser's way through its pages. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';
import { Provider } from 'oidc-provider';

export const CLIENT_ID = 'inventiv';
export const CLIENT_SECRET = 'a-secret-between-the-two';
export const REDIRECT_URI = 'http://inventiv.test/api/v1/login/oidc/callback';

/** What the provider says of somebody. */
export interface Claims {
  readonly email?: string;
  readonly email_verified?: boolean;
  readonly preferred_username?: string;
  readonly groups?: readonly string[];
  readonly locale?: string;
}

export interface TestProvider {
  readonly issuer: string;
  /** By subject; may change between two sign-ins. */
  readonly people: Map<string, Claims>;
  /** Goes through sign-in and consent. @returns the callback, as the browser is sent to it */
  visit(authorizationUrl: string, subject: string): Promise<URL>;
}

export async function startProvider(t: TestContext): Promise<TestProvider> {
  // It warns of everything that only a provider in production needs.
  for (const level of ['warn', 'info'] as const) t.mock.method(console, level, () => undefined);
  const people = new Map<string, Claims>();
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: CLIENT_ID,
        client_secret: CLIENT_SECRET,
        redirect_uris: [REDIRECT_URI],
        token_endpoint_auth_method: 'client_secret_post',
      },
    ],
    pkce: { required: () => true },
    scopes: ['openid', 'email', 'profile', 'groups'],
    claims: {
      openid: ['sub'],
      email: ['email', 'email_verified'],
      profile: ['preferred_username', 'locale'],
      groups: ['groups'],
    },
    findAccount: async (_context, sub) => {
      const claims = people.get(sub);
      return claims && { accountId: sub, claims: async () => ({ sub, ...claims }) as never };
    },
    cookies: { keys: ['only-for-tests'] },
    features: { devInteractions: { enabled: true } },
  });
  server.on('request', provider.callback());
  t.after(
    () =>
      new Promise<void>((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  );
  return { issuer, people, visit: (url, subject) => visit(url, subject) };
}

async function visit(authorizationUrl: string, subject: string): Promise<URL> {
  const cookies = new Map<string, string>();
  let request: { url: string; form?: URLSearchParams } = { url: authorizationUrl };
  for (let pages = 0; pages < 12; pages++) {
    const { url, form } = request;
    // biome-ignore lint/style/noRestrictedGlobals: this is a test's browser, not the product's.
    const response = await fetch(url, {
      redirect: 'manual',
      headers: { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; ') },
      ...(form ? { method: 'POST', body: form } : {}),
      signal: AbortSignal.timeout(30_000),
    });
    for (const line of response.headers.getSetCookie()) {
      const [pair = ''] = line.split(';', 1);
      cookies.set(pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1));
    }
    const location = response.headers.get('location');
    if (location) {
      const next = new URL(location, url);
      if (next.href.startsWith(REDIRECT_URI)) return next;
      request = { url: next.href };
      continue;
    }
    const page = await response.text();
    const prompt = /name="prompt" value="(\w+)"/.exec(page)?.[1];
    if (!prompt) throw new Error(`the provider shows no form: ${response.status} ${page.slice(0, 500)}`);
    request = { url, form: new URLSearchParams({ prompt, login: subject, password: 'x' }) };
  }
  throw new Error('the provider sends the browser in circles');
}
