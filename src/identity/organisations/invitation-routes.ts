import * as z from 'zod';
import { listOf, listQuerySchema, roleSchema, searchSchema } from '#contracts/management.ts';
import {
  acceptedInvitationSchema,
  createInvitationSchema,
  INVITATION_SORTS,
  invitationSchema,
  invitationTokenSchema,
  joinSchema,
  openedInvitationSchema,
} from '#contracts/organisations.ts';
import type { Database } from '#database/database.ts';
import { answerOf, readListWish } from '#http/listing.ts';
import { type Route, route } from '#http/route.ts';
import { AppError } from '#kernel/errors.ts';
import { Secret } from '#kernel/secret.ts';
import { throttled } from '../login-throttle.ts';
import { acceptInvitation, joinByInvitation, openInvitation } from './commands/accept-invitation.ts';
import {
  createInvitation,
  type InvitationRules,
  resendInvitation,
  revokeInvitation,
} from './commands/send-invitation.ts';
import { INVITATION_LIST, listInvitations } from './queries.ts';

export interface InvitationRoutesDeps extends InvitationRules {
  readonly db: Database;
}

const policy = { allow: 'member', action: 'members.invite' } as const;
const invitationsQuery = listQuerySchema(INVITATION_SORTS, '-created_at').extend({
  q: searchSchema.optional().describe('A part of the address, in any case'),
  state: invitationSchema.shape.state.optional(),
  role: roleSchema.optional(),
});
const byId = z.object({ id: z.string().max(100) });
const LIST = '/api/v1/organisation/invitations';

export function invitationRoutes(deps: InvitationRoutesDeps): Route[] {
  return [...invitingRoutes(deps), ...acceptingRoutes(deps)];
}

function invitingRoutes(deps: InvitationRoutesDeps): Route[] {
  const { db } = deps;
  return [
    route({
      method: 'GET',
      path: LIST,
      name: 'invitations.list',
      summary: 'Invitations, searched, sorted and counted, ended ones included',
      policy,
      query: invitationsQuery,
      success: { status: 200, body: listOf(invitationSchema) },
      handler: async ({ caller, query }) => {
        const filter = { state: query.state, role: query.role, search: query.q };
        const found = await listInvitations(db, caller, filter, readListWish(INVITATION_LIST, query));
        return answerOf(found, query.sort, found.rows);
      },
    }),
    route({
      method: 'POST',
      path: LIST,
      name: 'invitations.create',
      summary: 'Invite somebody by a link in a mail, with a role that your own role may give',
      policy,
      body: createInvitationSchema,
      success: { status: 201, body: invitationSchema },
      idempotent: true,
      handler: ({ caller, body, tx }) => createInvitation(deps, tx, caller, body),
    }),
    route({
      method: 'POST',
      path: `${LIST}/:id/resend`,
      name: 'invitations.resend',
      summary: 'Mail a new link; the one before it opens nothing any more',
      policy,
      params: byId,
      success: { status: 200, body: invitationSchema },
      handler: ({ caller, params }) => db.transaction((tx) => resendInvitation(deps, tx, caller, params.id)),
    }),
    route({
      method: 'DELETE',
      path: `${LIST}/:id`,
      name: 'invitations.revoke',
      summary: 'Make its link worth nothing',
      policy,
      params: byId,
      success: { status: 200, body: invitationSchema },
      handler: ({ caller, params }) => db.transaction((tx) => revokeInvitation(tx, caller, params.id)),
    }),
  ];
}

function acceptingRoutes({ env, db }: InvitationRoutesDeps): Route[] {
  const trying = <T>(token: string, address: string, attempt: () => Promise<T>) =>
    // By the token, which cannot be guessed: nobody is slowed by who tries others.
    throttled(db, { kind: 'invitation', login: token, address }, attempt, isWrong);
  const anyone = { allow: 'anyone', because: 'the link in the mail is the proof' } as const;
  return [
    route({
      method: 'POST',
      path: '/api/v1/invitations/open',
      name: 'invitations.open',
      summary: 'What the link of an invitation leads to',
      policy: anyone,
      body: invitationTokenSchema,
      success: { status: 200, body: openedInvitationSchema },
      handler: ({ body, remoteAddress }) =>
        trying(body.token, remoteAddress, () => openInvitation(db, body.token)),
    }),
    route({
      method: 'POST',
      path: '/api/v1/invitations/accept',
      name: 'invitations.accept',
      summary: 'Join the organisation with the account that you are signed in with',
      policy: { allow: 'member', action: 'session.own' },
      body: invitationTokenSchema,
      success: { status: 200, body: acceptedInvitationSchema },
      handler: ({ caller, body, remoteAddress }) =>
        trying(body.token, remoteAddress, () => acceptInvitation(db, caller, body.token)),
    }),
    route({
      method: 'POST',
      path: '/api/v1/invitations/join',
      name: 'invitations.join',
      summary: 'Make an account of the invited address and join the organisation; then sign in',
      policy: anyone,
      body: joinSchema,
      success: { status: 200, body: acceptedInvitationSchema },
      handler: ({ body, remoteAddress }) =>
        trying(body.token, remoteAddress, () => {
          const account = { username: body.username, password: new Secret(body.password) };
          return joinByInvitation(env, db, body.token, account);
        }),
    }),
  ];
}

function isWrong(error: unknown): boolean {
  return error instanceof AppError && error.code === 'invitation.invalid';
}
