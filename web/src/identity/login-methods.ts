import { queryOptions } from '@tanstack/react-query';
import { answerOf, api } from '../api/client.ts';

/** How people may sign in here; asked before anybody is signed in. */
export const loginMethodsQuery = queryOptions({
  queryKey: ['login-methods'],
  queryFn: ({ signal }) => answerOf(api.GET('/api/v1/login', { signal })),
  staleTime: 300_000,
});
