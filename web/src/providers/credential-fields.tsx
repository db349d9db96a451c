import type { CredentialField } from '#contracts/provider-accounts.ts';
import { CheckField, SelectField, TextField } from '../design/field.tsx';
import type { MessageKey } from '../i18n/en.ts';
import { useTranslation } from '../i18n/use-translation.ts';
import { humanName, type Typed } from './credential-form.ts';

/** Fields that have a name and a hint of ours; others are named as the api names them. */
const NAMED: Partial<Record<string, { label: MessageKey; hint?: MessageKey }>> = {
  token: { label: 'credential.token' },
  secret_key: { label: 'credential.secret_key', hint: 'credential.secret_key_hint' },
  project_id: { label: 'credential.project_id', hint: 'credential.project_id_hint' },
  zones: { label: 'credential.zones', hint: 'credential.zones_hint' },
  images: { label: 'credential.images', hint: 'credential.images_hint' },
  root_volume: { label: 'credential.root_volume', hint: 'credential.root_volume_hint' },
  data_volume: { label: 'credential.data_volume', hint: 'credential.data_volume_hint' },
  private_networks: { label: 'credential.private_networks', hint: 'credential.private_networks_hint' },
  inbound_from: { label: 'credential.inbound_from', hint: 'credential.inbound_from_hint' },
};

interface CredentialFieldsProps {
  fields: readonly CredentialField[];
  typed: Typed;
  wrong: ReadonlySet<string>;
  onType: (typed: Typed) => void;
}

/** What the provider asks for: what it needs first, the rest folded away. */
export function CredentialFields({ fields, typed, wrong, onType }: CredentialFieldsProps) {
  const { t } = useTranslation();
  const needed = fields.filter((field) => field.is_required);
  const others = fields.filter((field) => !field.is_required);
  const draw = (field: CredentialField) => (
    <OneField
      key={field.name}
      field={field}
      value={typed[field.name]}
      isWrong={wrong.has(field.name)}
      onType={(value) => onType({ ...typed, [field.name]: value })}
    />
  );
  return (
    <>
      {needed.map(draw)}
      {others.length > 0 && (
        <details open={needed.length === 0 || others.some(({ name }) => wrong.has(name))}>
          <summary className="w-fit rounded-sm text-sm font-medium">{t('credential.more')}</summary>
          <div className="mt-3 flex flex-col gap-4">{others.map(draw)}</div>
        </details>
      )}
    </>
  );
}

interface OneFieldProps {
  field: CredentialField;
  value: string | boolean | undefined;
  isWrong: boolean;
  onType: (value: string | boolean) => void;
}

function OneField({ field, value, isWrong, onType }: OneFieldProps) {
  const { t } = useTranslation();
  const named = NAMED[field.name];
  const label = named ? t(named.label) : humanName(field.name);
  const hint = named?.hint ? t(named.hint) : (field.about ?? undefined);
  if (field.kind === 'boolean') {
    return (
      <CheckField
        label={label}
        hint={hint}
        checked={value === true}
        onChange={(event) => onType(event.target.checked)}
      />
    );
  }
  const text = typeof value === 'string' ? value : '';
  if (field.kind === 'choice') {
    return (
      <SelectField label={label} hint={hint} value={text} onChange={(event) => onType(event.target.value)}>
        <option value="">{t(field.is_required ? 'credential.choose' : 'credential.default')}</option>
        {field.choices?.map((choice) => (
          <option key={choice} value={choice}>
            {choice}
          </option>
        ))}
      </SelectField>
    );
  }
  return (
    <TextField
      label={label}
      hint={hint}
      error={isWrong ? t('credential.wrong') : undefined}
      type={field.kind === 'secret' ? 'password' : 'text'}
      inputMode={field.kind === 'number' ? 'numeric' : undefined}
      // A browser must not keep a provider's secret as the password of this site.
      autoComplete={field.kind === 'secret' ? 'new-password' : 'off'}
      spellCheck={false}
      maxLength={8_192}
      required={field.is_required}
      value={text}
      className="font-mono"
      onChange={(event) => onType(event.target.value)}
      data-testid={`credential-${field.name}`}
    />
  );
}
