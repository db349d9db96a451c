import { Link } from '@tanstack/react-router';
import { Compass } from 'lucide-react';
import { buttonClass } from '../design/button.tsx';
import { EmptyState } from '../design/empty-state.tsx';
import { useTranslation } from '../i18n/use-translation.ts';
import { foreignSlug } from '../identity/open-workspace.ts';

export function NotFoundPage() {
  const { t } = useTranslation();
  const slug = foreignSlug();
  return (
    <EmptyState
      icon={Compass}
      title={t('not_found.title')}
      action={
        <Link to="/" className={buttonClass({ variant: 'primary' })}>
          {t('not_found.home')}
        </Link>
      }
    >
      {slug === undefined ? t('not_found.text') : t('not_found.organisation', { slug })}
    </EmptyState>
  );
}
