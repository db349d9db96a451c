import { MutationCache, QueryCache, QueryClient } from '@tanstack/react-query';
import { isUnauthenticated, ProblemError } from './problem-error.ts';

const RETRIES_MAX = 2;

/** One cache per tab. Whatever part learns that the session ended, `onSessionEnded` is told. */
export function createQueryClient(onSessionEnded: () => void): QueryClient {
  const onError = (error: unknown) => {
    if (isUnauthenticated(error)) onSessionEnded();
  };
  return new QueryClient({
    queryCache: new QueryCache({ onError }),
    mutationCache: new MutationCache({ onError }),
    defaultOptions: {
      queries: { staleTime: 2_000, retry: isWorthRetrying, retryDelay: (count) => 500 * 2 ** count },
      mutations: { retry: false },
    },
  });
}

function isWorthRetrying(failures: number, error: unknown): boolean {
  if (failures >= RETRIES_MAX) return false;
  if (!(error instanceof ProblemError)) return false;
  return error.status === 0 || error.status === 429 || error.status >= 502;
}
