import { useMutation, useQueryClient } from '@tanstack/react-query';
import { RotateCw } from 'lucide-react';
import { useRef, useState } from 'react';
import { answerOf, api, newIdempotencyKey } from '../api/client.ts';
import type { ApiKey, CreatedApiKey } from '../api/types.ts';
import { Button } from '../design/button.tsx';
import { Dialog } from '../design/dialog.tsx';
import { ErrorState } from '../design/error-state.tsx';
import { SelectField, TextField } from '../design/field.tsx';
import { useNames } from '../finops/names.ts';
import { useTranslation } from '../i18n/use-translation.ts';
import { toast } from '../shell/toaster.tsx';
import { isEuros } from '../widgets/euros.ts';
import { BudgetFields } from './budget-fields.tsx';
import { BUDGET_SPANS, budgetBodyOf, budgetTextsOf } from './key-budget.ts';
import { KeyRestrictionFields } from './key-restriction-fields.tsx';
import { bodyOf, isSendable, restrictionsOf } from './key-restrictions.ts';
import type { KeyRights } from './key-rights.ts';

interface EditKeyDialogProps {
  apiKey: ApiKey;
  rights: KeyRights;
  onClose: () => void;
  /** The new secret is shown once, as that of a new key. */
  onRotated: (created: CreatedApiKey) => void;
}

/** What a key may do and how much of it. Gateways follow within a second. */
export function EditKeyDialog({ apiKey, rights, onClose, onRotated }: EditKeyDialogProps) {
  const { t } = useTranslation();
  const [name, setName] = useState(apiKey.name);
  const [isEnabled, setEnabled] = useState(apiKey.enabled);
  const [projectId, setProjectId] = useState(apiKey.project_id ?? '');
  const [restrictions, setRestrictions] = useState(() => restrictionsOf(apiKey));
  const [budget, setBudget] = useState(() => budgetTextsOf(apiKey));
  const save = useSave(apiKey, rights, onClose);
  const isRight =
    name.trim() !== '' && isSendable(restrictions) && BUDGET_SPANS.every((span) => isEuros(budget[span]));
  const submit = () =>
    save.mutate({
      name: name.trim(),
      enabled: isEnabled,
      project_id: projectId === '' ? null : projectId,
      ...bodyOf(restrictions),
      budget: budgetBodyOf(budget),
    });
  return (
    <Dialog
      isOpen
      size="md"
      onClose={onClose}
      title={t('keys.edit_title', { name: apiKey.name })}
      description={<code className="font-mono text-xs">{apiKey.hint}</code>}
      testId="key-dialog"
      footer={
        <>
          <Button onClick={onClose}>{t('common.cancel')}</Button>
          <Button
            variant="primary"
            isBusy={save.isPending}
            disabled={!isRight}
            onClick={submit}
            data-testid="key-save"
          >
            {t('keys.save')}
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-5 p-5">
        {rights.change && (
          <>
            <NameAndProject {...{ name, setName, projectId, setProjectId }} />
            <label className="flex w-fit items-center gap-2 text-sm">
              <input
                type="checkbox"
                className="size-4 accent-accent"
                checked={isEnabled}
                onChange={(event) => setEnabled(event.target.checked)}
                data-testid="key-enabled"
              />
              {t('keys.enabled')}
            </label>
            <KeyRestrictionFields isOpen wish={restrictions} onChange={setRestrictions} />
          </>
        )}
        <BudgetFields texts={budget} onChange={setBudget} />
        {rights.change && <Rotate apiKey={apiKey} onRotated={onRotated} />}
        {save.isError && <ErrorState error={save.error} />}
      </div>
    </Dialog>
  );
}

interface NameAndProjectProps {
  name: string;
  setName: (name: string) => void;
  projectId: string;
  setProjectId: (id: string) => void;
}

function NameAndProject({ name, setName, projectId, setProjectId }: NameAndProjectProps) {
  const { t } = useTranslation();
  const { projects } = useNames();
  return (
    <div className="grid gap-3 sm:grid-cols-2">
      <TextField
        label={t('keys.name')}
        value={name}
        onChange={(event) => setName(event.target.value)}
        maxLength={100}
        autoComplete="off"
      />
      <SelectField
        label={t('keys.project')}
        hint={t('keys.project_hint')}
        value={projectId}
        onChange={(event) => setProjectId(event.target.value)}
      >
        <option value="">{t('usage.no_project')}</option>
        {projects.map((project) => (
          <option key={project.id} value={project.id}>
            {project.name}
          </option>
        ))}
      </SelectField>
    </div>
  );
}

type Wish = Pick<
  ApiKey,
  'name' | 'enabled' | 'project_id' | 'models' | 'limits' | 'priority_max' | 'waits_for_start' | 'budget'
>;

/** Who answers for what is spent, but not for the key, changes its budget alone. */
function useSave(apiKey: ApiKey, rights: KeyRights, onSaved: () => void) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const params = { path: { id: apiKey.id } };
  return useMutation({
    mutationFn: async (wish: Wish) => {
      await (rights.change
        ? answerOf(api.PATCH('/api/v1/api-keys/{id}', { params, body: wish }))
        : answerOf(api.PATCH('/api/v1/api-keys/{id}/budget', { params, body: wish.budget })));
    },
    onSuccess: async () => {
      toast(t('keys.saved'));
      onSaved();
      await client.invalidateQueries({ queryKey: ['api-keys'] });
    },
  });
}

/** Asked again after a lost answer, it is the same order: the server makes no second secret. */
function Rotate({ apiKey, onRotated }: Pick<EditKeyDialogProps, 'apiKey' | 'onRotated'>) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const order = useRef(newIdempotencyKey());
  const rotate = useMutation({
    mutationFn: () => {
      const params = { path: { id: apiKey.id }, header: { 'Idempotency-Key': order.current } };
      return answerOf(api.POST('/api/v1/api-keys/{id}/rotate', { params, body: {} }));
    },
    onSuccess: async (created) => {
      onRotated(created);
      await client.invalidateQueries({ queryKey: ['api-keys'] });
    },
  });
  return (
    <section className="rounded-md border border-border bg-surface p-4">
      <h3 className="text-sm font-semibold">{t('keys.rotate_title')}</h3>
      <p className="mt-1 mb-3 text-sm text-muted">{t('keys.rotate_text')}</p>
      <Button
        size="sm"
        icon={<RotateCw aria-hidden className="size-3.5" />}
        isBusy={rotate.isPending}
        onClick={() => rotate.mutate()}
        data-testid="key-rotate"
      >
        {t('keys.rotate')}
      </Button>
      {rotate.isError && <ErrorState error={rotate.error} className="mt-3" />}
    </section>
  );
}
