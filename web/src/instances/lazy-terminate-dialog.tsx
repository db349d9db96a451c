import { lazy, Suspense } from 'react';
import type { InstanceView } from '#contracts/instances.ts';

const TerminateDialog = lazy(() =>
  import('./terminate-dialog.tsx').then((module) => ({ default: module.TerminateDialog })),
);

interface LazyTerminateDialogProps {
  instance: InstanceView | null;
  onClose: () => void;
}

/** The dialog, fetched when it is first asked for: most visits to a list end nothing. */
export function LazyTerminateDialog({ instance, onClose }: LazyTerminateDialogProps) {
  if (instance === null) return null;
  return (
    <Suspense fallback={null}>
      <TerminateDialog instance={instance} onClose={onClose} />
    </Suspense>
  );
}
