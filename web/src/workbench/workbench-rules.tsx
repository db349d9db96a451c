import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import type { PromptView } from '#contracts/workbench.ts';
import { Button } from '../design/button.tsx';
import { Card } from '../design/card.tsx';
import { ErrorState } from '../design/error-state.tsx';
import { SelectField, TextField } from '../design/field.tsx';
import { useTranslation } from '../i18n/use-translation.ts';
import { useIsAllowed } from '../identity/session.ts';
import { toast } from '../shell/toaster.tsx';
import { Loaded } from '../widgets/loaded.tsx';
import { changeDefaults, defaultsQuery } from './prompts.ts';

const DAYS_MAX = 36_500;

/** What the organisation lays down: the prompt that new conversations begin with, and how long they are kept. */
export function WorkbenchRules({ prompts }: { prompts: readonly PromptView[] }) {
  const { t } = useTranslation();
  const defaults = useQuery(defaultsQuery);
  const mayManage = useIsAllowed('workbench.manage');
  return (
    <Card isFlush title={t('rules.title')} note={t('rules.note')}>
      <Loaded query={defaults} rows={2}>
        {(data: Defaults) =>
          mayManage ? (
            <RulesForm key={JSON.stringify(data)} defaults={data} prompts={prompts} />
          ) : (
            <ul className="flex flex-col gap-1 px-4 pb-4 text-sm text-muted">
              <li>
                {t('rules.begins_with', {
                  name: prompts.find(({ id }) => id === data.default_prompt_id)?.name ?? t('rules.no_prompt'),
                })}
              </li>
              <li>{t('rules.kept', { days: data.retention_days_in_force })}</li>
            </ul>
          )
        }
      </Loaded>
    </Card>
  );
}

type Defaults = Awaited<ReturnType<typeof changeDefaults>>;

function RulesForm({ defaults, prompts }: { defaults: Defaults; prompts: readonly PromptView[] }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [promptId, setPromptId] = useState(defaults.default_prompt_id ?? '');
  const [days, setDays] = useState(defaults.retention_days?.toString() ?? '');
  const wish = { default_prompt_id: promptId === '' ? null : promptId, retention_days: daysOf(days) };
  const save = useMutation({
    mutationFn: () =>
      changeDefaults({
        ...wish,
        retention_days: wish.retention_days === undefined ? null : wish.retention_days,
      }),
    onSuccess: async () => {
      toast(t('rules.saved'));
      await client.invalidateQueries({ queryKey: ['workbench'] });
    },
  });
  const isBad = wish.retention_days === undefined;
  const isChanged =
    wish.default_prompt_id !== defaults.default_prompt_id || wish.retention_days !== defaults.retention_days;
  const isShorter =
    wish.retention_days != null &&
    (defaults.retention_days_in_force === 0 || wish.retention_days < defaults.retention_days_in_force);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (isChanged && !isBad && !save.isPending) save.mutate();
  };
  return (
    <form className="flex flex-col gap-4 px-4 pb-4" onSubmit={submit}>
      <div className="grid gap-4 sm:grid-cols-2">
        <SelectField
          label={t('rules.prompt')}
          hint={t('rules.prompt_hint')}
          value={promptId}
          onChange={(event) => setPromptId(event.target.value)}
          data-testid="rules-prompt"
        >
          <option value="">{t('rules.no_prompt')}</option>
          {prompts
            .filter((prompt) => prompt.for === 'organisation')
            .map(({ id, name }) => (
              <option key={id} value={id}>
                {name}
              </option>
            ))}
        </SelectField>
        <TextField
          label={t('rules.days')}
          hint={t('rules.days_hint', { days: defaults.retention_days_in_force })}
          error={isBad ? t('rules.days_bad', { max: DAYS_MAX }) : undefined}
          inputMode="numeric"
          placeholder={t('rules.days_own')}
          value={days}
          onChange={(event) => setDays(event.target.value)}
          data-testid="rules-days"
        />
      </div>
      {isShorter && isChanged && <p className="text-sm text-warn">{t('rules.shorter')}</p>}
      {save.isError && <ErrorState error={save.error} />}
      <div className="flex justify-end">
        <Button type="submit" isBusy={save.isPending} disabled={!isChanged || isBad} data-testid="rules-save">
          {t('rules.save')}
        </Button>
      </div>
    </form>
  );
}

/** Null: as the installation says. Undefined: what was typed is no number of days. */
function daysOf(text: string): number | null | undefined {
  const typed = text.trim();
  if (typed === '') return null;
  const days = Number(typed);
  return /^\d+$/.test(typed) && days >= 1 && days <= DAYS_MAX ? days : undefined;
}
