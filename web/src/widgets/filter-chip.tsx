import { X } from 'lucide-react';
import { useTranslation } from '../i18n/use-translation.ts';

/** A filter in force that has no control of its own; pressing it ends it. */
export function FilterChip({
  text,
  onClear,
  testId,
}: {
  text: string;
  onClear: () => void;
  testId?: string;
}) {
  const { t } = useTranslation();
  return (
    <button
      type="button"
      className="inline-flex h-8 max-w-full items-center gap-2 rounded-full border border-accent/30 bg-accent/12 px-3 text-sm font-medium hover:bg-accent/20"
      title={t('filter.clear', { name: text })}
      data-testid={testId}
      onClick={onClear}
    >
      <span className="truncate">{text}</span>
      <X aria-hidden className="size-3.5 shrink-0" />
      <span className="sr-only">{t('filter.clear', { name: text })}</span>
    </button>
  );
}
