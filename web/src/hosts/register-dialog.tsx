import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { type RegisterHost, registerHostSchema } from '#contracts/hosts.ts';
import { answerOf, api } from '../api/client.ts';
import { useOrderKey } from '../api/order-key.ts';
import { TextField } from '../design/field.tsx';
import type { MessageKey } from '../i18n/en.ts';
import { useTranslation } from '../i18n/use-translation.ts';
import { toast } from '../shell/toaster.tsx';
import { checkFields } from '../widgets/check-fields.ts';
import { FormDialog } from '../widgets/form-dialog.tsx';
import { PriceField } from './enrol-dialog.tsx';
import { readPrice } from './host-price.ts';
import {
  credentialOf,
  exactCredential,
  NO_CREDENTIAL,
  SshCredentialFields,
  type TypedCredential,
} from './ssh-credential.tsx';

type TextName = 'name' | 'address' | 'port' | 'username' | 'host_key';
type Typed = Record<TextName, string> & { price: string; credential: TypedCredential };

const EMPTY: Typed = {
  ...{ name: '', address: '', port: '22', username: 'root', host_key: '', price: '' },
  credential: NO_CREDENTIAL,
};
const FIELDS: readonly { name: TextName; label: MessageKey; hint?: MessageKey; wrong: MessageKey }[] = [
  { name: 'name', label: 'hosts.name', wrong: 'hosts.name_wrong' },
  { name: 'address', label: 'hosts.address', hint: 'hosts.address_hint', wrong: 'hosts.address_wrong' },
  { name: 'port', label: 'hosts.port', wrong: 'hosts.port_wrong' },
  { name: 'username', label: 'hosts.username', hint: 'hosts.username_hint', wrong: 'hosts.username_wrong' },
  { name: 'host_key', label: 'hosts.host_key', hint: 'hosts.host_key_hint', wrong: 'hosts.host_key_wrong' },
];

/** A machine that is reached by SSH. */
export function RegisterDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const [typed, setTyped] = useState(EMPTY);
  const [isChecked, setChecked] = useState(false);
  const register = useRegister(onClose);
  const { data, wrong } = checkFields(registerHostSchema, valuesOf(typed));
  const submit = () => {
    setChecked(true);
    if (data) register.mutate(data);
  };
  return (
    <FormDialog
      isOpen
      onClose={onClose}
      title={t('hosts.register_title')}
      description={t('hosts.register_text')}
      submit={t('hosts.register_submit')}
      action={register}
      onSubmit={submit}
      testId="register-dialog"
    >
      {FIELDS.map(({ name, label, hint, wrong: message }) => (
        <TextField
          key={name}
          label={t(label)}
          hint={hint && t(hint)}
          error={isChecked && wrong.has(name) ? t(message) : undefined}
          value={typed[name]}
          autoComplete="off"
          spellCheck={false}
          inputMode={name === 'port' ? 'numeric' : undefined}
          onChange={(event) => setTyped({ ...typed, [name]: event.target.value })}
          data-testid={`register-${name}`}
        />
      ))}
      <PriceField
        value={typed.price}
        error={isChecked && wrong.has('price') ? t('hosts.price_wrong') : undefined}
        onChange={(price) => setTyped({ ...typed, price })}
      />
      <SshCredentialFields
        typed={typed.credential}
        isChecked={isChecked}
        onType={(credential) => setTyped({ ...typed, credential })}
      />
    </FormDialog>
  );
}

function valuesOf(typed: Typed): unknown {
  const hostKey = typed.host_key.trim();
  return {
    name: typed.name,
    address: typed.address,
    port: Number(typed.port),
    username: typed.username,
    ...(hostKey === '' ? {} : { host_key: hostKey }),
    // What is no price is refused by the schema.
    price: readPrice(typed.price) === undefined ? 'wrong' : readPrice(typed.price),
    credential: credentialOf(typed.credential),
  };
}

function useRegister(onDone: () => void) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const headerFor = useOrderKey();
  return useMutation({
    mutationFn: (body: RegisterHost) => {
      const { host_key: hostKey, credential, ...rest } = body;
      const exact = {
        ...rest,
        credential: exactCredential(credential),
        ...(hostKey ? { host_key: hostKey } : {}),
      };
      return answerOf(api.POST('/api/v1/hosts', { params: { header: headerFor(exact) }, body: exact }));
    },
    onSuccess: async ({ name }) => {
      toast(t('hosts.registered', { name }));
      onDone();
      await client.invalidateQueries({ queryKey: ['hosts'] });
    },
  });
}
