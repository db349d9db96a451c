import { useNavigate, useSearch } from '@tanstack/react-router';
import { AuditLog } from '../audit/audit-log.tsx';
import { useTranslation } from '../i18n/use-translation.ts';
import { PageHeader } from '../shell/page-header.tsx';

/** Changes that belong to no organisation. */
export function PlatformAuditPage() {
  const { t } = useTranslation();
  const search = useSearch({ from: '/signed-in/platform/audit' });
  const navigate = useNavigate({ from: '/platform/audit' });
  return (
    <>
      <PageHeader title={t('org.audit')} description={t('platform.audit_text')} />
      <AuditLog
        place="installation"
        search={search}
        onFind={(wanted) => void navigate({ search: wanted, replace: true, resetScroll: false })}
      />
    </>
  );
}
