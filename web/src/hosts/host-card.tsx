import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import {
  Ban,
  CircleCheck,
  CircleDashed,
  CircleX,
  LoaderCircle,
  type LucideIcon,
  Play,
  ShieldQuestion,
  TriangleAlert,
  WifiOff,
} from 'lucide-react';
import type { ReactNode } from 'react';
import type { HostState, HostView } from '#contracts/hosts.ts';
import { answerOf, api } from '../api/client.ts';
import { Button } from '../design/button.tsx';
import { Card } from '../design/card.tsx';
import { Chip, type Tone } from '../design/chip.tsx';
import { ErrorState } from '../design/error-state.tsx';
import { useTranslation } from '../i18n/use-translation.ts';
import { CodeBlock } from '../widgets/code-block.tsx';
import { When } from '../widgets/when.tsx';
import { microsOf } from './host-price.ts';

const LOOKS: Record<HostState, { tone: Tone; icon: LucideIcon }> = {
  unconfirmed: { tone: 'warn', icon: ShieldQuestion },
  unprobed: { tone: 'info', icon: CircleDashed },
  failed: { tone: 'danger', icon: CircleX },
  silent: { tone: 'danger', icon: WifiOff },
  free: { tone: 'ok', icon: CircleCheck },
  claimed: { tone: 'accent', icon: Play },
  out_of_service: { tone: 'neutral', icon: Ban },
};

interface HostCardProps {
  host: HostView;
  mayWrite: boolean;
  onConfirmKey: () => void;
  onRelease: () => void;
  onRemove: () => void;
}

export function HostCard(props: HostCardProps) {
  const { host, mayWrite } = props;
  const { t } = useTranslation();
  return (
    <Card
      title={host.name}
      note={
        <span className="flex flex-wrap items-center gap-x-3 gap-y-1">
          <Chip {...LOOKS[host.state]} testId="host-state">
            {t(`host_state.${host.state}`)}
          </Chip>
          {host.probe.state === 'pending' && (
            <Chip tone="info" icon={LoaderCircle} isWorking>
              {t('hosts.looking')}
            </Chip>
          )}
        </span>
      }
    >
      <Trouble host={host} />
      <Facts host={host} />
      {host.public_key !== null && host.facts === null && (
        <div className="mt-3">
          <p className="mb-1.5 text-sm text-muted">
            {t('hosts.public_key_text', { user: host.username ?? '' })}
          </p>
          <CodeBlock code={host.public_key} label={t('hosts.public_key')} copyLabel={t('hosts.copy_key')} />
        </div>
      )}
      {mayWrite && <HostActions {...props} />}
    </Card>
  );
}

function Trouble({ host }: { host: HostView }) {
  const { t } = useTranslation();
  const { probe, agent, facts } = host;
  const isKeyNews = host.seen_host_key !== null;
  return (
    <>
      {agent?.is_silent && (
        <Note tone="danger">
          {t('hosts.silent_text')} {agent.seen_at !== null && <When iso={agent.seen_at} />}
        </Note>
      )}
      {isKeyNews && (
        <Note tone="warn">{t(host.host_key === null ? 'hosts.key_new' : 'hosts.key_changed')}</Note>
      )}
      {probe.error !== null && !isKeyNews && <Note tone="danger">{probe.message ?? probe.error}</Note>}
      {facts?.warnings.map((warning) => (
        <Note key={warning} tone="warn">
          {warning}
        </Note>
      ))}
    </>
  );
}

function Note({ tone, children }: { tone: 'warn' | 'danger'; children: ReactNode }) {
  const look = tone === 'warn' ? 'border-warn/40 bg-warn/8' : 'border-danger/40 bg-danger/6';
  return (
    <p className={`mb-2 flex gap-2.5 rounded-lg border p-2.5 text-sm ${look}`}>
      <TriangleAlert
        aria-hidden
        className={`mt-0.5 size-4 shrink-0 ${tone === 'warn' ? 'text-warn' : 'text-danger'}`}
      />
      <span className="min-w-0 break-words">{children}</span>
    </p>
  );
}

function Facts({ host }: { host: HostView }) {
  const { t, format } = useTranslation();
  const { facts, price, claim } = host;
  const micros = price && microsOf(price);
  const place = host.address === null ? (host.agent?.seen_from ?? '') : `${host.address}:${host.port}`;
  return (
    <dl className="grid grid-cols-[auto_1fr] gap-x-6 gap-y-1.5 text-sm">
      <Fact label={t('hosts.reached_by')}>
        {t(`host_reach.${host.reached_by}`)} <span className="break-all text-muted">{place}</span>
      </Fact>
      <Fact label={t('hosts.gpus')}>{facts ? gpusOf(facts.gpus, format.bytes, t('hosts.no_gpu')) : '–'}</Fact>
      <Fact label={t('hosts.machine')}>
        {facts
          ? t('hosts.machine_text', {
              vcpus: facts.vcpus,
              memory: format.bytes(facts.memory_bytes),
              disk: format.bytes(facts.disk_free_bytes),
              os: facts.os,
              arch: facts.arch,
            })
          : '–'}
      </Fact>
      <Fact label={t('hosts.price')}>
        {price === null
          ? t('hosts.price_unknown')
          : micros === undefined
            ? `${format.number(price.nanos_per_hour / 1e9, 2)} ${price.currency}`
            : t('hosts.per_hour', { price: format.money(micros ?? 0) })}
      </Fact>
      {claim && (
        <Fact label={t('hosts.used_by')}>
          <Link
            to="/instances/$id"
            params={{ id: claim.instance_id }}
            className="rounded-sm font-mono text-xs break-all underline underline-offset-2"
          >
            {claim.instance_id}
          </Link>
          {claim.release_asked_at !== null && <span className="text-muted"> · {t('hosts.releasing')}</span>}
        </Fact>
      )}
    </dl>
  );
}

function Fact({ label, children }: { label: string; children: ReactNode }) {
  return (
    <>
      <dt className="text-muted">{label}</dt>
      <dd className="min-w-0 break-words">{children}</dd>
    </>
  );
}

/** `2 × L40S (45 GiB)`, a line for each kind. */
function gpusOf(
  gpus: NonNullable<HostView['facts']>['gpus'],
  bytes: (value: number) => string,
  none: string,
): string {
  const counts = new Map<string, number>();
  for (const { kind, vram_bytes: vram } of gpus) {
    const name = `${kind} (${bytes(vram)})`;
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return counts.size === 0 ? none : [...counts].map(([name, count]) => `${count} × ${name}`).join(', ');
}

function HostActions({ host, onConfirmKey, onRelease, onRemove }: HostCardProps) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const path = { id: host.id };
  const onSettled = () => client.invalidateQueries({ queryKey: ['hosts'] });
  const probe = useMutation({
    mutationFn: () => answerOf(api.POST('/api/v1/hosts/{id}/probe', { params: { path } })),
    onSettled,
  });
  const service = useMutation({
    mutationFn: () => {
      const body = { out_of_service: !host.out_of_service };
      return answerOf(api.PATCH('/api/v1/hosts/{id}', { params: { path }, body }));
    },
    onSettled,
  });
  const failed = [probe, service].find(({ isError }) => isError);
  return (
    <>
      <div className="mt-4 flex flex-wrap gap-2">
        {host.seen_host_key !== null && (
          <Button size="sm" variant="primary" onClick={onConfirmKey} data-testid="host-confirm-key">
            {t('hosts.confirm_key')}
          </Button>
        )}
        <Button
          size="sm"
          isBusy={probe.isPending || host.probe.state === 'pending'}
          onClick={() => probe.mutate()}
        >
          {t('hosts.look')}
        </Button>
        <Button
          size="sm"
          isBusy={service.isPending}
          onClick={() => service.mutate()}
          data-testid="host-service"
        >
          {t(host.out_of_service ? 'hosts.take_back' : 'hosts.take_out')}
        </Button>
        {host.claim?.release_asked_at ? (
          <Button size="sm" variant="ghost" className="text-danger!" onClick={onRelease}>
            {t('hosts.release')}
          </Button>
        ) : (
          <Button
            size="sm"
            variant="ghost"
            className="text-danger!"
            disabled={host.claim !== null}
            title={host.claim === null ? undefined : t('hosts.remove_in_use')}
            onClick={onRemove}
            data-testid="host-remove"
          >
            {t('hosts.remove')}
          </Button>
        )}
      </div>
      {failed && <ErrorState error={failed.error} className="mt-3" />}
    </>
  );
}
