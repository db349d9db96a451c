import { queryOptions } from '@tanstack/react-query';
import { call } from '../api/client.ts';

interface Version {
  version: string;
  /** The worker that new machines get; null when none was built. */
  worker_version: string | null;
  worker_sha256: string | null;
  /** Where SDKs call /v1, when that is another address than this page's. */
  gateway_url?: string | null;
}

export const versionQuery = queryOptions({
  queryKey: ['version'],
  queryFn: ({ signal }) => call<Version>('/api/v1/version', { signal }),
  staleTime: 300_000,
});
