import { CircleAlert, Info } from 'lucide-react';
import type { InstanceDetail } from '#contracts/instances.ts';
import { classNames } from '../design/class-names.ts';
import { useTranslation } from '../i18n/use-translation.ts';
import { describeReason } from './reasons.ts';
import { phaseOf } from './states.ts';

/** Why a machine is not simply well: shown for what broke, and for what ended with a reason. */
export function StateReason({ instance }: { instance: InstanceDetail }) {
  const { t } = useTranslation();
  const phase = phaseOf(instance);
  if (phase !== 'broken' && !(phase === 'ended' && instance.state_reason)) return null;
  const isBroken = phase === 'broken';
  const Icon = isBroken ? CircleAlert : Info;
  return (
    <div
      role={isBroken ? 'alert' : undefined}
      className={classNames(
        'flex gap-3 rounded-lg border p-4',
        isBroken ? 'border-danger/40 bg-danger/6' : 'border-border bg-surface',
      )}
    >
      <Icon
        aria-hidden
        className={classNames('mt-0.5 size-5 shrink-0', isBroken ? 'text-danger' : 'text-muted')}
      />
      <div>
        <p className="font-semibold">{t(`state_means.${instance.state}`)}</p>
        {instance.state_reason && (
          <p className="mt-0.5 text-sm break-words">{describeReason(instance.state_reason, t)}</p>
        )}
      </div>
    </div>
  );
}
