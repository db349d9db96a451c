/** Routes with the address of something that is there, and a right body: what a test of attacks begins with. */
import type { Route } from '#http/route.ts';
import type { TestApi } from '#identity/testing.ts';
import { describedApiRoutes } from '../../bin/api-routes.ts';
import { RIGHT_BODIES, TENANT_PATHS } from '../matrix/role-table.ts';
import { type Household, OFFER, pictureOf } from '../matrix/whole-api.ts';
import { bodySchemaOf, sampleOf } from './written-bodies.ts';

export const ROUTES = describedApiRoutes('0');
export const WRITES = ROUTES.filter(({ method }) => method !== 'GET');

export const isStream = (route: Route): boolean =>
  route.success.contentType?.startsWith('text/event-stream') ?? false;
export const isForMembers = (route: Route): boolean =>
  ['member', 'platform_admin'].includes(route.policy.allow);
/** They end the session with which the rest of a test asks. */
export const ENDS_SESSION = ['session.delete', 'account.change_password', 'organisation.delete'];

/** What the sample of a schema cannot know. */
const BODIES: Readonly<Record<string, object>> = {
  ...RIGHT_BODIES,
  'deployments.create': { name: 'made', model_id: 'Qwen/Qwen3-8B', ...OFFER },
  'provider_accounts.create': { provider: 'mock', name: 'made', credential: { token: 'a made token' } },
  'offerings.create': { code: 'made', model_id: 'Qwen/Qwen3-8B', name: 'made', access: 'free' },
  'organisations.create': { name: 'Made', slug: 'made-here' },
  'projects.create': { name: 'made', slug: 'made' },
  'organisation.change': { name: 'Changed' },
  'account.change': { language: 'fr' },
  'api_keys.change': { name: 'changed' },
  'webhooks.change': { description: 'changed' },
};

export function rightBody(route: Route): Record<string, unknown> | undefined {
  if (!route.body) return undefined;
  const schema = bodySchemaOf(route);
  return { ...(schema ? (sampleOf(schema) as object) : {}), ...BODIES[route.name] };
}

export function pathIn(route: Route, { things }: Household): string {
  const thing = TENANT_PATHS.find(([prefix]) => route.path.startsWith(prefix))?.[1];
  return route.path
    .replace(/:volume_id\b/, things.volume)
    .replaceAll(/:\w+/g, encodeURIComponent(thing === undefined ? 'unknown' : things[thing]));
}

/** A few at once: of hundreds the last would wait past its limit on a busy machine, and be refused for that. */
export async function inTurns<T>(all: readonly T[], work: (one: T) => Promise<void>): Promise<void> {
  const AT_ONCE = 6;
  for (let at = 0; at < all.length; at += AT_ONCE) await Promise.all(all.slice(at, at + AT_ONCE).map(work));
}

/**
 * Everything of somebody's organisation and their account, but not the audit log, in which each refusal is kept, and
 * what is told of that.
 */
export async function stateOf(api: TestApi, { owner }: Household): Promise<unknown> {
  const { audit_log: _, events, ...others } = await pictureOf(api.db, owner.orgId);
  const told = (events ?? '').split('\n').filter((row) => !row.includes(',audit.changed,'));
  const tables = { ...others, events: told };
  const account = await api.db.query('select u::text as row from users u where id = $1', [owner.userId]);
  const admins = await api.db.query('select id from users where is_platform_admin order by id');
  return { ...tables, account, admins };
}
