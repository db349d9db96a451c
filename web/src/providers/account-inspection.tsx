import { CircleCheck, CircleHelp, CircleX, type LucideIcon } from 'lucide-react';
import type { ReactNode } from 'react';
import type { ProviderAccountView } from '#contracts/provider-accounts.ts';
import { Progress } from '../design/progress.tsx';
import { useTranslation } from '../i18n/use-translation.ts';
import { humanName } from './credential-form.ts';

type Inspection = NonNullable<ProviderAccountView['check']['inspection']>;

const RIGHT_ICONS: Record<Inspection['rights'][number]['state'], { icon: LucideIcon; className: string }> = {
  granted: { icon: CircleCheck, className: 'text-ok' },
  missing: { icon: CircleX, className: 'text-danger' },
  unknown: { icon: CircleHelp, className: 'text-muted' },
};

/** What the last check saw: whose credential it is, what it may do, how much is left, and where. */
export function AccountInspection({ inspection }: { inspection: Inspection }) {
  const { t, format } = useTranslation();
  const { account, principal, expires_at: expires, rights, quotas, zones } = inspection;
  return (
    <div className="flex flex-col gap-4">
      <dl className="flex flex-wrap gap-x-8 gap-y-2 text-sm">
        <Fact label={t('inspection.account')}>
          <code className="font-mono break-all">{account}</code>
        </Fact>
        {principal !== null && (
          <Fact label={t('inspection.principal')}>
            <code className="font-mono break-all">{principal}</code>
          </Fact>
        )}
        <Fact label={t('keys.expires')}>
          {expires === null ? t('inspection.no_expiry') : format.dateTime(expires)}
        </Fact>
      </dl>
      <div className="grid gap-5 lg:grid-cols-3">
        <Part title={t('inspection.rights')}>
          {[...rights].sort(missingFirst).map((right) => (
            <Right key={right.right} right={right} />
          ))}
        </Part>
        <Part title={t('inspection.quotas')} absent={t('inspection.no_quotas')}>
          {quotas.map((quota) => (
            <Quota key={`${quota.resource} ${quota.zone}`} quota={quota} />
          ))}
        </Part>
        <Part title={t('inspection.zones')} absent={t('inspection.no_zones')}>
          {zones.map(({ zone, is_reachable: isReachable, error }) => {
            const { icon: Icon, className } = RIGHT_ICONS[isReachable ? 'granted' : 'missing'];
            return (
              <li key={zone} className="flex items-center gap-2">
                <Icon aria-hidden className={`size-4 shrink-0 ${className}`} />
                {zone}
                <span className="text-muted">
                  {isReachable
                    ? t('inspection.reachable')
                    : t('inspection.unreachable', { error: error ?? '' })}
                </span>
              </li>
            );
          })}
        </Part>
      </div>
    </div>
  );
}

function Right({ right: finding }: { right: Inspection['rights'][number] }) {
  const { t } = useTranslation();
  const { right, state, is_needed: isNeeded, name } = finding;
  const { icon: Icon, className } = RIGHT_ICONS[state];
  return (
    <li className="flex items-start gap-2" title={name}>
      <Icon aria-hidden className={`mt-0.5 size-4 shrink-0 ${className}`} />
      <span className="min-w-0">
        <span className="font-mono text-xs break-all">{right}</span>
        <span className="text-muted"> · {t(`right_state.${state}`)}</span>
        {state === 'missing' && (
          <span className="block text-xs text-muted">
            {t(isNeeded ? 'inspection.needed' : 'inspection.optional', { name })}
          </span>
        )}
      </span>
    </li>
  );
}

function Quota({ quota }: { quota: Inspection['quotas'][number] }) {
  const { format } = useTranslation();
  const { resource, zone, limit, used } = quota;
  return (
    <li>
      <p className="flex justify-between gap-3">
        <span className="min-w-0 truncate">
          {humanName(resource)}
          {zone !== null && <span className="text-muted"> · {zone}</span>}
        </span>
        <span className="tabular whitespace-nowrap text-muted">
          {used === null ? format.number(limit) : `${format.number(used)} / ${format.number(limit)}`}
        </span>
      </p>
      {used !== null && limit > 0 && (
        <Progress
          className="mt-1"
          value={Math.min(100, (100 * used) / limit)}
          label={`${humanName(resource)} ${zone ?? ''}`}
          tone={used >= limit ? 'danger' : 'accent'}
        />
      )}
    </li>
  );
}

function missingFirst(a: Inspection['rights'][number], b: Inspection['rights'][number]): number {
  return Number(b.state === 'missing') - Number(a.state === 'missing');
}

function Fact({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div>
      <dt className="text-xs text-muted">{label}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function Part({ title, absent, children }: { title: string; absent?: string; children: ReactNode[] }) {
  return (
    <section>
      <h3 className="mb-2 text-sm font-semibold">{title}</h3>
      {children.length === 0 ? (
        <p className="text-sm text-muted">{absent}</p>
      ) : (
        // biome-ignore lint/a11y/useSemanticElements: a fieldset is for forms.
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reachable by keyboard.
        <div role="group" aria-label={title} tabIndex={0} className="max-h-72 overflow-y-auto rounded-sm">
          <ul className="flex flex-col gap-2 text-sm">{children}</ul>
        </div>
      )}
    </section>
  );
}
