/** An id too long for a table: cut for the eye, whole when pointed at or copied. */
export function LongId({ id }: { id: string }) {
  return (
    <code title={id} className="block max-w-[15ch] truncate font-mono text-xs text-muted">
      {id}
    </code>
  );
}
