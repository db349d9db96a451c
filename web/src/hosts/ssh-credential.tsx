import type { HostCredentialInput } from '#contracts/hosts.ts';
import { Field, TextField } from '../design/field.tsx';
import { Segmented } from '../design/segmented.tsx';
import { useTranslation } from '../i18n/use-translation.ts';

export interface TypedCredential {
  kind: HostCredentialInput['kind'];
  password: string;
  privateKey: string;
  passphrase: string;
}

export const NO_CREDENTIAL: TypedCredential = {
  kind: 'generated',
  password: '',
  privateKey: '',
  passphrase: '',
};

/** Undefined while something of it is missing. */
export function credentialOf(typed: TypedCredential): HostCredentialInput | undefined {
  switch (typed.kind) {
    case 'generated':
      return { kind: 'generated' };
    case 'password':
      return typed.password === '' ? undefined : { kind: 'password', password: typed.password };
    case 'private_key': {
      if (typed.privateKey.trim() === '') return undefined;
      const key = { kind: 'private_key' as const, private_key: `${typed.privateKey.trim()}\n` };
      return typed.passphrase === '' ? key : { ...key, passphrase: typed.passphrase };
    }
  }
}

/** What is not given is not sent. */
export function exactCredential(credential: HostCredentialInput) {
  if (credential.kind !== 'private_key') return credential;
  const { passphrase, ...key } = credential;
  return passphrase === undefined ? key : { ...key, passphrase };
}

interface SshCredentialFieldsProps {
  typed: TypedCredential;
  isChecked: boolean;
  onType: (typed: TypedCredential) => void;
}

/** How we sign in on the machine: with a key that is made here, one of yours, or a password. */
export function SshCredentialFields({ typed, isChecked, onType }: SshCredentialFieldsProps) {
  const { t } = useTranslation();
  const missing = isChecked && credentialOf(typed) === undefined ? t('hosts.credential_missing') : undefined;
  return (
    <>
      <div className="flex flex-col gap-1.5">
        <span className="text-sm font-medium">{t('hosts.credential')}</span>
        <Segmented
          label={t('hosts.credential')}
          value={typed.kind}
          options={[
            { value: 'generated', label: t('host_credential.generated') },
            { value: 'private_key', label: t('host_credential.private_key') },
            { value: 'password', label: t('host_credential.password') },
          ]}
          onChange={(kind) => onType({ ...typed, kind })}
        />
        {typed.kind === 'generated' && <p className="text-xs text-muted">{t('hosts.generated_hint')}</p>}
      </div>
      {typed.kind === 'password' && (
        <TextField
          label={t('host_credential.password')}
          error={missing}
          type="password"
          autoComplete="new-password"
          maxLength={1_024}
          value={typed.password}
          onChange={(event) => onType({ ...typed, password: event.target.value })}
        />
      )}
      {typed.kind === 'private_key' && (
        <>
          <Field label={t('host_credential.private_key')} hint={t('hosts.private_key_hint')} error={missing}>
            {(control) => (
              <textarea
                {...control}
                className="control min-h-28 font-mono text-xs"
                spellCheck={false}
                maxLength={16_384}
                value={typed.privateKey}
                onChange={(event) => onType({ ...typed, privateKey: event.target.value })}
              />
            )}
          </Field>
          <TextField
            label={t('hosts.passphrase')}
            type="password"
            autoComplete="new-password"
            maxLength={1_024}
            value={typed.passphrase}
            onChange={(event) => onType({ ...typed, passphrase: event.target.value })}
          />
        </>
      )}
    </>
  );
}
