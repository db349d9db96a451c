import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Plus, X } from 'lucide-react';
import { type FormEvent, useId, useState } from 'react';
import type { MachineTerms, MachineTermsView, OpenWindow } from '#contracts/machine-terms.ts';
import { answerOf, api } from '../api/client.ts';
import { Button, IconButton } from '../design/button.tsx';
import { classNames } from '../design/class-names.ts';
import { Dialog } from '../design/dialog.tsx';
import { ErrorState } from '../design/error-state.tsx';
import { TextField } from '../design/field.tsx';
import { useTranslation } from '../i18n/use-translation.ts';
import { toast } from '../shell/toaster.tsx';
import { dayNames } from './day-names.ts';

interface TermsDialogProps {
  instanceId: string;
  name: string;
  terms: MachineTermsView;
  onClose: () => void;
}

const WEEK = [1, 2, 3, 4, 5, 6, 7] as const;
const WORKING_DAYS = [1, 2, 3, 4, 5];

/** Hours and daily quotas of one machine. */
export function TermsDialog({ instanceId, name, terms, onClose }: TermsDialogProps) {
  const { t } = useTranslation();
  const formId = useId();
  const [timeZone, setTimeZone] = useState(terms.updated_at === null ? ownTimeZone() : terms.time_zone);
  const [windows, setWindows] = useState<readonly Numbered[]>(() => terms.windows.map(numbered));
  const [requests, setRequests] = useState(textOf(terms.requests_per_day));
  const [tokens, setTokens] = useState(textOf(terms.tokens_per_day));
  const save = useSaveTerms(instanceId, onClose);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save.mutate({
      time_zone: timeZone.trim(),
      windows: windows.map(({ key: _key, ...window }) => window),
      requests_per_day: numberOf(requests),
      tokens_per_day: numberOf(tokens),
    });
  };
  return (
    <Dialog
      isOpen
      size="md"
      onClose={onClose}
      title={`${t('terms.title')} · ${name}`}
      description={`${t('terms.text')} ${t('terms.money')}`}
      testId="terms-dialog"
      footer={
        <>
          <Button onClick={onClose}>{t('common.cancel')}</Button>
          <Button
            type="submit"
            form={formId}
            variant="primary"
            isBusy={save.isPending}
            data-testid="terms-save"
          >
            {t('terms.save')}
          </Button>
        </>
      }
    >
      <form id={formId} onSubmit={submit} className="flex flex-col gap-5 p-5">
        <Hours windows={windows} onChange={setWindows} />
        <TextField
          label={t('terms.time_zone')}
          value={timeZone}
          required
          maxLength={64}
          spellCheck={false}
          onChange={(event) => setTimeZone(event.target.value)}
        />
        <Limits
          terms={terms}
          requests={requests}
          tokens={tokens}
          onRequests={setRequests}
          onTokens={setTokens}
        />
        {save.isError && <ErrorState error={save.error} />}
      </form>
    </Dialog>
  );
}

interface HoursProps {
  windows: readonly Numbered[];
  onChange: (windows: readonly Numbered[]) => void;
}

function Hours({ windows, onChange }: HoursProps) {
  const { t } = useTranslation();
  const change = (key: number, part: Partial<OpenWindow>) =>
    onChange(windows.map((window) => (window.key === key ? { ...window, ...part } : window)));
  return (
    <fieldset className="flex flex-col gap-3">
      <legend className="mb-2 text-sm font-medium">{t('terms.hours')}</legend>
      {windows.length === 0 && <p className="text-sm text-muted">{t('terms.always')}</p>}
      {windows.map((window) => (
        <WindowRow
          key={window.key}
          window={window}
          onChange={(part) => change(window.key, part)}
          onRemove={() => onChange(windows.filter(({ key }) => key !== window.key))}
        />
      ))}
      <Button
        size="sm"
        className="w-fit"
        icon={<Plus aria-hidden className="size-3.5" />}
        data-testid="terms-add-window"
        onClick={() => onChange([...windows, numbered({ days: WORKING_DAYS, from: '08:00', to: '18:00' })])}
      >
        {t('terms.add_window')}
      </Button>
      <p className="text-xs text-muted">{t('terms.to_hint')}</p>
    </fieldset>
  );
}

interface LimitsProps {
  terms: MachineTermsView;
  requests: string;
  tokens: string;
  onRequests: (text: string) => void;
  onTokens: (text: string) => void;
}

function Limits({ terms, requests, tokens, onRequests, onTokens }: LimitsProps) {
  const { t, format } = useTranslation();
  return (
    <div className="grid gap-4 sm:grid-cols-2">
      <TextField
        label={t('terms.requests_per_day')}
        hint={`${t('terms.used_today', { used: format.number(terms.requests_today) })} · ${t('terms.limit_hint')}`}
        type="number"
        min={0}
        step={1}
        value={requests}
        data-testid="terms-requests"
        onChange={(event) => onRequests(event.target.value)}
      />
      <TextField
        label={t('terms.tokens_per_day')}
        hint={`${t('terms.used_today', { used: format.number(terms.tokens_today) })} · ${t('terms.limit_hint')}`}
        type="number"
        min={0}
        step={1}
        value={tokens}
        onChange={(event) => onTokens(event.target.value)}
      />
    </div>
  );
}

interface WindowRowProps {
  window: OpenWindow;
  onChange: (part: Partial<OpenWindow>) => void;
  onRemove: () => void;
}

function WindowRow({ window, onChange, onRemove }: WindowRowProps) {
  const { t, language } = useTranslation();
  const names = dayNames(language);
  const toggle = (day: number) => {
    const has = window.days.includes(day);
    const days = has ? window.days.filter((one) => one !== day) : [...window.days, day].sort();
    // The last day stays: hours on no day are no hours.
    if (days.length > 0) onChange({ days });
  };
  return (
    <div className="flex flex-wrap items-center gap-2 rounded-lg border border-border p-2.5">
      <span className="flex gap-1">
        {WEEK.map((day) => (
          <button
            key={day}
            type="button"
            aria-pressed={window.days.includes(day)}
            onClick={() => toggle(day)}
            className={classNames(
              'h-8 min-w-9 rounded-md border px-1 text-xs font-medium',
              window.days.includes(day)
                ? 'border-accent bg-accent/12'
                : 'border-border text-muted hover:bg-text/5',
            )}
          >
            {names[day - 1]}
          </button>
        ))}
      </span>
      <span className="flex items-center gap-2">
        <input
          className="control tabular w-20!"
          aria-label={t('terms.from')}
          pattern="([01]\d|2[0-3]):[0-5]\d"
          placeholder="08:00"
          required
          value={window.from}
          onChange={(event) => onChange({ from: event.target.value })}
        />
        –
        <input
          className="control tabular w-20!"
          aria-label={t('terms.to')}
          pattern="([01]\d|2[0-3]):[0-5]\d|24:00"
          placeholder="18:00"
          required
          value={window.to}
          onChange={(event) => onChange({ to: event.target.value })}
        />
      </span>
      <IconButton
        isCompact
        className="ml-auto"
        label={t('terms.remove_window')}
        icon={<X className="size-4" />}
        onClick={onRemove}
      />
    </div>
  );
}

function useSaveTerms(id: string, onDone: () => void) {
  const { t } = useTranslation();
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: MachineTerms) =>
      answerOf(api.PUT('/api/v1/instances/{id}/terms', { params: { path: { id } }, body })),
    onSuccess: async () => {
      toast(t('terms.saved'));
      onDone();
      await client.invalidateQueries({ queryKey: ['instances', 'terms', id] });
    },
  });
}

type Numbered = OpenWindow & { key: number };
let lastKey = 0;
/** Rows of a form need a name that lasts while they are edited. */
function numbered(window: OpenWindow): Numbered {
  lastKey += 1;
  return { ...window, key: lastKey };
}

function ownTimeZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC';
}

const textOf = (limit: number | null) => (limit === null ? '' : String(limit));
const numberOf = (text: string) => (text.trim() === '' ? null : Number(text));
