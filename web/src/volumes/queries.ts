import { queryOptions } from '@tanstack/react-query';
import { answerOf, api } from '../api/client.ts';
import { pollInterval } from '../api/connection.ts';

const KEPT_LIMIT = 200;

/** Volumes that are kept when their instance ends, and those that were. */
export const keptVolumesQuery = queryOptions({
  queryKey: ['volumes', 'kept'],
  queryFn: ({ signal }) =>
    answerOf(api.GET('/api/v1/volumes', { params: { query: { kept: 'true', limit: KEPT_LIMIT } }, signal })),
  select: (page) => page.data,
  refetchInterval: pollInterval,
});
