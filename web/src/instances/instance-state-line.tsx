import type { InstanceView } from '#contracts/instances.ts';
import { useTranslation } from '../i18n/use-translation.ts';
import { describeStep, InstanceBar } from './instance-progress.tsx';
import { StateChip } from './state-chip.tsx';
import { isEnded, phaseOf, risingProgress } from './states.ts';

/** State and percentage, the bar as long as it tells something, and the open step of a start. */
export function InstanceStateLine({ instance }: { instance: InstanceView }) {
  const { t, format } = useTranslation();
  const phase = phaseOf(instance);
  const isBarShown = phase === 'starting' || phase === 'broken';
  return (
    <>
      <div className="flex items-center gap-2">
        <StateChip instance={instance} />
        {phase === 'starting' && (
          <span className="tabular ml-auto text-xs font-medium">
            {format.percent(risingProgress(instance))}
          </span>
        )}
      </div>
      {!isEnded(instance) && (
        <InstanceBar instance={instance} className={isBarShown ? 'mt-1.5' : 'sr-only'} />
      )}
      {phase === 'starting' && (
        <p className="mt-0.5 truncate text-xs text-muted">
          {isHeldUp(instance) ? t('instances.awaits_activation') : describeStep(instance, { t, format })}
        </p>
      )}
    </>
  );
}

/** Nothing is ordered at the provider before somebody gives what is missing. */
function isHeldUp({ state, waits_for: waitsFor }: InstanceView): boolean {
  return state === 'provisioning' && waitsFor.length > 0;
}
