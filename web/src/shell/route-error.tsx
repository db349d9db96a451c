import { type ErrorComponentProps, useRouter } from '@tanstack/react-router';
import { ErrorState } from '../design/error-state.tsx';

/** A page that could not be shown at all: the api is away, or a chunk of an older version is gone. */
export function RouteError({ error, reset }: ErrorComponentProps) {
  const router = useRouter();
  const retry = () => {
    reset();
    void router.invalidate();
  };
  return (
    <div className="mx-auto w-full max-w-[640px] p-6">
      <ErrorState error={error} onRetry={retry} />
    </div>
  );
}
