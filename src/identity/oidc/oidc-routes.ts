import * as z from 'zod';
import { confirmByPasswordSchema, loginMethodsSchema, unlinkIdentitySchema } from '#contracts/people.ts';
import { readCookie, writeCookie } from '#http/cookies.ts';
import { Reply, type Route, route } from '#http/route.ts';
import { noteChange } from '#kernel/change-notes.ts';
import type { Env } from '#kernel/env.ts';
import { AppError, messageOf, toAppError } from '#kernel/errors.ts';
import type { CorrelationId } from '#kernel/ids.ts';
import { Secret } from '#kernel/secret.ts';
import { ownerOf } from '../accounts/account-routes.ts';
import { requireProof } from '../accounts/account-rules.ts';
import type { IdentityRoutesDeps } from '../routes.ts';
import { callerOf, findSessionOfRequest, openedCookie } from '../session-cookie.ts';
import { termsOf } from '../sessions/session-terms.ts';
import { readReturnPath } from './return-path.ts';
import { linkPerson, signInPerson, unlinkProvider } from './sign-in-person.ts';
import { ATTEMPT_TTL_MS, type SingleSignOn } from './single-sign-on.ts';

const ATTEMPT_COOKIE = 'inv_oidc';
const START_URL = '/api/v1/login/oidc/start';

const startQuery = z.object({
  return_to: z.string().max(2_000).optional().describe('A page of ours to come back to'),
});
/** What a provider sends back, and no more. */
const callbackQuery = z.object({
  code: z.string().max(4_000).optional(),
  state: z.string().max(1_000).optional(),
  iss: z.string().max(1_000).optional(),
  error: z.string().max(200).optional(),
});

interface Callback {
  readonly query: z.output<typeof callbackQuery>;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly remoteAddress: string;
  readonly correlationId: CorrelationId;
}

export function oidcRoutes(deps: IdentityRoutesDeps): Route[] {
  const { env, isSecure } = deps;
  return [
    route({
      method: 'GET',
      path: '/api/v1/login',
      name: 'login.methods',
      summary: 'How people may sign in here',
      policy: { allow: 'anyone', because: 'asked before anybody is signed in' },
      success: { status: 200, body: loginMethodsSchema },
      handler: async () => ({
        password: true,
        oidc: deps.singleSignOn ? { start_url: START_URL } : null,
      }),
    }),
    route({
      method: 'GET',
      path: START_URL,
      name: 'login.oidc_start',
      summary: 'Send the browser to the provider of the single sign-on',
      policy: { allow: 'anyone', because: 'nobody is signed in before' },
      query: startQuery,
      success: { status: 303 },
      handler: ({ query }) =>
        toLoginPageOnError(env, isSecure, async () => {
          const returnTo = readReturnPath(query.return_to);
          const { url, kept } = await required(deps).begin({ returnTo, linkTo: undefined });
          return redirect(url, [attemptCookie(kept, isSecure)]);
        }),
    }),
    route({
      method: 'GET',
      path: '/api/v1/login/oidc/callback',
      name: 'login.oidc_callback',
      summary: 'Where the provider sends the browser back to; sets the session cookie',
      policy: { allow: 'anyone', because: 'the answer of the provider is the credential' },
      query: callbackQuery,
      success: { status: 303 },
      changes: true,
      handler: (request) => toLoginPageOnError(env, isSecure, () => comeBack(deps, request)),
    }),
    linkRoute(deps),
    unlinkRoute(deps),
  ];
}

function linkRoute(deps: IdentityRoutesDeps): Route {
  return route({
    method: 'POST',
    path: '/api/v1/account/identities',
    name: 'account.link_identity',
    summary: 'Add the single sign-on to your account: send the browser to the address in the answer',
    policy: { allow: 'member', action: 'account.own' },
    body: confirmByPasswordSchema,
    success: { status: 200, body: z.object({ authorization_url: z.string() }) },
    handler: async (request) => {
      const provider = required(deps);
      const owner = ownerOf(request);
      await requireProof(
        deps,
        owner,
        request.body.password === undefined ? undefined : new Secret(request.body.password),
      );
      const { url, kept } = await provider.begin({ returnTo: '/', linkTo: owner.userId });
      return new Reply(200, { authorization_url: url }, { 'set-cookie': attemptCookie(kept, deps.isSecure) });
    },
  });
}

function unlinkRoute(deps: IdentityRoutesDeps): Route {
  return route({
    method: 'POST',
    path: '/api/v1/account/identities/remove',
    name: 'account.unlink_identity',
    summary: 'Take the single sign-on from your account, which must have a password; ends all other sessions',
    policy: { allow: 'member', action: 'account.own' },
    body: unlinkIdentitySchema,
    success: { status: 204 },
    handler: async (request) => {
      const { issuer, password } = request.body;
      const owner = ownerOf(request);
      await requireProof(deps, owner, password === undefined ? undefined : new Secret(password));
      await unlinkProvider(deps, deps.singleSignOn?.rules.groupRoles ?? [], owner, issuer);
    },
  });
}

/** Signs in, or adds the identity to the account of whoever began this while signed in. */
async function comeBack(deps: IdentityRoutesDeps, request: Callback): Promise<Reply> {
  const { isSecure } = deps;
  const { correlationId, remoteAddress } = request;
  const provider = required(deps);
  const cookie = request.headers['cookie'] as string | undefined;
  const answer = new URLSearchParams(
    Object.entries(request.query).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
  const { person, attempt } = await provider.finish(answer, readCookie(cookie, ATTEMPT_COOKIE));
  if (attempt.linkTo !== undefined) {
    const session = await findSessionOfRequest(deps.db, { cookie });
    // Signed out, or somebody else meanwhile.
    if (session?.userId !== attempt.linkTo) throw new AppError('oidc.failed');
    const caller = callerOf(session);
    noteChange({
      actor: { id: caller.userId, name: caller.name ?? caller.userId, orgId: caller.orgId },
      after: { linked: person.issuer },
    });
    await linkPerson(deps, provider.rules, person, ownerOf({ caller, correlationId, remoteAddress }));
    return redirect(attempt.returnTo, [endedAttempt(isSecure)]);
  }
  const terms = termsOf(deps, request);
  const { token, session } = await signInPerson(deps, provider.rules, person, { ...terms, correlationId });
  const { user, organisation } = session;
  noteChange({
    actor: { id: user.id, name: user.username, orgId: organisation.id },
    after: { login: user.username, issuer: person.issuer },
  });
  return redirect(attempt.returnTo, [openedCookie(token, { ...terms, isSecure }), endedAttempt(isSecure)]);
}

/** @throws oidc.off */
function required({ singleSignOn }: IdentityRoutesDeps): SingleSignOn {
  if (!singleSignOn) throw new AppError('oidc.off');
  return singleSignOn;
}

/** A browser stands here, not a program: what went wrong is said by the sign-in page. */
async function toLoginPageOnError(env: Env, isSecure: boolean, work: () => Promise<Reply>): Promise<Reply> {
  try {
    return await work();
  } catch (error) {
    const { code, cause, kind } = toAppError(error);
    if (kind === 'internal') throw error;
    env.log.warn(
      { code, error: cause === undefined ? undefined : messageOf(cause) },
      'a single sign-on failed',
    );
    return redirect(`/login?error=${encodeURIComponent(code)}`, [endedAttempt(isSecure)]);
  }
}

function redirect(location: string, cookies: readonly string[]): Reply {
  return new Reply(303, undefined, { location, 'set-cookie': cookies });
}

function attemptCookie(kept: string, isSecure: boolean): string {
  return writeCookie(ATTEMPT_COOKIE, kept, { maxAgeSeconds: ATTEMPT_TTL_MS / 1_000, isSecure });
}

function endedAttempt(isSecure: boolean): string {
  return writeCookie(ATTEMPT_COOKIE, '', { maxAgeSeconds: 0, isSecure });
}
