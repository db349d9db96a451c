import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { ProviderAccountView, ProviderKindView } from '#contracts/provider-accounts.ts';
import { answerOf, api } from '../api/client.ts';
import { useOrderKey } from '../api/order-key.ts';
import { SelectField, TextField } from '../design/field.tsx';
import { Segmented } from '../design/segmented.tsx';
import { useTranslation } from '../i18n/use-translation.ts';
import { toast } from '../shell/toaster.tsx';
import { FormDialog } from '../widgets/form-dialog.tsx';
import { CredentialFields } from './credential-fields.tsx';
import { type CredentialBody, credentialOf, type Typed, wrongFields } from './credential-form.ts';
import { providerName } from './provider-name.ts';
import { providerKindsQuery } from './queries.ts';

interface AccountDialogProps {
  /** Whose credential is replaced; null adds an account. */
  account: ProviderAccountView | null;
  onClose: () => void;
}

interface Wish {
  provider: string;
  name: string;
  credential: CredentialBody;
}

/** A credential in the form that its provider asks for. It is sealed, and tried before it is relied upon. */
export function AccountDialog({ account, onClose }: AccountDialogProps) {
  const { t } = useTranslation();
  const { data: kinds = [] } = useQuery(providerKindsQuery);
  const [chosen, setChosen] = useState<string | null>(account?.provider ?? null);
  const [name, setName] = useState(account?.name ?? '');
  const [way, setWay] = useState(0);
  const [typed, setTyped] = useState<Typed>({});
  const [isChecked, setChecked] = useState(false);
  const save = useSave(account, onClose);
  const kind = kinds.find(({ provider }) => provider === chosen) ?? suggested(kinds);
  const fields = kind?.forms[way]?.fields ?? kind?.forms[0]?.fields ?? [];
  const wrong = wrongFields(fields, typed);
  const submit = () => {
    setChecked(true);
    if (!kind || wrong.size > 0 || name.trim() === '') return;
    save.mutate({ provider: kind.provider, name: name.trim(), credential: credentialOf(fields, typed) });
  };
  return (
    <FormDialog
      isOpen
      onClose={onClose}
      title={account ? t('providers.rotate_title', { name: account.name }) : t('providers.add')}
      description={t(account ? 'providers.rotate_text' : 'providers.add_text')}
      submit={t(account ? 'providers.rotate' : 'providers.add')}
      action={save}
      onSubmit={submit}
      testId="account-dialog"
    >
      {!account && (
        <>
          <SelectField
            label={t('providers.provider')}
            value={kind?.provider ?? ''}
            onChange={(event) => {
              setChosen(event.target.value);
              setTyped({});
              setWay(0);
            }}
            data-testid="account-provider"
          >
            {kinds.map(({ provider }) => (
              <option key={provider} value={provider}>
                {providerName(provider)}
              </option>
            ))}
          </SelectField>
          <TextField
            label={t('keys.name')}
            hint={t('providers.name_hint')}
            error={isChecked && name.trim() === '' ? t('org.name_rule') : undefined}
            value={name}
            maxLength={100}
            required
            autoComplete="off"
            onChange={(event) => setName(event.target.value)}
            data-testid="account-name"
          />
        </>
      )}
      {kind && <WayChoice kind={kind} way={way} onWay={setWay} />}
      <CredentialFields
        fields={fields}
        typed={typed}
        wrong={isChecked ? wrong : new Set()}
        onType={setTyped}
      />
    </FormDialog>
  );
}

interface WayChoiceProps {
  kind: ProviderKindView;
  way: number;
  onWay: (way: number) => void;
}

/** For providers that take a credential in several forms. */
function WayChoice({ kind, way, onWay }: WayChoiceProps) {
  const { t } = useTranslation();
  if (kind.forms.length < 2) return null;
  return (
    <Segmented
      label={t('providers.way')}
      value={String(way)}
      options={kind.forms.map((_, index) => ({
        value: String(index),
        label: t('providers.way_number', { number: index + 1 }),
      }))}
      onChange={(value) => onWay(Number(value))}
    />
  );
}

/** A real one first: the pretended provider needs no account. */
function suggested(kinds: readonly ProviderKindView[]): ProviderKindView | undefined {
  return kinds.find(({ provider }) => provider !== 'mock') ?? kinds[0];
}

function useSave(account: ProviderAccountView | null, onDone: () => void) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const headerFor = useOrderKey();
  return useMutation({
    mutationFn: async (wish: Wish) => {
      if (account) {
        const path = { id: account.id };
        const { credential } = wish;
        return answerOf(
          api.POST('/api/v1/provider-accounts/{id}/rotate', { params: { path }, body: { credential } }),
        );
      }
      const header = headerFor(wish);
      const made = await answerOf(api.POST('/api/v1/provider-accounts', { params: { header }, body: wish }));
      // Whoever gives a credential wants to know whether it works.
      const path = { id: made.id };
      return answerOf(api.POST('/api/v1/provider-accounts/{id}/test', { params: { path } }));
    },
    onSuccess: async () => {
      toast(t(account ? 'providers.rotating' : 'providers.added'));
      onDone();
      await client.invalidateQueries({ queryKey: ['provider-accounts'] });
    },
  });
}
