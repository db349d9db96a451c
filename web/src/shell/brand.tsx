/** The mark alone: bars of a meter, in the accent colour. */
export function BrandMark({ className }: { className?: string }) {
  return (
    <svg viewBox="0 0 32 32" aria-hidden="true" className={className}>
      <rect width="32" height="32" rx="8" className="fill-accent" />
      <path
        d="M8 22.5V9.5M13.3 22.5v-8M18.7 22.5v-5M24 22.5v-13"
        className="stroke-on-accent"
        strokeWidth="3"
        strokeLinecap="round"
        fill="none"
      />
    </svg>
  );
}
