/** What people ask about machines that nobody can dial: a command for the next one, and what became of it. */
import * as z from 'zod';
import {
  createdHostEnrolmentSchema,
  createHostEnrolmentSchema,
  hostEnrolmentSchema,
} from '#contracts/host-enrolments.ts';
import type { Database } from '#database/database.ts';
import { Reply, type Route, route } from '#http/route.ts';
import {
  createEnrolment,
  type EnrolmentRules,
  listEnrolments,
  revokeEnrolment,
} from './commands/manage-enrolment.ts';

export interface EnrolmentRoutesDeps extends EnrolmentRules {
  readonly db: Database;
}

const byId = z.object({ id: z.string().max(100) });
const reading = { allow: 'member', action: 'providers.read' } as const;
const writing = { allow: 'member', action: 'providers.write' } as const;
const PATH = '/api/v1/host-enrolments';

export function enrolmentRoutes(deps: EnrolmentRoutesDeps): Route[] {
  const { db } = deps;
  return [
    route({
      method: 'GET',
      path: PATH,
      name: 'host_enrolments.list',
      summary: 'Enrolments of the last days, newest first; their tokens are never shown again',
      policy: reading,
      success: { status: 200, body: z.object({ data: z.array(hostEnrolmentSchema) }) },
      handler: async ({ caller }) => ({ data: await listEnrolments(db, caller) }),
    }),
    route({
      method: 'POST',
      path: PATH,
      name: 'host_enrolments.create',
      summary: 'A command that enrols one machine within an hour; it is shown once',
      policy: writing,
      body: createHostEnrolmentSchema,
      success: { status: 201, body: createdHostEnrolmentSchema },
      idempotent: true,
      replayHides: ['command'],
      handler: async ({ tx, caller, body }) => {
        const by = { userId: caller.userId, name: caller.name ?? '' };
        const made = await createEnrolment(deps, tx, caller, body, by);
        return new Reply(201, made, { location: `${PATH}/${made.id}` });
      },
    }),
    route({
      method: 'DELETE',
      path: `${PATH}/:id`,
      name: 'host_enrolments.revoke',
      summary: 'Make its token worth nothing',
      policy: writing,
      params: byId,
      success: { status: 200, body: hostEnrolmentSchema },
      handler: ({ caller, params, correlationId }) =>
        db.transaction((tx) => revokeEnrolment(tx, caller, params.id, correlationId)),
    }),
  ];
}
