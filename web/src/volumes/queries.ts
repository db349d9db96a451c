import { queryOptions } from '@tanstack/react-query';
import type { OwnVolume } from '#contracts/sweep.ts';
import { call, query } from '../api/client.ts';
import { pollInterval } from '../api/connection.ts';
import type { Page } from '../api/types.ts';

const KEPT_LIMIT = 200;

/** Volumes that are kept when their instance ends, and those that were. */
export const keptVolumesQuery = queryOptions({
  queryKey: ['volumes', 'kept'],
  queryFn: ({ signal }) =>
    call<Page<OwnVolume>>(`/api/v1/volumes${query({ kept: true, limit: KEPT_LIMIT })}`, { signal }),
  select: (page) => page.data,
  refetchInterval: pollInterval,
});
