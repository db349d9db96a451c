import { useNavigate, useSearch } from '@tanstack/react-router';
import { useTranslation } from '../i18n/use-translation.ts';
import { useIsAllowed } from '../identity/session.ts';
import { PageHeader } from '../shell/page-header.tsx';
import { SettingsList } from './settings-list.tsx';

/** What the organisation sets for its own machines. */
export function OrganisationSettingsPage() {
  const { t } = useTranslation();
  const { q } = useSearch({ from: '/signed-in/organisation/settings' });
  const navigate = useNavigate({ from: '/organisation/settings' });
  const mayWrite = useIsAllowed('settings.write');
  return (
    <>
      <PageHeader title={t('org.settings')} description={t('settings.text')} />
      <SettingsList
        owner="organisation"
        mayWrite={mayWrite}
        find={q}
        onFind={(find) => void navigate({ search: find === undefined ? {} : { q: find }, replace: true })}
      />
    </>
  );
}
