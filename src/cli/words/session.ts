/** Signing in and out, who is signed in, and in which organisation. */
import { BlockList, isIP } from 'node:net';
import { fetch } from 'undici';
import { answerOf, openApi } from '../api.ts';
import { CliError, EXIT, usageError } from '../cli-error.ts';
import { readProblem } from '../problem-error.ts';
import { show, showList } from '../show.ts';
import { factsOf, moment } from '../terminal-text.ts';
import type { Word, WordCall } from '../word.ts';

const CHECK_LIMIT_MS = 30_000;

export const SESSION_WORDS: readonly Word[] = [
  {
    name: 'login',
    usage: '[--url URL] [--login NAME] [--key]',
    about:
      'sign in; the password is asked for, or read from standard input. With --key an API key, for chat and models --served',
    options: { login: { type: 'string' }, key: { type: 'boolean' } },
    run: (call) => (call.options.is('key') ? loginWithKey(call) : login(call)),
  },
  { name: 'logout', usage: '', about: 'end this session, and forget the API key', run: logout },
  { name: 'whoami', usage: '', about: 'who is signed in, and in which organisation', run: whoAmI },
  {
    name: 'orgs list',
    usage: '',
    about: 'the organisations that you belong to',
    run: (call) =>
      showList(call, () => answerOf(call.api().client.GET('/api/v1/organisations')), [
        ['id', (org) => org.id],
        ['slug', (org) => org.slug],
        ['name', (org) => org.name],
        ['role', (org) => org.role],
      ]),
  },
  {
    name: 'orgs use',
    usage: 'ID_OR_SLUG',
    about: 'go on in another organisation',
    takes: [1, 1],
    run: useOrganisation,
  },
];

async function login(call: WordCall): Promise<void> {
  const { terminal, options, place } = call;
  const url = requireSafe(place.url);
  if (!terminal.isInteractive && options.text('login') === undefined) {
    throw usageError('say who signs in: inventiv login --login NAME, with the password on standard input');
  }
  const name = options.text('login') ?? (await terminal.ask(`User name or e-mail at ${url}: `));
  const password = await terminal.askSecret('Password: ');
  if (name === '' || password === '') throw usageError('a name and a password are needed');
  let cookie = '';
  const keepCookie = (set: string) => {
    cookie = set;
  };
  const api = openApi({ signIn: { url }, keepCookie });
  const send = (code?: string) =>
    answerOf(
      api.client.POST('/api/v1/session', {
        body: { login: name, password, ...(code === undefined ? {} : { code }) },
      }),
    );
  try {
    const session = await send().catch(async (error: unknown) => {
      const wantsCode = error instanceof CliError && error.code === 'auth.code_required';
      if (!wantsCode || !terminal.isInteractive) throw error;
      return send(await terminal.askSecret('Six digits of your authenticator, or a recovery code: '));
    });
    if (cookie === '') throw new CliError(EXIT.failed, `${url} opened no session: is it an Inventiv api?`);
    place.keep({ url, cookie, ...(place.signIn?.url === url ? keyOf(place.signIn) : {}) });
    show(call, session, ({ user, organisation }) => `${user.username} in ${organisation.name}\n`);
  } finally {
    await api.close();
  }
}

/** The key is tried before it is kept. */
async function loginWithKey(call: WordCall): Promise<void> {
  const { terminal, place } = call;
  const url = requireSafe(place.url);
  const key = await terminal.askSecret('API key: ');
  if (!/^[\x21-\x7e]{8,300}$/.test(key)) throw usageError('an API key is one word without spaces');
  const response = await fetch(`${url}/v1/models`, {
    headers: { authorization: `Bearer ${key}` },
    redirect: 'manual',
    signal: AbortSignal.timeout(CHECK_LIMIT_MS),
  }).catch((error: unknown) => {
    throw new CliError(EXIT.unavailable, `${url} does not answer: is the address right?`, { cause: error });
  });
  if (!response.ok) throw await readProblem(response);
  await response.body?.cancel();
  const cookie = place.signIn?.url === url ? place.signIn.cookie : undefined;
  place.keep({ url, key, ...(cookie === undefined ? {} : { cookie }) });
  show(call, { url, key: 'kept' }, () => `the key is kept for ${url}\n`);
}

async function logout(call: WordCall): Promise<void> {
  const { place } = call;
  if (!place.signIn) {
    show(call, { signed_out: true }, () => 'nobody is signed in\n');
    return;
  }
  // Ended there before it is forgotten here, or it would live on without anybody knowing.
  if (place.signIn.cookie !== undefined) {
    await answerOf(call.api().client.DELETE('/api/v1/session')).catch((error: unknown) => {
      if (!(error instanceof CliError && error.exitCode === EXIT.signedOut)) throw error;
    });
  }
  place.forget();
  show(call, { signed_out: true }, () => 'signed out\n');
}

async function whoAmI(call: WordCall): Promise<void> {
  const session = await answerOf(call.api().client.GET('/api/v1/session'));
  show(call, session, ({ user, organisation, expires_at }) =>
    factsOf([
      ['url', call.place.url],
      ['user', user.username],
      ['e-mail', user.email],
      ['organisation', `${organisation.name} (${organisation.slug})`],
      ['role', organisation.role],
      ['platform administrator', user.is_platform_admin],
      ['session until', moment(expires_at)],
    ]),
  );
}

async function useOrganisation(call: WordCall): Promise<void> {
  const [wanted = ''] = call.words;
  const { client } = call.api();
  const { data } = await answerOf(client.GET('/api/v1/organisations'));
  const found = data.find(({ id, slug }) => id === wanted || slug === wanted);
  if (!found) {
    const known = data.map(({ slug }) => slug).join(', ');
    throw new CliError(EXIT.notFound, `you belong to no organisation ${wanted}; there are ${known}`);
  }
  const body = { organisation_id: found.id };
  const session = await answerOf(client.POST('/api/v1/session/organisation', { body }));
  show(call, session, ({ user, organisation }) => `${user.username} in ${organisation.name}\n`);
}

function keyOf({ key }: { key?: string | undefined }): { key?: string } {
  return key === undefined ? {} : { key };
}

const NEAR = new BlockList();
for (const [network, bits] of [
  ['127.0.0.0', 8],
  ['10.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
] as const) {
  NEAR.addSubnet(network, bits, 'ipv4');
}
NEAR.addAddress('::1', 'ipv6');
NEAR.addSubnet('fc00::', 7, 'ipv6');

/** A password or a key crosses a public network encrypted, or not at all. */
function requireSafe(text: string): string {
  const url = URL.parse(text);
  if (!url || !['http:', 'https:'].includes(url.protocol) || url.username !== '' || url.pathname !== '/') {
    throw usageError(`${text} is no address of an api: write it as https://name or https://name:port`);
  }
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const isNear = host === 'localhost' || NEAR.check(host, isIP(host) === 6 ? 'ipv6' : 'ipv4');
  if (url.protocol === 'http:' && !isNear) {
    throw usageError(`${text} would carry your secret unencrypted: use https`);
  }
  return url.origin;
}
