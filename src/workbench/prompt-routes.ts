import { pageOf, pageQuerySchema } from '#contracts/management.ts';
import {
  changeDefaultsSchema,
  changePromptSchema,
  createPromptSchema,
  promptSchema,
  promptVersionSchema,
  workbenchDefaultsSchema,
} from '#contracts/workbench.ts';
import { readCursor, toPage } from '#http/cursor.ts';
import { Reply, type Route, route } from '#http/route.ts';
import { changeDefaults, changePrompt, createPrompt, removePrompt } from './commands/manage-prompt.ts';
import { byId, numberOf, using, WORKBENCH, type WorkbenchRoutesDeps } from './conversation-routes.ts';
import { getDefaults, getPrompt, listPrompts, listPromptVersions } from './queries.ts';

const PATH = `${WORKBENCH}/prompts`;
const DEFAULTS = `${WORKBENCH}/defaults`;

export function promptRoutes(deps: WorkbenchRoutesDeps): Route[] {
  return [...readRoutes(deps), ...writeRoutes(deps), ...defaultRoutes(deps)];
}

function readRoutes({ db }: WorkbenchRoutesDeps): Route[] {
  return [
    route({
      method: 'GET',
      path: PATH,
      name: 'prompts.list',
      summary: "System prompts: your own and the organisation's, newest first",
      policy: using,
      query: pageQuerySchema,
      success: { status: 200, body: pageOf(promptSchema) },
      handler: async ({ caller, query }) => {
        const afterId = query.after === undefined ? undefined : readCursor(query.after, 1)[0];
        const found = await listPrompts(db, caller, { limit: query.limit, afterId });
        return toPage(found, query.limit, (last) => [last.id]);
      },
    }),
    route({
      method: 'GET',
      path: `${PATH}/:id`,
      name: 'prompts.get',
      summary: 'One system prompt, as it is now',
      policy: using,
      params: byId,
      success: { status: 200, body: promptSchema },
      handler: ({ caller, params }) => getPrompt(db, caller, params.id),
    }),
    route({
      method: 'GET',
      path: `${PATH}/:id/versions`,
      name: 'prompts.versions',
      summary: 'What it said before, the latest first',
      policy: using,
      params: byId,
      query: pageQuerySchema,
      success: { status: 200, body: pageOf(promptVersionSchema) },
      handler: async ({ caller, params, query }) => {
        const below = query.after === undefined ? undefined : numberOf(query.after);
        const rows = await listPromptVersions(db, caller, params.id, { limit: query.limit, below });
        const views = rows.map(({ version, content, createdBy, createdAt }) => {
          return { version, content, created_by: createdBy, created_at: createdAt.toISOString() };
        });
        return toPage(views, query.limit, (last) => [String(last.version)]);
      },
    }),
  ];
}

function writeRoutes(deps: WorkbenchRoutesDeps): Route[] {
  const { db } = deps;
  return [
    route({
      method: 'POST',
      path: PATH,
      name: 'prompts.create',
      summary: 'Keep a system prompt, for yourself; owners and admins also for the organisation',
      policy: using,
      body: createPromptSchema,
      success: { status: 201, body: promptSchema },
      idempotent: true,
      handler: async ({ caller, body, tx }) => {
        const made = await createPrompt(deps, tx, caller, body);
        return new Reply(201, made, { location: `${PATH}/${made.id}` });
      },
    }),
    route({
      method: 'PATCH',
      path: `${PATH}/:id`,
      name: 'prompts.change',
      summary: 'Name it anew, or give it another text, which is its next version',
      policy: using,
      params: byId,
      body: changePromptSchema,
      success: { status: 200, body: promptSchema },
      handler: ({ caller, params, body }) =>
        db.transaction((tx) => changePrompt(tx, caller, params.id, body)),
    }),
    route({
      method: 'DELETE',
      path: `${PATH}/:id`,
      name: 'prompts.delete',
      summary: 'Delete a system prompt with its versions; conversations keep the text that they took from it',
      policy: using,
      params: byId,
      success: { status: 204 },
      handler: async ({ caller, params }) => {
        await db.transaction((tx) => removePrompt(tx, caller, params.id));
        return new Reply(204);
      },
    }),
  ];
}

function defaultRoutes({ db, settings }: WorkbenchRoutesDeps): Route[] {
  return [
    route({
      method: 'GET',
      path: DEFAULTS,
      name: 'workbench_defaults.get',
      summary: 'What new conversations of the organisation begin with, and how long they are kept',
      policy: using,
      success: { status: 200, body: workbenchDefaultsSchema },
      handler: ({ caller }) => getDefaults(db, caller, settings),
    }),
    route({
      method: 'PATCH',
      path: DEFAULTS,
      name: 'workbench_defaults.change',
      summary: 'Choose the default prompt of the organisation and how long conversations are kept',
      policy: { allow: 'member', action: 'workbench.manage' },
      body: changeDefaultsSchema,
      success: { status: 200, body: workbenchDefaultsSchema },
      handler: ({ caller, body }) => db.transaction((tx) => changeDefaults(settings, tx, caller, body)),
    }),
  ];
}
