import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { CircleCheck, CircleOff, CirclePlus, History, KeyRound, type LucideIcon, Rocket } from 'lucide-react';
import type { InstanceView } from '#contracts/instances.ts';
import type { DeploymentView } from '#contracts/management.ts';
import type { ApiKey } from '../api/types.ts';
import { deploymentsQuery } from '../deployments/queries.ts';
import { Card } from '../design/card.tsx';
import { classNames } from '../design/class-names.ts';
import { EmptyState } from '../design/empty-state.tsx';
import type { MessageKey } from '../i18n/en.ts';
import { useTranslation } from '../i18n/use-translation.ts';
import { apiKeysQuery } from '../identity/api-keys.ts';
import { instancesQuery } from '../instances/queries.ts';
import { useNow } from '../shell/use-now.ts';

const SHOWN_MAX = 8;

interface Happening {
  id: string;
  at: string;
  words: MessageKey;
  name: string;
  icon: LucideIcon;
  color: string;
}

/** What happened last, read from the dates that instances, deployments and keys carry. */
export function RecentEvents() {
  const { t, format } = useTranslation();
  const nowMs = useNow(5_000);
  const { data: list } = useInfiniteQuery(instancesQuery());
  const { data: deployments } = useQuery(deploymentsQuery);
  const { data: keys } = useQuery(apiKeysQuery);
  const happenings = [
    ...(list?.pages.flatMap((page) => page.data.flatMap(ofInstance)) ?? []),
    ...(deployments?.map(ofDeployment) ?? []),
    ...(keys?.flatMap(ofKey) ?? []),
  ]
    .sort((a, b) => b.at.localeCompare(a.at))
    .slice(0, SHOWN_MAX);
  return (
    <Card isFlush title={t('events.title')}>
      {list && happenings.length === 0 && (
        <EmptyState icon={History} title={t('events.none')}>
          {t('events.none_text')}
        </EmptyState>
      )}
      <ul className="pb-2">
        {happenings.map(({ id, at, words, name, icon: Icon, color }) => (
          <li key={id} className="flex items-center gap-3 px-4 py-[7px]">
            <Icon aria-hidden className={classNames('size-4 shrink-0', color)} />
            <span className="min-w-0 flex-1 truncate">{t(words, { name })}</span>
            <time dateTime={at} title={format.dateTime(at)} className="shrink-0 text-xs text-muted">
              {format.ago(at, nowMs)}
            </time>
          </li>
        ))}
      </ul>
    </Card>
  );
}

function ofInstance({ id, name, created_at, ready_at, terminated_at }: InstanceView): Happening[] {
  return [
    {
      id: `${id}-created`,
      at: created_at,
      words: 'events.instance_created',
      name,
      icon: CirclePlus,
      color: 'text-info',
    },
    ...(ready_at === null
      ? []
      : [
          {
            id: `${id}-ready`,
            at: ready_at,
            words: 'events.instance_ready',
            name,
            icon: CircleCheck,
            color: 'text-ok',
          } as const,
        ]),
    ...(terminated_at === null
      ? []
      : [
          {
            id: `${id}-gone`,
            at: terminated_at,
            words: 'events.instance_gone',
            name,
            icon: CircleOff,
            color: 'text-muted',
          } as const,
        ]),
  ];
}

function ofDeployment({ id, name, created_at }: DeploymentView): Happening {
  return { id, at: created_at, words: 'events.deployment_created', name, icon: Rocket, color: 'text-accent' };
}

function ofKey({ id, name, created_at, revoked_at }: ApiKey): Happening[] {
  return [
    {
      id: `${id}-created`,
      at: created_at,
      words: 'events.key_created',
      name,
      icon: KeyRound,
      color: 'text-accent',
    },
    ...(revoked_at === null
      ? []
      : [
          {
            id: `${id}-revoked`,
            at: revoked_at,
            words: 'events.key_revoked',
            name,
            icon: KeyRound,
            color: 'text-muted',
          } as const,
        ]),
  ];
}
