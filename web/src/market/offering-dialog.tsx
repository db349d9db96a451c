import { useQuery } from '@tanstack/react-query';
import { useReducer, useState } from 'react';
import type { infer as Infer } from 'zod';
import { ACCESS_KINDS, createOfferingSchema, type OfferingView, VISIBILITIES } from '#contracts/offerings.ts';
import { answerOf, api, given } from '../api/client.ts';
import { modelsQuery } from '../catalog/queries.ts';
import { SelectField, TextField } from '../design/field.tsx';
import { useTranslation } from '../i18n/use-translation.ts';
import { useSession } from '../identity/session.ts';
import { checkFields } from '../widgets/check-fields.ts';
import { FormDialog } from '../widgets/form-dialog.tsx';
import { NoteField } from './note-field.tsx';
import { useMarketAction } from './use-market-action.ts';

const DESCRIPTION_MAX = 2_000;

interface Draft {
  code: string;
  modelId: string;
  name: string;
  description: string;
  visibility: OfferingView['visibility'];
  access: OfferingView['access'];
  trialTokens: string;
  trialDays: string;
}

interface NewOfferingDialogProps {
  onClose: () => void;
  onCreated: (offering: OfferingView) => void;
}

/** Makes a draft that nobody else sees; its own page then leads to the price and to its publication. */
export function NewOfferingDialog({ onClose, onCreated }: NewOfferingDialogProps) {
  const { t } = useTranslation();
  const { slug } = useSession().organisation;
  const [draft, change] = useReducer((old: Draft, part: Partial<Draft>) => ({ ...old, ...part }), EMPTY);
  const [isChecked, setChecked] = useState(false);
  const { data, wrong } = checkFields(createOfferingSchema, bodyOf(draft));
  const errorOf = (field: string, text: string) => (isChecked && wrong.has(field) ? text : undefined);
  const create = useMarketAction({
    act: (body: Infer<typeof createOfferingSchema>, header) =>
      answerOf(api.POST('/api/v1/offerings', { params: { header }, body: given(body) })),
    done: 'offering.created',
    onDone: onCreated,
  });
  return (
    <FormDialog
      isOpen
      size="md"
      onClose={onClose}
      title={t('offering.new')}
      description={t('offering.new_text')}
      submit={t('offering.create')}
      action={create}
      onSubmit={() => {
        setChecked(true);
        if (data && !isTrialWrong(draft)) create.mutate(data);
      }}
      testId="offering-dialog"
    >
      <ModelField
        value={draft.modelId}
        error={errorOf('model_id', t('offering.model_wrong'))}
        onChange={(modelId) => change({ modelId })}
      />
      <div className="grid gap-4 sm:grid-cols-2">
        <TextField
          label={t('offering.code')}
          hint={t('offering.code_hint', { name: `${slug}/${draft.code || '…'}` })}
          error={errorOf('code', t('offering.code_wrong'))}
          value={draft.code}
          maxLength={63}
          required
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          className="font-mono"
          onChange={(event) => change({ code: event.target.value })}
          data-testid="offering-code"
        />
        <TextField
          label={t('offering.name')}
          error={errorOf('name', t('org.name_rule'))}
          value={draft.name}
          maxLength={100}
          required
          autoComplete="off"
          onChange={(event) => change({ name: event.target.value })}
          data-testid="offering-name"
        />
      </div>
      <NoteField
        label={t('offering.description')}
        value={draft.description}
        maxLength={DESCRIPTION_MAX}
        onChange={(description) => change({ description })}
      />
      <AccessField draft={draft} isChecked={isChecked} onChange={change} />
      <VisibilityField value={draft.visibility} onChange={(visibility) => change({ visibility })} />
    </FormDialog>
  );
}

interface ModelFieldProps {
  value: string;
  error: string | undefined;
  onChange: (id: string) => void;
}

function ModelField({ value, error, onChange }: ModelFieldProps) {
  const { t } = useTranslation();
  const models = useQuery(modelsQuery);
  return (
    <SelectField
      label={t('offering.model')}
      error={error}
      value={value}
      required
      onChange={(event) => onChange(event.target.value)}
      data-testid="offering-model"
    >
      <option value="">{t('offering.choose_model')}</option>
      {(models.data ?? []).map(({ id, name }) => (
        <option key={id} value={id}>
          {name}
        </option>
      ))}
    </SelectField>
  );
}

interface AccessFieldProps {
  draft: Draft;
  isChecked: boolean;
  onChange: (part: Partial<Draft>) => void;
}

function AccessField({ draft, isChecked, onChange }: AccessFieldProps) {
  const { t } = useTranslation();
  return (
    <>
      <SelectField
        label={t('offering.access')}
        hint={t(`market_access_text.${draft.access}`)}
        value={draft.access}
        onChange={(event) => {
          const access = ACCESS_KINDS.find((kind) => kind === event.target.value);
          if (access) onChange({ access });
        }}
        data-testid="offering-access"
      >
        {ACCESS_KINDS.map((kind) => (
          <option key={kind} value={kind}>
            {t(`market_access.${kind}`)}
          </option>
        ))}
      </SelectField>
      {draft.access === 'trial' && (
        <div className="grid gap-4 sm:grid-cols-2">
          <TextField
            label={t('offering.trial_tokens')}
            hint={t('offering.trial_tokens_hint')}
            error={isChecked && !isWhole(draft.trialTokens) ? t('offering.whole_wrong') : undefined}
            value={draft.trialTokens}
            inputMode="numeric"
            maxLength={12}
            required
            onChange={(event) => onChange({ trialTokens: event.target.value })}
          />
          <TextField
            label={t('offering.trial_days')}
            hint={t('offering.trial_days_hint')}
            error={
              isChecked && draft.trialDays.trim() !== '' && !isDays(draft.trialDays)
                ? t('offering.days_wrong')
                : undefined
            }
            value={draft.trialDays}
            inputMode="numeric"
            maxLength={3}
            onChange={(event) => onChange({ trialDays: event.target.value })}
          />
        </div>
      )}
    </>
  );
}

interface VisibilityFieldProps {
  value: OfferingView['visibility'];
  onChange: (visibility: OfferingView['visibility']) => void;
}

function VisibilityField({ value, onChange }: VisibilityFieldProps) {
  const { t } = useTranslation();
  return (
    <SelectField
      label={t('offering.visibility')}
      hint={t(`visibility_text.${value}`)}
      value={value}
      onChange={(event) => {
        const visibility = VISIBILITIES.find((offered) => offered === event.target.value);
        if (visibility) onChange(visibility);
      }}
      data-testid="offering-visibility"
    >
      {VISIBILITIES.map((offered) => (
        <option key={offered} value={offered}>
          {t(`visibility.${offered}`)}
        </option>
      ))}
    </SelectField>
  );
}

/** What an offering says of itself and who finds it; its name, model and access are what others rely on and stay. */
export function EditOfferingDialog({ offering, onClose }: { offering: OfferingView; onClose: () => void }) {
  const { t } = useTranslation();
  const [name, setName] = useState(offering.name);
  const [description, setDescription] = useState(offering.description);
  const [visibility, setVisibility] = useState(offering.visibility);
  const save = useMarketAction({
    act: (body: { name: string; description: string; visibility: OfferingView['visibility'] }) =>
      answerOf(api.PATCH('/api/v1/offerings/{id}', { params: { path: { id: offering.id } }, body })),
    done: 'common.saved',
    onDone: onClose,
  });
  return (
    <FormDialog
      isOpen
      size="md"
      onClose={onClose}
      title={t('offering.edit_title', { name: offering.name })}
      description={t('offering.edit_text')}
      submit={t('common.save')}
      action={save}
      onSubmit={() => save.mutate({ name: name.trim(), description: description.trim(), visibility })}
      isBlocked={name.trim() === ''}
      testId="offering-edit"
    >
      <TextField
        label={t('offering.name')}
        value={name}
        maxLength={100}
        required
        autoComplete="off"
        onChange={(event) => setName(event.target.value)}
      />
      <NoteField
        label={t('offering.description')}
        value={description}
        maxLength={DESCRIPTION_MAX}
        onChange={setDescription}
      />
      <VisibilityField value={visibility} onChange={setVisibility} />
    </FormDialog>
  );
}

const EMPTY: Draft = {
  code: '',
  modelId: '',
  name: '',
  description: '',
  visibility: 'public',
  access: 'request',
  trialTokens: '',
  trialDays: '',
};

function bodyOf({ code, modelId, name, description, visibility, access, trialTokens, trialDays }: Draft) {
  const shared = { code: code.trim(), model_id: modelId, name: name.trim(), description, visibility, access };
  if (access !== 'trial') return shared;
  return {
    ...shared,
    trial_tokens: isWhole(trialTokens) ? Number(trialTokens) : undefined,
    trial_days: isDays(trialDays) ? Number(trialDays) : null,
  };
}

function isTrialWrong({ access, trialTokens, trialDays }: Draft): boolean {
  return access === 'trial' && (!isWhole(trialTokens) || (trialDays.trim() !== '' && !isDays(trialDays)));
}

function isWhole(text: string): boolean {
  return /^[1-9]\d{0,11}$/.test(text.trim());
}

function isDays(text: string): boolean {
  return isWhole(text) && Number(text) <= 365;
}
