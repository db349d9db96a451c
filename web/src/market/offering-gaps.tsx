import { useQuery } from '@tanstack/react-query';
import { CircleDashed } from 'lucide-react';
import type { OfferingView } from '#contracts/offerings.ts';
import { runtimeModelsQuery } from '../catalog/queries.ts';
import type { MessageKey } from '../i18n/en.ts';
import { useTranslation } from '../i18n/use-translation.ts';
import { plansQuery } from './queries.ts';

/** Why nobody can use an offering yet, step by step; nothing where all of it is there. */
export function OfferingGaps({ offering }: { offering: OfferingView }) {
  const { t } = useTranslation();
  const served = useQuery(runtimeModelsQuery);
  const plans = useQuery({ ...plansQuery(offering.id), enabled: offering.access === 'subscription' });
  const isServed = served.data?.some(
    ({ hf_id: hfId, replicas_serving: serving }) => hfId === offering.model.hf_id && serving > 0,
  );
  const gaps: MessageKey[] = [
    ...(offering.state === 'published' ? [] : (['gap.unpublished'] as const)),
    ...(offering.access === 'per_token' && offering.price === null ? (['gap.price'] as const) : []),
    ...(offering.access === 'request' && offering.price === null ? (['gap.request_price'] as const) : []),
    ...(plans.data?.every((plan) => plan.is_retired) ? (['gap.plan'] as const) : []),
    ...(isServed === false ? (['gap.machine'] as const) : []),
  ];
  if (gaps.length === 0) return null;
  return (
    <section
      aria-label={t('gap.title')}
      className="rounded-lg border border-warn/40 bg-warn/8 px-4 py-3.5"
      data-testid="offering-gaps"
    >
      <p className="font-semibold">{t('gap.title')}</p>
      <ul className="mt-1.5 flex flex-col gap-1">
        {gaps.map((gap) => (
          <li key={gap} className="flex items-start gap-2">
            <CircleDashed aria-hidden className="mt-0.5 size-4 shrink-0 text-warn" />
            {t(gap, { model: offering.model.hf_id })}
          </li>
        ))}
      </ul>
    </section>
  );
}
