import { useMemo } from 'react';
import { classNames } from '../design/class-names.ts';
import { qrMatrix } from './qr-matrix.ts';

const MARGIN = 4;

/** A text as a picture for the camera of a phone: dark on white in both themes, as readers expect it. */
export function QrCode({ text, label, className }: { text: string; label: string; className?: string }) {
  const matrix = useMemo(() => qrMatrix(text), [text]);
  const size = matrix.length + 2 * MARGIN;
  const path = matrix
    .flatMap((row, y) => row.map((isDark, x) => (isDark ? `M${x + MARGIN} ${y + MARGIN}h1v1h-1z` : '')))
    .join('');
  return (
    <svg
      viewBox={`0 0 ${size} ${size}`}
      role="img"
      aria-label={label}
      shapeRendering="crispEdges"
      className={classNames('block rounded-md', className)}
    >
      <rect width={size} height={size} fill="#ffffff" />
      <path d={path} fill="#000000" />
    </svg>
  );
}
