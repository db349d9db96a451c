import * as z from 'zod';
import { pageOf, pageQuerySchema } from '#contracts/management.ts';
import { changeMemberSchema, memberSchema, removedMemberSchema } from '#contracts/organisations.ts';
import type { Database } from '#database/database.ts';
import { readCursor, toPage } from '#http/cursor.ts';
import { type Route, route } from '#http/route.ts';
import { changeMemberRole } from './commands/change-member-role.ts';
import { removeMember } from './commands/remove-member.ts';
import { listMembers } from './queries.ts';

const byUser = z.object({ user_id: z.string().max(100) });

export function memberRoutes({ db }: { readonly db: Database }): Route[] {
  return [
    route({
      method: 'GET',
      path: '/api/v1/organisation/members',
      name: 'members.list',
      summary: 'Members by user name, and what you may do with each',
      policy: { allow: 'member', action: 'members.read' },
      query: pageQuerySchema,
      success: { status: 200, body: pageOf(memberSchema) },
      handler: async ({ caller, query }) => {
        const after = query.after === undefined ? undefined : readPosition(query.after);
        const rows = await listMembers(db, caller, { limit: query.limit, after });
        return toPage(rows, query.limit, (last) => [last.username.toLowerCase(), last.user_id]);
      },
    }),
    route({
      method: 'PATCH',
      path: '/api/v1/organisation/members/:user_id',
      name: 'members.change',
      summary: 'Give a member another role, within what your own role may give',
      policy: { allow: 'member', action: 'members.write' },
      params: byUser,
      body: changeMemberSchema,
      success: { status: 200, body: memberSchema },
      handler: ({ caller, params, body }) =>
        changeMemberRole(db, caller, { userId: params.user_id, role: body.role }),
    }),
    route({
      method: 'DELETE',
      path: '/api/v1/organisation/members/:user_id',
      name: 'members.remove',
      summary: 'Remove a member, or leave; their own keys there are revoked at once',
      policy: { allow: 'member', action: 'members.remove' },
      params: byUser,
      success: { status: 200, body: removedMemberSchema },
      handler: ({ caller, params }) => removeMember(db, caller, params.user_id),
    }),
  ];
}

function readPosition(cursor: string): { username: string; userId: string } {
  const [username = '', userId = ''] = readCursor(cursor, 2);
  return { username, userId };
}
