import {
  confirmByPasswordSchema,
  recoveryCodesSchema,
  startedTotpSchema,
  totpCodeSchema,
} from '#contracts/people.ts';
import { Reply, type Route, route } from '#http/route.ts';
import { Secret } from '#kernel/secret.ts';
import { ownerOf } from '../accounts/account-routes.ts';
import { getSessionById } from '../queries.ts';
import type { IdentityRoutesDeps } from '../routes.ts';
import { renewedCookie } from '../session-cookie.ts';
import { confirmTotp, renewRecoveryCodes, startTotp, stopTotp } from './manage-totp.ts';

const policy = { allow: 'member', action: 'account.own' } as const;

export function totpRoutes(deps: IdentityRoutesDeps): Route[] {
  const { env, db, isSecure } = deps;
  return [
    route({
      method: 'POST',
      path: '/api/v1/account/totp',
      name: 'account.start_totp',
      summary: 'Begin to set up one-time codes; they are on when a code is confirmed',
      policy,
      body: confirmByPasswordSchema,
      success: { status: 200, body: startedTotpSchema },
      handler: (request) => startTotp(deps, ownerOf(request), secretOf(request.body.password)),
    }),
    route({
      method: 'POST',
      path: '/api/v1/account/totp/confirm',
      name: 'account.confirm_totp',
      summary: 'Turn one-time codes on; the recovery codes are shown once. Ends all other sessions',
      policy,
      body: totpCodeSchema,
      success: { status: 200, body: recoveryCodesSchema },
      handler: async (request) => {
        const { recoveryCodes, token } = await confirmTotp(deps, ownerOf(request), request.body.code);
        const { view } = await getSessionById(db, request.caller.sessionId);
        const cookie = renewedCookie(env, token, view, isSecure);
        return new Reply(200, { recovery_codes: recoveryCodes }, { 'set-cookie': cookie });
      },
    }),
    route({
      method: 'POST',
      path: '/api/v1/account/totp/recovery-codes',
      name: 'account.renew_recovery_codes',
      summary: 'Make new recovery codes, shown once; the former ones are worth nothing any more',
      policy,
      body: confirmByPasswordSchema,
      success: { status: 200, body: recoveryCodesSchema },
      handler: async (request) => ({
        recovery_codes: await renewRecoveryCodes(deps, ownerOf(request), secretOf(request.body.password)),
      }),
    }),
    route({
      method: 'POST',
      path: '/api/v1/account/totp/stop',
      name: 'account.stop_totp',
      summary: 'Turn one-time codes off. Ends all other sessions',
      policy,
      body: confirmByPasswordSchema,
      success: { status: 204 },
      handler: (request) => stopTotp(deps, ownerOf(request), secretOf(request.body.password)),
    }),
  ];
}

function secretOf(text: string | undefined): Secret | undefined {
  return text === undefined ? undefined : new Secret(text);
}
