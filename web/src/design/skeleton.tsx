import { classNames } from './class-names.ts';

export function Skeleton({ className }: { className?: string }) {
  return (
    <span aria-hidden className={classNames('appear-late block', className)}>
      <span className="shimmer block h-full w-full rounded-md" />
    </span>
  );
}

/** Grey lines in the shape of a list that is on its way. */
export function SkeletonRows({ count = 5, label }: { count?: number; label: string }) {
  return (
    <div role="status" aria-label={label} className="flex flex-col gap-3 p-4">
      {Array.from({ length: count }, (_, index) => index).map((index) => (
        <Skeleton key={index} className={index % 2 === 0 ? 'h-5 w-full' : 'h-5 w-4/5'} />
      ))}
    </div>
  );
}
