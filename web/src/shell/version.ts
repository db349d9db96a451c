import { queryOptions } from '@tanstack/react-query';
import { call } from '../api/client.ts';

interface Version {
  version: string;
  /** Where SDKs call /v1, when that is another address than this page's. */
  gateway_url?: string | null;
}

export const versionQuery = queryOptions({
  queryKey: ['version'],
  queryFn: ({ signal }) => call<Version>('/api/v1/version', { signal }),
  staleTime: 300_000,
});
