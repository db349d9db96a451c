import { Link } from '@tanstack/react-router';
import { Power } from 'lucide-react';
import type { ReactNode } from 'react';
import type { InstanceView } from '#contracts/instances.ts';
import { IconButton } from '../design/button.tsx';
import { useTranslation } from '../i18n/use-translation.ts';
import { useIsAllowed } from '../identity/session.ts';
import { AccruingCost } from './accruing-cost.tsx';
import { Age } from './age.tsx';
import { InstanceStateLine } from './instance-state-line.tsx';
import { isTerminable } from './states.ts';

interface InstanceCardsProps {
  instances: readonly InstanceView[];
  onTerminate: (instance: InstanceView) => void;
}

/** The list on a phone: what it is, how it is, what it costs, and the way to stop it. */
export function InstanceCards({ instances, onTerminate }: InstanceCardsProps) {
  const { t, format } = useTranslation();
  const isWriter = useIsAllowed('instances.write');
  return (
    <ul className="flex flex-col gap-3">
      {instances.map((instance) => (
        <li key={instance.id} className="card p-4" data-testid={`instance-row-${instance.id}`}>
          <div className="flex items-start gap-2">
            <div className="min-w-0 flex-1">
              <Link
                to="/instances/$id"
                params={{ id: instance.id }}
                className="block truncate text-lg font-semibold hover:underline"
              >
                {instance.name}
              </Link>
              <p className="truncate text-sm text-muted">{instance.model}</p>
            </div>
            {isWriter && isTerminable(instance) && (
              <IconButton
                label={t('terminate.of', { name: instance.name })}
                icon={<Power className="size-[18px]" />}
                className="-mt-1 -mr-2 size-11! hover:text-danger"
                data-testid={`terminate-${instance.id}`}
                onClick={() => onTerminate(instance)}
              />
            )}
          </div>
          <div className="mt-3">
            <InstanceStateLine instance={instance} />
          </div>
          <dl className="tabular mt-4 grid grid-cols-3 gap-2 text-sm">
            <Fact label={t('instance.price')}>
              {instance.price_micros_per_hour === null
                ? t('price.unknown_short')
                : format.unitPrice(instance.price_micros_per_hour)}
            </Fact>
            <Fact label={t('instance.cost')}>
              <AccruingCost instances={[instance]} />
            </Fact>
            <Fact label={t('instance.age')}>
              <Age created_at={instance.created_at} terminated_at={instance.terminated_at} />
            </Fact>
          </dl>
        </li>
      ))}
    </ul>
  );
}

export function Fact({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div>
      <dt className="text-xs text-muted">{label}</dt>
      <dd className="font-medium">{children}</dd>
    </div>
  );
}
