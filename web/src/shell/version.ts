import { queryOptions } from '@tanstack/react-query';
import { answerOf, api } from '../api/client.ts';

export const versionQuery = queryOptions({
  queryKey: ['version'],
  queryFn: ({ signal }) => answerOf(api.GET('/api/v1/version', { signal })),
  staleTime: 300_000,
});
