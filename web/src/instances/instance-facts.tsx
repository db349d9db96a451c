import { useQuery, useQueryClient } from '@tanstack/react-query';
import { TriangleAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import type { InstanceDetail } from '#contracts/instances.ts';
import { useAccounts } from '../deployments/account-field.tsx';
import { Chip } from '../design/chip.tsx';
import { useTranslation } from '../i18n/use-translation.ts';
import { useNow } from '../shell/use-now.ts';
import { versionQuery } from '../shell/version.ts';
import { AccruingCost } from './accruing-cost.tsx';
import { Age } from './age.tsx';
import { latestSampleAt } from './queries.ts';
import { isEnded } from './states.ts';

/** What it is, where it is and what it costs, in one strip. */
export function InstanceFacts({ instance }: { instance: InstanceDetail }) {
  const { t, format } = useTranslation();
  const price = instance.price_micros_per_hour;
  const account = useAccounts(instance.provider).find(({ id }) => id === instance.account_id);
  return (
    <dl className="card grid grid-cols-2 gap-px overflow-hidden bg-border! sm:grid-cols-3 xl:grid-cols-6">
      <Fact
        label={t('instance.price')}
        value={price === null ? t('price.unknown') : `${format.unitPrice(price)}${t('unit.per_hour')}`}
      />
      <Fact
        label={t('instance.cost')}
        value={<AccruingCost instances={[instance]} />}
        note={t('instance.since', { time: format.time(instance.created_at) })}
      />
      <Fact
        label={t('instance.age')}
        value={<Age created_at={instance.created_at} terminated_at={instance.terminated_at} />}
        note={format.date(instance.created_at)}
      />
      <Fact
        label={t('instance.type')}
        value={instance.instance_type}
        note={`${instance.gpu_count}×${instance.gpu_kind}`}
      />
      <Fact
        label={t('instance.where')}
        value={account ? `${instance.provider} · ${account.name}` : instance.provider}
        note={instance.address === null ? instance.zone : `${instance.zone} · ${instance.address}`}
      />
      <WorkerFact instance={instance} />
    </dl>
  );
}

function WorkerFact({ instance }: { instance: InstanceDetail }) {
  const { t, format } = useTranslation();
  const nowMs = useNow(1_000);
  const client = useQueryClient();
  const { worker_version: version, worker_sha256: sha256, worker_last_seen_at: toldAt } = instance;
  const expected = useQuery(versionQuery).data;
  const expectedSha256 = expected?.worker_sha256 ?? null;
  // By its checksum, as the api tells it in the list of workers.
  const isOutdated =
    !isEnded(instance) && sha256 !== null && expectedSha256 !== null && sha256 !== expectedSha256;
  // A heartbeat is no event, so the instance is not fetched again for it; its newest sample is younger.
  const seenAt = latestOf(toldAt, latestSampleAt(client, instance.id));
  return (
    <Fact
      label={t('instance.worker')}
      value={version === null ? '–' : <span title={sha256 ?? undefined}>{version}</span>}
      badge={
        isOutdated && (
          <>
            <Chip tone="warn" icon={TriangleAlert} testId="worker-outdated">
              {t('instance.worker_outdated')}
            </Chip>
            <span className="mt-0.5 block text-xs text-muted">
              {expected?.worker_version === version
                ? t('instance.worker_other_build')
                : t('instance.worker_current', { version: expected?.worker_version ?? '–' })}
            </span>
          </>
        )
      }
      note={
        seenAt === null
          ? t('instance.worker_unseen')
          : t('instance.worker_seen', { ago: format.ago(seenAt, nowMs) })
      }
    />
  );
}

function latestOf(a: string | null, b: string | null): string | null {
  if (a === null || b === null) return a ?? b;
  return Date.parse(a) > Date.parse(b) ? a : b;
}

interface FactProps {
  label: string;
  value: ReactNode;
  note?: string;
  badge?: ReactNode;
}

function Fact({ label, value, note, badge }: FactProps) {
  return (
    <div className="min-w-0 bg-raised p-4">
      <dt className="truncate text-xs text-muted">{label}</dt>
      <dd className="mt-1 min-w-0">
        <span className="tabular block truncate text-lg font-semibold">{value}</span>
        {note && <span className="tabular mt-0.5 block truncate text-xs text-muted">{note}</span>}
        {badge && <span className="mt-1.5 block">{badge}</span>}
      </dd>
    </div>
  );
}
