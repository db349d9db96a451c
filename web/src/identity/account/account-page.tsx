import { useQuery } from '@tanstack/react-query';
import { useTranslation } from '../../i18n/use-translation.ts';
import { PageHeader } from '../../shell/page-header.tsx';
import { Loaded } from '../../widgets/loaded.tsx';
import { IdentitiesCard } from './identities-card.tsx';
import { PasswordCard } from './password-card.tsx';
import { ProfileCard } from './profile-card.tsx';
import { accountQuery } from './queries.ts';
import { SessionsCard } from './sessions-card.tsx';
import { TotpCard } from './totp-card.tsx';

/** One's own account: who one is, and how one signs in. */
export function AccountPage() {
  const { t } = useTranslation();
  const account = useQuery(accountQuery);
  return (
    <>
      <PageHeader title={t('account.title')} description={t('account.text')} />
      <Loaded query={account}>
        {(view) => (
          <div className="flex max-w-[860px] flex-col gap-5">
            <ProfileCard account={view} />
            <PasswordCard account={view} />
            <TotpCard account={view} />
            <IdentitiesCard account={view} />
            <SessionsCard />
          </div>
        )}
      </Loaded>
    </>
  );
}
