import { CircleAlert, RotateCw, TriangleAlert } from 'lucide-react';
import { describeProblem } from '../api/describe-problem.ts';
import { ProblemError } from '../api/problem-error.ts';
import { useTranslation } from '../i18n/use-translation.ts';
import { CopyButton } from '../widgets/copy-button.tsx';
import { Button } from './button.tsx';
import { classNames } from './class-names.ts';

interface ErrorStateProps {
  error: unknown;
  onRetry?: (() => void) | undefined;
  className?: string;
}

/** What happened, what to do, and the id to quote. Amber when waiting or choosing otherwise helps, red when not. */
export function ErrorState({ error, onRetry, className }: ErrorStateProps) {
  const { t } = useTranslation();
  const { title, detail, isPassing } = describeProblem(error, t);
  // What the reader can mend alone needs no id to quote.
  const isOurs = error instanceof ProblemError && (error.status >= 500 || detail !== null);
  const requestId = isOurs ? error.requestId : null;
  const Icon = isPassing ? TriangleAlert : CircleAlert;
  return (
    <div
      role="alert"
      className={classNames(
        'flex gap-3 rounded-lg border p-4',
        isPassing ? 'border-warn/40 bg-warn/8' : 'border-danger/40 bg-danger/6',
        className,
      )}
    >
      <Icon
        aria-hidden
        className={classNames('mt-0.5 size-5 shrink-0', isPassing ? 'text-warn' : 'text-danger')}
      />
      <div className="min-w-0 flex-1">
        <p className="font-semibold">{title}</p>
        {detail && <p className="mt-0.5 text-sm break-words">{detail}</p>}
        {requestId && (
          <p className="mt-2 flex flex-wrap items-center gap-1 text-xs text-text">
            {t('error.request_id')} <code className="font-mono">{requestId}</code>
            <CopyButton text={requestId} label={t('error.copy_request_id')} />
          </p>
        )}
        {onRetry && (
          <Button
            size="sm"
            className="mt-3"
            icon={<RotateCw aria-hidden className="size-3.5" />}
            onClick={onRetry}
          >
            {t('common.retry')}
          </Button>
        )}
      </div>
    </div>
  );
}
