import { useQuery } from '@tanstack/react-query';
import type { ProviderAccountView } from '#contracts/provider-accounts.ts';
import { SelectField } from '../design/field.tsx';
import { useTranslation } from '../i18n/use-translation.ts';
import { useIsAllowed } from '../identity/session.ts';
import { providerAccountsQuery } from './queries.ts';

/** The organisation's accounts on a provider. With several of them an order must name one. */
export function useAccounts(provider: string | null): readonly ProviderAccountView[] {
  const isReader = useIsAllowed('providers.read');
  const accounts = useQuery({ ...providerAccountsQuery, enabled: isReader && provider !== null });
  return accounts.data?.filter((account) => account.provider === provider) ?? [];
}

interface AccountFieldProps {
  accounts: readonly ProviderAccountView[];
  chosenId: string | null;
  onChoose: (id: string | null) => void;
}

export function AccountField({ accounts, chosenId, onChoose }: AccountFieldProps) {
  const { t } = useTranslation();
  const chosen = accounts.find((account) => account.id === chosenId);
  const hasFailed = chosen?.check.state === 'failed';
  return (
    <SelectField
      label={t('deploy.account')}
      hint={t('deploy.account_hint')}
      error={hasFailed ? t('deploy.account_failed') : undefined}
      value={chosenId ?? ''}
      fieldClassName="mt-4"
      data-testid="deploy-account"
      onChange={(event) => onChoose(event.target.value === '' ? null : event.target.value)}
    >
      <option value="">{t('deploy.account_choose')}</option>
      {accounts.map((account) => (
        <option key={account.id} value={account.id}>
          {account.name}
        </option>
      ))}
    </SelectField>
  );
}
