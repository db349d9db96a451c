import * as z from 'zod';
import { listOf, listQuerySchema, roleSchema, searchSchema } from '#contracts/management.ts';
import {
  changeMemberSchema,
  MEMBER_SORTS,
  memberSchema,
  removedMemberSchema,
} from '#contracts/organisations.ts';
import type { Database } from '#database/database.ts';
import { answerOf, readListWish } from '#http/listing.ts';
import { type Route, route } from '#http/route.ts';
import { changeMemberRole } from './commands/change-member-role.ts';
import { removeMember } from './commands/remove-member.ts';
import { listMembers, MEMBER_LIST } from './queries.ts';

const membersQuery = listQuerySchema(MEMBER_SORTS, 'username').extend({
  q: searchSchema
    .optional()
    .describe('A part of the user name, in any case; of the address too for those who see it'),
  role: roleSchema.optional(),
});
const byUser = z.object({ user_id: z.string().max(100) });

export function memberRoutes({ db }: { readonly db: Database }): Route[] {
  return [
    route({
      method: 'GET',
      path: '/api/v1/organisation/members',
      name: 'members.list',
      summary: 'Members, searched, sorted and counted, and what you may do with each',
      policy: { allow: 'member', action: 'members.read' },
      query: membersQuery,
      success: { status: 200, body: listOf(memberSchema) },
      handler: async ({ caller, query }) => {
        const filter = { role: query.role, search: query.q };
        const found = await listMembers(db, caller, filter, readListWish(MEMBER_LIST, query));
        return answerOf(found, query.sort, found.rows);
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
