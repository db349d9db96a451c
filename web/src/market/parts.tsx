import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { EntitlementView, OfferingView } from '#contracts/offerings.ts';
import type { Action } from '#contracts/permissions.ts';
import { Chip } from '../design/chip.tsx';
import { Progress } from '../design/progress.tsx';
import type { MessageKey } from '../i18n/en.ts';
import { useTranslation } from '../i18n/use-translation.ts';
import { useIsAllowed } from '../identity/session.ts';
import { CopyButton } from '../widgets/copy-button.tsx';
import { ACCESS_ICONS } from './looks.ts';

/** The name that clients send as `model`, to be taken along. */
export function ModelName({ name }: { name: string }) {
  const { t } = useTranslation();
  return (
    <span className="inline-flex min-w-0 items-center gap-1">
      <code className="min-w-0 font-mono text-xs break-all">{name}</code>
      <CopyButton text={name} label={t('market.copy_name')} />
    </span>
  );
}

export function OfferingLink({ offering }: { offering: { id: string; model_name: string } }) {
  return (
    <Link
      to="/market/offering/$id"
      params={{ id: offering.id }}
      className="font-mono text-xs break-all text-accent hover:underline"
    >
      {offering.model_name}
    </Link>
  );
}

export function AccessChip({ access }: Pick<OfferingView, 'access'>) {
  const { t } = useTranslation();
  return (
    <Chip tone="accent" icon={ACCESS_ICONS[access]}>
      {t(`market_access.${access}`)}
    </Chip>
  );
}

/** Tokens of a trial or of a paid month, used and had. */
export function AllowanceLine({ allowance }: { allowance: EntitlementView['allowance'] }) {
  const { t, format } = useTranslation();
  if (allowance === null) return <span className="text-muted">–</span>;
  const { tokens, used, ends_at: endsAt } = allowance;
  const share = tokens === 0 ? 100 : Math.min(100, (100 * used) / tokens);
  const text = t('market.allowance', { used: format.compact(used), tokens: format.compact(tokens) });
  return (
    <span className="flex min-w-32 flex-col gap-1">
      <span className="tabular text-sm">{text}</span>
      <Progress value={share} label={text} tone={share >= 100 ? 'danger' : 'ok'} />
      {endsAt !== null && (
        <span className="text-xs text-muted">{t('market.until', { at: format.moment(endsAt) })}</span>
      )}
    </span>
  );
}

/** Instead of a button that the reader's role does not have: whose it is. */
export function OnlyFor({ action, text }: { action: Action; text: MessageKey }) {
  const { t } = useTranslation();
  return useIsAllowed(action) ? null : <p className="text-sm text-muted">{t(text)}</p>;
}

/** Names and values of one thing. */
export function Facts({ facts }: { facts: readonly (readonly [string, ReactNode])[] }) {
  return (
    <dl className="grid gap-x-6 gap-y-3 sm:grid-cols-2 xl:grid-cols-4">
      {facts.map(([label, value]) => (
        <div key={label} className="min-w-0">
          <dt className="text-xs text-muted">{label}</dt>
          <dd className="mt-0.5 break-words">{value}</dd>
        </div>
      ))}
    </dl>
  );
}
