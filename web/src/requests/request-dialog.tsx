import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { classNames } from '../design/class-names.ts';
import { Dialog } from '../design/dialog.tsx';
import { ErrorState } from '../design/error-state.tsx';
import { SkeletonRows } from '../design/skeleton.tsx';
import type { Names } from '../finops/names.ts';
import { useTranslation } from '../i18n/use-translation.ts';
import { CopyButton } from '../widgets/copy-button.tsx';
import { type RequestEntry, requestQuery } from './queries.ts';
import { OutcomeChip, whyOf } from './request-outcome.tsx';
import { stagesOf, tokensPerSecond } from './request-stages.ts';
import '../widgets/time-chart.css';

interface RequestDialogProps {
  id: string;
  seesAll: boolean;
  names: Names;
  onClose: () => void;
}

/** All that is known of one request. What was asked and answered is not kept. */
export function RequestDialog({ id, seesAll, names, onClose }: RequestDialogProps) {
  const { t, format } = useTranslation();
  const request = useQuery(requestQuery(id, seesAll));
  const entry = request.data;
  return (
    <Dialog
      isOpen
      size="md"
      onClose={onClose}
      title={t('request.title')}
      description={entry ? format.dateTime(entry.started_at) : undefined}
      testId="request-dialog"
    >
      <div className="flex flex-col gap-5 p-5">
        {request.isError && <ErrorState error={request.error} onRetry={() => void request.refetch()} />}
        {request.isPending && <SkeletonRows label={t('common.loading')} />}
        {entry === null && <p className="text-muted">{t('request.gone')}</p>}
        {entry && (
          <>
            <Verdict entry={entry} />
            <Timing entry={entry} />
            <Facts entry={entry} names={names} />
          </>
        )}
      </div>
    </Dialog>
  );
}

function Verdict({ entry }: { entry: RequestEntry }) {
  const { t } = useTranslation();
  const why = whyOf(entry);
  return (
    <div className="flex flex-col gap-2">
      <div className="flex flex-wrap items-center gap-2">
        <OutcomeChip entry={entry} />
        {entry.error_code !== null && <code className="font-mono text-xs">{entry.error_code}</code>}
      </div>
      {why && <p data-testid="request-why">{t(why)}</p>}
    </div>
  );
}

/** Where the time went, as lengths and as figures. */
function Timing({ entry }: { entry: RequestEntry }) {
  const { t, format } = useTranslation();
  const stages = stagesOf(entry);
  const rate = tokensPerSecond(entry);
  return (
    <section aria-label={t('request.timing')}>
      <h3 className="mb-2 flex items-baseline gap-2 text-sm font-semibold">
        {t('request.timing')}
        <span className="tabular font-normal text-muted">{format.duration(entry.duration_ms)}</span>
      </h3>
      <div aria-hidden className="flex h-3 gap-px overflow-hidden rounded-full bg-text/10">
        {stages.map(({ id, ms }, index) => (
          <span
            key={id}
            className={`chart-key-${index + 1}`}
            style={{ width: `${entry.duration_ms === 0 ? 0 : (ms / entry.duration_ms) * 100}%` }}
          />
        ))}
      </div>
      <dl className="tabular mt-2 grid grid-cols-1 gap-x-6 gap-y-1 text-sm sm:grid-cols-2">
        {stages.map(({ id, ms }, index) => (
          <div key={id} className="flex items-center gap-2">
            <span
              aria-hidden
              className={classNames('size-2.5 shrink-0 rounded-[3px]', `chart-key-${index + 1}`)}
            />
            <dt className="text-muted">{t(`request.stage.${id}`)}</dt>
            <dd className="ml-auto font-medium">{format.duration(Math.round(ms))}</dd>
          </div>
        ))}
        {entry.ttft_ms !== null && (
          <Figure label={t('request.ttft')}>{format.duration(Math.round(entry.ttft_ms))}</Figure>
        )}
        {rate !== null && <Figure label={t('chat.rate')}>{format.number(rate, rate < 100 ? 1 : 0)}</Figure>}
      </dl>
    </section>
  );
}

function Figure({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div className="flex items-center gap-2">
      <dt className="text-muted">{label}</dt>
      <dd className="ml-auto font-medium">{children}</dd>
    </div>
  );
}

function Facts({ entry, names }: { entry: RequestEntry; names: Names }) {
  const { t, format } = useTranslation();
  const model = entry.model ?? (entry.model_id === null ? null : names.model(entry.model_id));
  return (
    <dl className="grid gap-x-6 gap-y-3 border-t border-border pt-4 sm:grid-cols-2">
      <Fact label={t('request.tokens')}>
        {t('request.tokens_of', {
          input: format.number(entry.prompt_tokens),
          cached: format.number(entry.cached_tokens),
          output: format.number(entry.completion_tokens),
        })}
      </Fact>
      <Fact label={t('request.endpoint')}>
        <code className="font-mono text-xs">{entry.endpoint}</code>{' '}
        <span className="text-muted">{t(entry.streamed ? 'request.streamed' : 'request.whole')}</span>
      </Fact>
      <Fact label={t('request.model')}>{model ?? t('request.no_model')}</Fact>
      <Fact label={t('request.key')}>
        {entry.api_key_id === null ? t('request.by_session') : names.key(entry.api_key_id)}
      </Fact>
      <Fact label={t('request.person')}>
        {entry.user_id === null ? t('request.of_organisation') : names.person(entry.user_id)}
      </Fact>
      <Fact label={t('request.instance')}>
        {entry.instance_id === null ? (
          <span className="text-muted">{t('request.no_instance')}</span>
        ) : (
          <Link
            to="/instances/$id"
            params={{ id: entry.instance_id }}
            className="font-mono text-xs break-all text-accent underline-offset-2 hover:underline"
          >
            {entry.instance_id}
          </Link>
        )}
      </Fact>
      <Fact label={t('error.request_id')}>
        <Id id={entry.request_id} label={t('error.copy_request_id')} />
      </Fact>
      <Fact label={t('request.correlation')}>
        {entry.correlation_id === null ? (
          <span className="text-muted">{t('request.no_correlation')}</span>
        ) : (
          <Id id={entry.correlation_id} label={t('request.copy_correlation')} />
        )}
      </Fact>
    </dl>
  );
}

function Fact({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div className="min-w-0">
      <dt className="text-xs text-muted">{label}</dt>
      <dd className="tabular mt-0.5 break-words">{children}</dd>
    </div>
  );
}

function Id({ id, label }: { id: string; label: string }) {
  return (
    <span className="flex min-w-0 items-center gap-1">
      <code className="min-w-0 font-mono text-xs break-all">{id}</code>
      <CopyButton text={id} label={label} />
    </span>
  );
}
