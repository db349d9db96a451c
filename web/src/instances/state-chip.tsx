import type { InstanceView } from '#contracts/instances.ts';
import { Chip } from '../design/chip.tsx';
import { useTranslation } from '../i18n/use-translation.ts';
import { STATE_LOOKS } from './states.ts';

export function StateChip({ instance }: { instance: Pick<InstanceView, 'id' | 'state'> }) {
  const { t } = useTranslation();
  const { tone, icon, phase } = STATE_LOOKS[instance.state];
  return (
    <Chip
      tone={tone}
      icon={icon}
      isWorking={phase === 'starting' || phase === 'leaving'}
      testId={`instance-state-${instance.id}`}
    >
      {t(`state.${instance.state}`)}
    </Chip>
  );
}
