import { Link } from '@tanstack/react-router';
import { useTranslation } from '../i18n/use-translation.ts';

/** An id that ties together what one cause made happen, with the way to all of it. */
export function TraceLink({ id }: { id: string }) {
  const { t } = useTranslation();
  return (
    <Link
      to="/trace/$id"
      params={{ id }}
      title={t('trace.open', { id })}
      className="block max-w-[15ch] truncate font-mono text-xs text-accent underline-offset-2 hover:underline"
    >
      {id}
    </Link>
  );
}
