import { useTranslation } from '../i18n/use-translation.ts';
import { PageHeader } from '../shell/page-header.tsx';
import { JobsCards } from './jobs-cards.tsx';
import { SweepCards } from './sweep-cards.tsx';

/** The home of a platform administrator: what waits for a person, then how the machinery gets on. */
export function OperationsPage() {
  const { t } = useTranslation();
  return (
    <>
      <PageHeader title={t('platform.operations')} description={t('platform.text')} />
      <div className="flex flex-col gap-5">
        <SweepCards />
        <JobsCards />
      </div>
    </>
  );
}
