import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type ChangeEvent, type FormEvent, useId, useRef, useState } from 'react';
import type { ModelView } from '#contracts/management.ts';
import { answerOf, api, given, newIdempotencyKey } from '../api/client.ts';
import { Button } from '../design/button.tsx';
import { Dialog } from '../design/dialog.tsx';
import { ErrorState } from '../design/error-state.tsx';
import { Field, TextField } from '../design/field.tsx';
import { useTranslation } from '../i18n/use-translation.ts';
import { useIsAllowed, useSession } from '../identity/session.ts';
import { toast } from '../shell/toaster.tsx';
import { useSettled } from '../widgets/use-settled.ts';
import { factsOf, type ModelDraft, readConfig } from './model-draft.ts';

interface ModelFormProps {
  /** Null: a new one. */
  model: ModelView | null;
  onClose: () => void;
}

/** A model from its config.json, or from figures; what the file says is shown before anything is saved. */
export function ModelForm({ model, onClose }: ModelFormProps) {
  const { t } = useTranslation();
  const formId = useId();
  const isPlatformAdmin = useSession().user.is_platform_admin;
  const isWriter = useIsAllowed('models.write');
  const [draft, setDraft] = useState(() => draftOf(model));
  const [isForAll, setForAll] = useState(!isWriter);
  const save = useSave(model, model === null ? isForAll : !model.is_own, onClose);
  const isConfigBad = readConfig(draft.configText) === undefined;
  const change = (part: Partial<ModelDraft>) => {
    save.beginAnew();
    setDraft((old) => ({ ...old, ...part }));
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!isConfigBad) save.mutate(draft);
  };
  return (
    <Dialog
      isOpen
      size="md"
      onClose={onClose}
      title={model ? t('model_form.title_edit', { name: model.name }) : t('model_form.title_add')}
      description={t('model_form.text')}
      testId="model-form"
      footer={
        <>
          <Button onClick={onClose}>{t('common.cancel')}</Button>
          <Button
            type="submit"
            form={formId}
            variant="primary"
            isBusy={save.isPending}
            disabled={isConfigBad || draft.hfId.trim() === ''}
            data-testid="model-save"
          >
            {t('model_form.save')}
          </Button>
        </>
      }
    >
      <form id={formId} onSubmit={submit} className="flex flex-col gap-4 p-5">
        <TextField
          label={t('model_form.hf_id')}
          hint={t('model_form.hf_id_hint')}
          value={draft.hfId}
          disabled={model !== null}
          required
          maxLength={200}
          spellCheck={false}
          autoComplete="off"
          data-testid="model-hf-id"
          onChange={(event) => change({ hfId: event.target.value })}
        />
        <ConfigField
          text={draft.configText}
          isBad={isConfigBad}
          onChange={(text) => change({ configText: text })}
        />
        <ReadFacts draft={draft} />
        <Figures draft={draft} onChange={change} />
        {model === null && isPlatformAdmin && isWriter && <ForAll isForAll={isForAll} onChange={setForAll} />}
        {save.isError && <ErrorState error={save.error} />}
      </form>
    </Dialog>
  );
}

function ConfigField({
  text,
  isBad,
  onChange,
}: {
  text: string;
  isBad: boolean;
  onChange: (text: string) => void;
}) {
  const { t } = useTranslation();
  const fileRef = useRef<HTMLInputElement>(null);
  const read = (event: ChangeEvent<HTMLInputElement>) => {
    const [file] = event.target.files ?? [];
    if (file) void file.text().then(onChange);
    event.target.value = '';
  };
  return (
    <div className="flex flex-col gap-2">
      <Field
        label={t('model_form.config')}
        hint={t('model_form.config_hint')}
        error={isBad ? t('model_form.config_bad') : undefined}
      >
        {(control) => (
          <textarea
            {...control}
            className="control min-h-28 resize-y font-mono text-xs"
            rows={6}
            spellCheck={false}
            value={text}
            data-testid="model-config"
            onChange={(event) => onChange(event.target.value)}
          />
        )}
      </Field>
      <input
        ref={fileRef}
        type="file"
        accept="application/json,.json"
        className="hidden"
        aria-label={t('model_form.config_file')}
        onChange={read}
      />
      <Button size="sm" className="w-fit" onClick={() => fileRef.current?.click()}>
        {t('model_form.config_file')}
      </Button>
    </div>
  );
}

function ForAll({ isForAll, onChange }: { isForAll: boolean; onChange: (isForAll: boolean) => void }) {
  const { t } = useTranslation();
  return (
    <label className="flex items-center gap-2 text-sm">
      <input
        type="checkbox"
        className="size-4 accent-accent"
        checked={isForAll}
        onChange={(event) => onChange(event.target.checked)}
      />
      {t('model_form.for_all')}
    </label>
  );
}

/** What the server reads in the file; nothing is kept by asking. */
function ReadFacts({ draft }: { draft: ModelDraft }) {
  const { t, format } = useTranslation();
  const text = useSettled(draft.configText, 400);
  const config = readConfig(text) ?? null;
  const found = useQuery({
    queryKey: ['models', 'inspection', text],
    queryFn: ({ signal }) =>
      answerOf(api.POST('/api/v1/model-inspections', { body: { config: config ?? {} }, signal })),
    enabled: config !== null,
    retry: false,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
  });
  if (config === null) return null;
  if (found.isError) return <ErrorState error={found.error} />;
  if (!found.data) return null;
  const { parameters, weights_bytes, vram_bytes_needed, context_length, warnings } = found.data;
  const facts = [
    [t('models.parameters'), format.compact(parameters)],
    [t('models.size'), format.bytes(weights_bytes)],
    [t('models.vram'), format.bytes(vram_bytes_needed)],
    [t('models.context'), format.compact(context_length, 0)],
  ];
  return (
    <section
      aria-label={t('model_form.read')}
      className="rounded-lg border border-border bg-surface p-3"
      data-testid="model-read"
    >
      <dl className="grid grid-cols-2 gap-3 sm:grid-cols-4">
        {facts.map(([label, value]) => (
          <div key={label}>
            <dt className="text-xs text-muted">{label}</dt>
            <dd className="tabular font-semibold">{value}</dd>
          </div>
        ))}
      </dl>
      {warnings.length > 0 && (
        <ul className="mt-2 list-disc pl-4 text-xs text-muted">
          {warnings.map((warning) => (
            <li key={warning}>{warning}</li>
          ))}
        </ul>
      )}
    </section>
  );
}

function Figures({ draft, onChange }: { draft: ModelDraft; onChange: (part: Partial<ModelDraft>) => void }) {
  const { t } = useTranslation();
  return (
    <>
      <div className="grid gap-4 sm:grid-cols-2">
        <TextField
          label={t('model_form.name')}
          hint={t('model_form.name_hint')}
          value={draft.name}
          maxLength={200}
          onChange={(event) => onChange({ name: event.target.value })}
        />
        <TextField
          label={t('model_form.licence')}
          value={draft.licence}
          maxLength={100}
          onChange={(event) => onChange({ licence: event.target.value })}
        />
        <TextField
          label={t('model_form.weights')}
          hint={t('model_form.weights_hint')}
          inputMode="decimal"
          value={draft.weightsText}
          data-testid="model-weights"
          onChange={(event) => onChange({ weightsText: event.target.value })}
        />
        <TextField
          label={t('model_form.context')}
          hint={t('model_form.context_hint')}
          inputMode="numeric"
          value={draft.contextText}
          data-testid="model-context"
          onChange={(event) => onChange({ contextText: event.target.value })}
        />
      </div>
      <Field label={t('model_form.args')} hint={t('model_form.args_hint')}>
        {(control) => (
          <textarea
            {...control}
            className="control resize-y font-mono text-xs"
            rows={3}
            spellCheck={false}
            value={draft.argsText}
            onChange={(event) => onChange({ argsText: event.target.value })}
          />
        )}
      </Field>
    </>
  );
}

/** Makes one model per intent: the same wish sent again after a lost answer makes no second one. */
function useSave(model: ModelView | null, isForAll: boolean, onDone: () => void) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const intent = useRef(newIdempotencyKey());
  const mutation = useMutation({
    mutationFn: (draft: ModelDraft) => {
      const facts = given(factsOf(draft));
      if (model) {
        const request = { params: { path: { id: model.id } }, body: facts };
        return answerOf(
          isForAll
            ? api.PATCH('/api/v1/catalogue/models/{id}', request)
            : api.PATCH('/api/v1/models/{id}', request),
        );
      }
      const request = {
        params: { header: { 'Idempotency-Key': intent.current } },
        body: { hf_id: draft.hfId.trim(), ...facts },
      };
      return answerOf(
        isForAll ? api.POST('/api/v1/catalogue/models', request) : api.POST('/api/v1/models', request),
      );
    },
    onSuccess: async ({ name }) => {
      toast(t(model ? 'model_form.saved' : 'model_form.added', { name }));
      onDone();
      await client.invalidateQueries({ queryKey: ['models'] });
    },
  });
  const beginAnew = () => {
    if (mutation.isIdle) return;
    intent.current = newIdempotencyKey();
    mutation.reset();
  };
  return { ...mutation, beginAnew };
}

function draftOf(model: ModelView | null): ModelDraft {
  return {
    hfId: model?.hf_id ?? '',
    name: model?.name ?? '',
    licence: model?.licence ?? '',
    configText: '',
    contextText: '',
    weightsText: '',
    argsText: model?.engine_args.join('\n') ?? '',
  };
}
