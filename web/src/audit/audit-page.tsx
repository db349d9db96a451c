import { useNavigate, useSearch } from '@tanstack/react-router';
import { useTranslation } from '../i18n/use-translation.ts';
import { PageHeader } from '../shell/page-header.tsx';
import { AuditLog } from './audit-log.tsx';

export function AuditPage() {
  const { t } = useTranslation();
  const search = useSearch({ from: '/signed-in/organisation/audit' });
  const navigate = useNavigate({ from: '/organisation/audit' });
  return (
    <>
      <PageHeader title={t('org.audit')} description={t('audit.text')} />
      <AuditLog
        place="organisation"
        search={search}
        onFind={(wanted) => void navigate({ search: wanted, replace: true, resetScroll: false })}
      />
    </>
  );
}
