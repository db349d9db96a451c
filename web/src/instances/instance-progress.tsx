import type { InstanceView } from '#contracts/instances.ts';
import { Progress } from '../design/progress.tsx';
import { type Translation, useTranslation } from '../i18n/use-translation.ts';
import { currentStep, phaseOf, risingProgress } from './states.ts';

const TONES = {
  starting: 'accent',
  serving: 'ok',
  leaving: 'neutral',
  ended: 'neutral',
  broken: 'danger',
} as const;

/** How far a start is: the open step, the percentage and the bar. */
export function InstanceProgress({ instance, className }: { instance: InstanceView; className?: string }) {
  const { t, format } = useTranslation();
  return (
    <div className={className}>
      <div className="mb-1 flex items-baseline justify-between gap-3 text-xs">
        <span className="truncate text-muted">{describeStep(instance, { t, format })}</span>
        <span className="tabular font-medium">{format.percent(risingProgress(instance))}</span>
      </div>
      <InstanceBar instance={instance} />
    </div>
  );
}

/** The bar alone. It carries the percentage for whoever cannot see it. */
export function InstanceBar({ instance, className }: { instance: InstanceView; className?: string }) {
  const { t, format } = useTranslation();
  const value = risingProgress(instance);
  const phase = phaseOf(instance);
  const isStarting = phase === 'starting';
  const percent = format.percent(value);
  return (
    <Progress
      value={value}
      label={t('instance.progress_of', { name: instance.name })}
      valueText={isStarting ? `${percent}, ${describeStep(instance, { t, format })}` : percent}
      tone={TONES[phase]}
      isWorking={isStarting}
      testId={`instance-progress-${instance.id}`}
      className={className}
    />
  );
}

/** The open step in words; while weights are read, how much of them. */
export function describeStep(
  instance: InstanceView,
  { t, format }: Pick<Translation, 't' | 'format'>,
  step = currentStep(instance.progress),
): string {
  const { model_bytes_loaded: loaded, model_bytes_total: total } = instance;
  if (step !== 'model_loaded' || loaded === null || total === null || total === 0) return t(`step.${step}`);
  return t('step.model_bytes', { loaded: format.bytes(loaded), total: format.bytes(total) });
}
