import { useNavigate, useSearch } from '@tanstack/react-router';
import { useTranslation } from '../i18n/use-translation.ts';
import { SettingsList } from '../settings/settings-list.tsx';
import { PageHeader } from '../shell/page-header.tsx';

/** Settings of the whole installation. */
export function PlatformSettingsPage() {
  const { t } = useTranslation();
  const { q } = useSearch({ from: '/signed-in/platform/settings' });
  const navigate = useNavigate({ from: '/platform/settings' });
  return (
    <>
      <PageHeader title={t('org.settings')} description={t('platform.settings_text')} />
      <SettingsList
        mayWrite
        owner="installation"
        find={q}
        onFind={(find) => void navigate({ search: find === undefined ? {} : { q: find }, replace: true })}
      />
    </>
  );
}
