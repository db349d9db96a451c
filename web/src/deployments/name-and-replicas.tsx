import { Minus, Plus } from 'lucide-react';
import { ProblemError } from '../api/problem-error.ts';
import { Field, TextField } from '../design/field.tsx';
import { useTranslation } from '../i18n/use-translation.ts';
import type { DeployDraft } from './draft.ts';

const REPLICAS_MAX = 50;
const NAME_PATTERN = /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/;

interface NameAndReplicasProps {
  name: string;
  replicas: number;
  onChange: (part: Partial<DeployDraft>) => void;
  error: unknown;
}

export function NameAndReplicas({ name, replicas, onChange, error }: NameAndReplicasProps) {
  const { t } = useTranslation();
  const isNameBad = name !== '' && !NAME_PATTERN.test(name);
  const isNameTaken = error instanceof ProblemError && error.code === 'deployment.name_taken';
  const nameError = isNameBad ? t('deploy.name_bad') : isNameTaken ? t('error.name_taken') : undefined;
  const setReplicas = (value: number) =>
    onChange({ replicas: Math.min(REPLICAS_MAX, Math.max(1, Math.round(value) || 1)) });
  const stepper =
    'flex size-9 shrink-0 items-center justify-center border-control hover:bg-text/6 disabled:opacity-40';
  return (
    <div className="grid gap-4 sm:grid-cols-[minmax(0,1fr)_auto]">
      <TextField
        label={t('deploy.name')}
        hint={t('deploy.name_hint')}
        error={nameError}
        value={name}
        maxLength={60}
        onChange={(event) => onChange({ name: event.target.value })}
        autoComplete="off"
        spellCheck={false}
        data-testid="deploy-name"
      />
      <Field label={t('deploy.replicas')} hint={t('deploy.replicas_hint')}>
        {(control) => (
          <div className="flex h-9 w-fit items-stretch overflow-hidden rounded-md border border-control">
            <button
              type="button"
              className={`${stepper} border-r`}
              aria-label={t('deploy.fewer')}
              disabled={replicas <= 1}
              onClick={() => setReplicas(replicas - 1)}
            >
              <Minus aria-hidden className="size-4" />
            </button>
            <input
              {...control}
              type="number"
              min={1}
              max={REPLICAS_MAX}
              value={replicas}
              onChange={(event) => setReplicas(event.target.valueAsNumber)}
              data-testid="deploy-replicas"
              className="tabular w-14 [appearance:textfield] bg-bg text-center -outline-offset-2 [&::-webkit-inner-spin-button]:appearance-none"
            />
            <button
              type="button"
              className={`${stepper} border-l`}
              aria-label={t('deploy.more')}
              disabled={replicas >= REPLICAS_MAX}
              onClick={() => setReplicas(replicas + 1)}
            >
              <Plus aria-hidden className="size-4" />
            </button>
          </div>
        )}
      </Field>
    </div>
  );
}
