import type { QueryClient } from '@tanstack/react-query';
import type { SessionView } from '#contracts/management.ts';
import { answerOf, api } from '../api/client.ts';
import { sessionQuery } from './session.ts';
import { slugOf, withoutSlug, withSlug } from './workspace-path.ts';

let open: string | undefined;

/** Between the address bar and the routes. */
export const workspaceRewrite = {
  input: ({ url }: { url: URL }) => {
    url.pathname = withoutSlug(url.pathname, open);
    return url;
  },
  output: ({ url }: { url: URL }) => {
    url.pathname = withSlug(url.pathname, open);
    return url;
  },
};

/** As the address bar shows a path of ours. */
export function addressOf(path: string): string {
  return withSlug(path, open);
}

/** The organisation that the address names, when it is not the one that is open. */
export function foreignSlug(): string | undefined {
  const slug = slugOf(window.location.pathname);
  return slug === open ? undefined : slug;
}

/**
 * Goes to the organisation that the path names, for whoever is a member of it; else stays in that of the session. What
 * fails here fails again where the page asks for the session, and is told there.
 */
export async function openWorkspace(client: QueryClient, path: string): Promise<void> {
  try {
    const session =
      client.getQueryData(sessionQuery.queryKey) ?? (await answerOf(api.GET('/api/v1/session')));
    client.setQueryData(sessionQuery.queryKey, await inOrganisation(session, slugOf(path)));
  } catch {
    // Nobody is signed in, or the server is away.
  }
}

async function inOrganisation(session: SessionView, slug: string | undefined): Promise<SessionView> {
  if (slug === undefined || slug === session.organisation.slug) return session;
  const { organisations } = await answerOf(api.GET('/api/v1/account'));
  const wanted = organisations.find((one) => one.slug === slug);
  if (!wanted) return session;
  return answerOf(api.POST('/api/v1/session/organisation', { body: { organisation_id: wanted.id } }));
}

/** The address follows the session, also when another tab takes it to another organisation. */
export function followWorkspace(client: QueryClient, onMoved: () => void): void {
  const [key] = sessionQuery.queryKey;
  client.getQueryCache().subscribe(({ query, type }) => {
    if (query.queryKey[0] !== key || type !== 'updated') return;
    const session = query.state.data as SessionView | undefined;
    if (!session || session.organisation.slug === open) return;
    const isFirst = open === undefined;
    open = session.organisation.slug;
    if (!isFirst) onMoved();
  });
}
