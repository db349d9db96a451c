import { Check, CircleAlert, LoaderCircle } from 'lucide-react';
import type { InstanceDetail } from '#contracts/instances.ts';
import type { InstanceStep } from '../api/types.ts';
import { Card } from '../design/card.tsx';
import { classNames } from '../design/class-names.ts';
import { useTranslation } from '../i18n/use-translation.ts';
import { useNow } from '../shell/use-now.ts';
import { describeStep } from './instance-progress.tsx';
import { phaseOf, risingProgress } from './states.ts';

type StepStatus = 'done' | 'open' | 'stalled' | 'failed' | 'waiting';

/** The way from order to readiness: a bar of its stages, and what each took beside what it usually takes. */
export function StageTimeline({ instance }: { instance: InstanceDetail }) {
  const { t, format } = useTranslation();
  const isStarting = phaseOf(instance) === 'starting';
  const nowMs = useNow(isStarting ? 500 : 60_000);
  const createdMs = new Date(instance.created_at).getTime();
  const endMs = instance.ready_at === null ? nowMs : new Date(instance.ready_at).getTime();
  const usualMs = sumKnown(instance.steps);
  const openIndex = instance.steps.findIndex((step) => step.completed_at === null);
  return (
    <Card
      title={t('timeline.title')}
      note={
        (isStarting || instance.ready_at !== null) && (
          <span className="tabular">
            {t(isStarting ? 'timeline.elapsed' : 'timeline.took', { time: format.age(endMs - createdMs) })}
            {usualMs !== null && ` · ${t('timeline.usual', { time: format.duration(usualMs) })}`}
          </span>
        )
      }
    >
      <SegmentBar instance={instance} openIndex={openIndex} />
      <ol className="mt-5 gap-x-10 md:columns-2">
        {instance.steps.map((step, index) => (
          <StepLine
            key={step.step}
            step={step}
            status={statusOf(instance, index, openIndex)}
            text={
              index === openIndex && isStarting
                ? describeStep(instance, { t, format }, step.step)
                : t(`step_done.${step.step}`)
            }
          />
        ))}
      </ol>
    </Card>
  );
}

function SegmentBar({ instance, openIndex }: { instance: InstanceDetail; openIndex: number }) {
  const { t, format } = useTranslation();
  const value = risingProgress(instance);
  const step = describeStep(instance, { t, format }, instance.steps[openIndex]?.step);
  const isStarting = phaseOf(instance) === 'starting';
  const widths = instance.steps.map(
    (entry, index) => entry.percent - (instance.steps[index - 1]?.percent ?? 0),
  );
  return (
    <>
      {isStarting && (
        <div className="mb-2 flex items-baseline justify-between gap-4">
          <span className="truncate text-muted">{step}</span>
          <span className="tabular text-xl font-semibold">{format.percent(value)}</span>
        </div>
      )}
      <div
        role="progressbar"
        aria-label={t('instance.progress_of', { name: instance.name })}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={value}
        aria-valuetext={isStarting ? `${format.percent(value)}, ${step}` : format.percent(value)}
        data-testid={`instance-progress-${instance.id}`}
        className="flex h-2.5 gap-[3px]"
      >
        {instance.steps.map((entry, index) => (
          <div
            key={entry.step}
            className={classNames(
              'h-full rounded-[3px] transition-colors duration-150 first:rounded-l-full last:rounded-r-full',
              SEGMENT_LOOKS[statusOf(instance, index, openIndex)],
            )}
            style={{ flexGrow: widths[index] ?? 1, flexBasis: 0 }}
          />
        ))}
      </div>
    </>
  );
}

const SEGMENT_LOOKS: Record<StepStatus, string> = {
  done: 'bg-ok',
  open: 'bg-accent working',
  stalled: 'bg-warn working',
  failed: 'bg-danger',
  waiting: 'bg-text/10',
};

function StepLine({ step, status, text }: { step: InstanceStep; status: StepStatus; text: string }) {
  const { t, format } = useTranslation();
  return (
    <li className="flex h-8 break-inside-avoid items-center gap-2.5 text-sm">
      <StepMark status={status} />
      <span
        className={classNames(
          'truncate',
          status === 'waiting' && 'text-muted',
          status === 'open' && 'font-medium',
        )}
      >
        {text}
        {status === 'stalled' && <span className="ml-2 text-warn">{t('timeline.stalled')}</span>}
        {status === 'failed' && <span className="ml-2 text-danger">{t('timeline.failed')}</span>}
      </span>
      <span className="tabular ml-auto shrink-0 pl-3 text-right">
        {step.duration_ms !== null && format.duration(step.duration_ms)}
        {step.expected_ms !== null && (
          <span className="ml-2 text-xs text-muted">
            {t('timeline.expected', { time: format.duration(step.expected_ms) })}
          </span>
        )}
      </span>
    </li>
  );
}

function StepMark({ status }: { status: StepStatus }) {
  const box = 'flex size-[18px] shrink-0 items-center justify-center rounded-full';
  switch (status) {
    case 'done':
      return (
        <span className={classNames(box, 'bg-ok/15')}>
          <Check aria-hidden className="size-3 text-ok" strokeWidth={3} />
        </span>
      );
    case 'open':
    case 'stalled':
      return (
        <span className={box}>
          <LoaderCircle
            aria-hidden
            className={classNames(
              'size-[18px] motion-safe:animate-spin',
              status === 'open' ? 'text-accent' : 'text-warn',
            )}
          />
        </span>
      );
    case 'failed':
      return (
        <span className={box}>
          <CircleAlert aria-hidden className="size-[18px] text-danger" />
        </span>
      );
    case 'waiting':
      return (
        <span className={box}>
          <span className="size-2 rounded-full border-2 border-control" />
        </span>
      );
  }
}

function statusOf(instance: InstanceDetail, index: number, openIndex: number): StepStatus {
  const step = instance.steps[index];
  if (!step || step.completed_at !== null) return 'done';
  if (index !== openIndex) return 'waiting';
  const phase = phaseOf(instance);
  if (phase === 'broken') return 'failed';
  if (phase !== 'starting') return 'waiting';
  return step.stalled ? 'stalled' : 'open';
}

/** The usual length of a whole start; unknown as long as one step is. */
function sumKnown(steps: readonly InstanceStep[]): number | null {
  let sum = 0;
  for (const { expected_ms: ms } of steps) {
    if (ms === null) return null;
    sum += ms;
  }
  return sum;
}
