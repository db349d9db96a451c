import type { ReactNode } from 'react';

/** One line of what a final step does; a dialog lists them before it asks. */
export function Consequence({ icon, children }: { icon: ReactNode; children: ReactNode }) {
  return (
    <li className="flex gap-3">
      <span className="shrink-0">{icon}</span>
      <span className="min-w-0">{children}</span>
    </li>
  );
}
