import { queryOptions, useQueryClient, useSuspenseQuery } from '@tanstack/react-query';
import { useRouter } from '@tanstack/react-router';
import type { SessionView } from '#contracts/management.ts';
import { type Action, isAllowed } from '#contracts/permissions.ts';
import { answerOf, api } from '../api/client.ts';

export const sessionQuery = queryOptions({
  queryKey: ['session'],
  queryFn: ({ signal }) => answerOf(api.GET('/api/v1/session', { signal })),
  staleTime: 60_000,
  gcTime: Number.POSITIVE_INFINITY,
});

/** The session of the person signed in; only for use below the signed-in route, where it is there. */
export function useSession(): SessionView {
  return useSuspenseQuery(sessionQuery).data;
}

/** Whether the person may do this in the organisation that is shown. What is not allowed is not offered. */
export function useIsAllowed(action: Action): boolean {
  return isAllowed(useSession().organisation.role, action);
}

/** The person as rules about what belongs to whom ask for them. */
export function useMe(): { userId: string; isAllowed: (action: Action) => boolean } {
  const { user, organisation } = useSession();
  return { userId: user.id, isAllowed: (action) => isAllowed(organisation.role, action) };
}

export function useSignOut(): () => Promise<void> {
  const client = useQueryClient();
  const router = useRouter();
  return async () => {
    await answerOf(api.DELETE('/api/v1/session'));
    await router.navigate({ to: '/login' });
    client.clear();
  };
}
