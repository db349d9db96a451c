import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useId, useState } from 'react';
import { answerOf, api, given } from '../api/client.ts';
import { Button } from '../design/button.tsx';
import { Dialog } from '../design/dialog.tsx';
import { ErrorState } from '../design/error-state.tsx';
import { SelectField, TextField } from '../design/field.tsx';
import { useTranslation } from '../i18n/use-translation.ts';
import { Actor } from '../identity/actor.tsx';
import { providerName } from '../providers/provider-name.ts';
import { providerKindsQuery } from '../providers/queries.ts';
import { toast } from '../shell/toaster.tsx';
import { LoadMore } from '../widgets/load-more.tsx';
import { Loaded } from '../widgets/loaded.tsx';
import { When } from '../widgets/when.tsx';
import { type SettingsOwner, settingChangesQuery } from './queries.ts';
import { readValue } from './setting-value.ts';
import { type AnySetting, ValueText } from './settings-list.tsx';

interface SettingDialogProps {
  owner: SettingsOwner;
  setting: AnySetting;
  mayWrite: boolean;
  onClose: () => void;
}

/** One setting: its value for everything or for one provider, what counts without it, and who changed it. */
export function SettingDialog({ owner, setting, mayWrite, onClose }: SettingDialogProps) {
  const { t } = useTranslation();
  return (
    <Dialog
      isOpen
      onClose={onClose}
      size="md"
      title={setting.name}
      description={setting.about}
      testId="setting-dialog"
    >
      <div className="flex flex-col gap-5 px-5 py-5">
        {mayWrite ? (
          <ValueForm owner={owner} setting={setting} />
        ) : (
          <p className="text-muted">
            {t(owner === 'installation' ? 'settings.platform_only' : 'org.read_only')}
          </p>
        )}
        <Overrides setting={setting} />
        <Changes owner={owner} setting={setting} />
      </div>
    </Dialog>
  );
}

function ValueForm({ owner, setting }: { owner: SettingsOwner; setting: AnySetting }) {
  const { t } = useTranslation();
  const formId = useId();
  const { data: kinds = [] } = useQuery(providerKindsQuery);
  const [provider, setProvider] = useState('');
  const own = ownValue(owner, setting, provider);
  const [text, setText] = useState(String(setting.value));
  const change = useChange(owner, setting.name);
  const value = readValue(setting, text);
  const choose = (id: string) => {
    setProvider(id);
    setText(String(setting.overrides.find((override) => override.provider === id)?.value ?? setting.value));
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (value !== null) change.mutate({ value, provider });
  };
  return (
    <form id={formId} onSubmit={submit} className="flex flex-col gap-4">
      <div className="grid gap-4 sm:grid-cols-2">
        <ValueField setting={setting} text={text} isWrong={value === null} onType={setText} />
        {setting.scope !== 'global' && (
          <SelectField
            label={t('settings.for')}
            value={provider}
            onChange={(event) => choose(event.target.value)}
          >
            <option value="">{t('settings.for_all')}</option>
            {kinds.map((kind) => (
              <option key={kind.provider} value={kind.provider}>
                {providerName(kind.provider)}
              </option>
            ))}
          </SelectField>
        )}
      </div>
      <InForce setting={setting} />
      {change.isError && <ErrorState error={change.error} />}
      <div className="flex flex-wrap gap-2">
        <Button
          type="submit"
          variant="primary"
          isBusy={change.isPending}
          disabled={value === null || value === own}
          data-testid="setting-save"
        >
          {t('common.save')}
        </Button>
        {own !== undefined && (
          <Button
            isBusy={change.isPending}
            onClick={() => change.mutate({ value: null, provider })}
            data-testid="setting-reset"
          >
            {t('settings.reset')}
          </Button>
        )}
      </div>
    </form>
  );
}

interface ValueFieldProps {
  setting: AnySetting;
  text: string;
  isWrong: boolean;
  onType: (text: string) => void;
}

function ValueField({ setting, text, isWrong, onType }: ValueFieldProps) {
  const { t } = useTranslation();
  const { min, max, unit, choices } = setting;
  const label = unit ? t(`settings.value_in_${unit}`) : t('settings.value');
  if (choices) {
    return (
      <SelectField label={label} value={text} onChange={(event) => onType(event.target.value)}>
        {choices.map((choice) => (
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
      hint={min !== null && max !== null ? t('settings.range', { min, max }) : undefined}
      error={isWrong ? t('settings.wrong') : undefined}
      inputMode={setting.kind === 'integer' ? 'numeric' : 'text'}
      autoComplete="off"
      spellCheck={false}
      maxLength={1_000}
      value={text}
      onChange={(event) => onType(event.target.value)}
      data-testid="setting-value"
    />
  );
}

/** What counts now, and what would without a value of one's own. */
function InForce({ setting }: { setting: AnySetting }) {
  const { t } = useTranslation();
  return (
    <p className="text-sm text-muted">
      {t('settings.in_force')} <ValueText setting={setting} value={setting.value} /> ·{' '}
      {t(`origin.${setting.origin}`)}
      {setting.inherited && (
        <>
          {' · '}
          {t('settings.without')} <ValueText setting={setting} value={setting.inherited.value} /> (
          {t(`origin.${setting.inherited.origin}`)})
        </>
      )}
    </p>
  );
}

/** The value that was given here, for everything or for this provider; undefined where none was. */
function ownValue(owner: SettingsOwner, setting: AnySetting, provider: string): number | string | undefined {
  if (provider !== '') return setting.overrides.find((override) => override.provider === provider)?.value;
  return setting.origin === (owner === 'installation' ? 'global' : 'organisation')
    ? setting.value
    : undefined;
}

function useChange(owner: SettingsOwner, name: string) {
  const { t } = useTranslation();
  const client = useQueryClient();
  return useMutation({
    mutationFn: async ({ value, provider }: { value: number | string | null; provider: string }) => {
      const path = { name };
      const at = given({ provider: provider === '' ? undefined : provider });
      if (value === null) {
        const params = { path, query: at };
        return owner === 'installation'
          ? answerOf(api.DELETE('/api/v1/settings/{name}', { params }))
          : answerOf(api.DELETE('/api/v1/organisation/settings/{name}', { params }));
      }
      const body = { value, ...at };
      return owner === 'installation'
        ? answerOf(api.PUT('/api/v1/settings/{name}', { params: { path }, body }))
        : answerOf(api.PUT('/api/v1/organisation/settings/{name}', { params: { path }, body }));
    },
    onSuccess: () => toast(t('settings.saved')),
    onSettled: () => client.invalidateQueries({ queryKey: ['settings'] }),
  });
}

function Overrides({ setting }: { setting: AnySetting }) {
  const { t } = useTranslation();
  if (setting.overrides.length === 0) return null;
  return (
    <section>
      <h3 className="mb-1.5 text-sm font-semibold">{t('settings.by_provider')}</h3>
      <ul className="flex flex-col gap-1 text-sm">
        {setting.overrides.map(({ provider, value, changed_by: by, changed_at: at }) => (
          <li key={provider}>
            {providerName(provider)}: <ValueText setting={setting} value={value} />{' '}
            <span className="text-muted">
              · <Actor actor={by} /> · <When iso={at} />
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Changes({ owner, setting }: { owner: SettingsOwner; setting: AnySetting }) {
  const { t } = useTranslation();
  const changes = useInfiniteQuery(settingChangesQuery(owner, setting.name));
  const told = (value: number | string | null) =>
    value === null ? t('settings.no_value') : <ValueText setting={setting} value={value} />;
  return (
    <section>
      <h3 className="mb-1.5 text-sm font-semibold">{t('settings.changes')}</h3>
      <Loaded query={changes} rows={1}>
        {(data) => {
          const rows = data.pages.flatMap((page) => page.data);
          if (rows.length === 0) return <p className="text-sm text-muted">{t('settings.never_changed')}</p>;
          return (
            <ul className="flex flex-col gap-1 text-sm">
              {rows.map(
                ({ id, provider, old_value: before, new_value: after, changed_by: by, changed_at: at }) => (
                  <li key={id}>
                    {told(before)} → {told(after)}
                    {provider !== null && ` (${providerName(provider)})`}{' '}
                    <span className="text-muted">
                      · <Actor actor={by} /> · <When iso={at} />
                    </span>
                  </li>
                ),
              )}
            </ul>
          );
        }}
      </Loaded>
      <LoadMore query={changes} />
    </section>
  );
}
