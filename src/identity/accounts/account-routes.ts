import { sessionSchema } from '#contracts/management.ts';
import {
  accountSchema,
  changeAccountSchema,
  changePasswordSchema,
  confirmEmailSchema,
  requestPasswordResetSchema,
  setPasswordSchema,
} from '#contracts/people.ts';
import { Reply, type Route, route, type UserCaller } from '#http/route.ts';
import type { CorrelationId } from '#kernel/ids.ts';
import { Secret } from '#kernel/secret.ts';
import { getSessionById } from '../queries.ts';
import type { IdentityRoutesDeps } from '../routes.ts';
import { renewedCookie } from '../session-cookie.ts';
import type { Owner } from './account-rules.ts';
import { changeAccount, confirmEmail, getAccount } from './change-account.ts';
import { changePassword, requestPasswordReset, setPasswordByLink } from './change-password.ts';

const policy = { allow: 'member', action: 'account.own' } as const;

export function accountRoutes(deps: IdentityRoutesDeps): Route[] {
  return [...ownAccountRoutes(deps), ...linkRoutes(deps)];
}

/** Who asks, at their own account. */
export function ownerOf(request: {
  readonly caller: UserCaller;
  readonly correlationId: CorrelationId;
  readonly remoteAddress: string;
}): Owner {
  const { userId, sessionId } = request.caller;
  const { correlationId, remoteAddress: address } = request;
  return { userId, sessionId, actor: `user:${userId}`, correlationId, address };
}

function ownAccountRoutes(deps: IdentityRoutesDeps): Route[] {
  const { env, db, isSecure } = deps;
  return [
    route({
      method: 'GET',
      path: '/api/v1/account',
      name: 'account.get',
      summary: 'Your account: how you sign in, and the organisations you are in',
      policy,
      success: { status: 200, body: accountSchema },
      handler: ({ caller }) => getAccount(db, caller.userId),
    }),
    route({
      method: 'PATCH',
      path: '/api/v1/account',
      name: 'account.change',
      summary:
        'Change user name, language, or address; another address waits until the mailed link is opened',
      policy,
      body: changeAccountSchema,
      success: { status: 200, body: accountSchema },
      handler: (request) => {
        const password = request.body.password === undefined ? undefined : new Secret(request.body.password);
        return changeAccount(deps, ownerOf(request), { ...request.body, password });
      },
    }),
    route({
      method: 'POST',
      path: '/api/v1/account/password',
      name: 'account.change_password',
      summary: 'Change your password; ends all other sessions and gives this one a new cookie',
      policy,
      body: changePasswordSchema,
      success: { status: 200, body: sessionSchema },
      handler: async (request) => {
        const passwords = {
          current: new Secret(request.body.current_password),
          next: new Secret(request.body.new_password),
        };
        const token = await changePassword(deps, ownerOf(request), passwords);
        const { view } = await getSessionById(db, request.caller.sessionId);
        return new Reply(200, view, { 'set-cookie': renewedCookie(env, token, view, isSecure) });
      },
    }),
  ];
}

function linkRoutes(deps: IdentityRoutesDeps): Route[] {
  return [
    route({
      method: 'POST',
      path: '/api/v1/password-reset',
      name: 'password_reset.request',
      summary:
        'Have a link mailed that sets a new password; the answer is the same when there is no such account',
      policy: { allow: 'anyone', because: 'whoever forgot the password is not signed in' },
      body: requestPasswordResetSchema,
      success: { status: 202 },
      handler: ({ body, remoteAddress: address, correlationId }) =>
        requestPasswordReset(deps, { login: body.login, address, correlationId }),
    }),
    route({
      method: 'POST',
      path: '/api/v1/password-reset/confirm',
      name: 'password_reset.confirm',
      summary: 'Set a password by the token of a mailed link; ends all sessions of the account',
      policy: { allow: 'anyone', because: 'the token of the link is the credential' },
      body: setPasswordSchema,
      success: { status: 204 },
      handler: ({ body, remoteAddress: address, correlationId }) => {
        const password = new Secret(body.password);
        return setPasswordByLink(deps, { token: body.token, password, address, correlationId });
      },
    }),
    route({
      method: 'POST',
      path: '/api/v1/email-confirmation',
      name: 'email_confirmation.confirm',
      summary: 'Confirm an address by the token of a mailed link',
      policy: { allow: 'anyone', because: 'the token of the link is the credential' },
      body: confirmEmailSchema,
      success: { status: 204 },
      handler: ({ body, correlationId }) => confirmEmail(deps, body.token, correlationId),
    }),
  ];
}
