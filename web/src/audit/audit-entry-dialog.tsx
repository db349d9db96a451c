import type { ReactNode } from 'react';
import type { AuditEntryView } from '#contracts/audit.ts';
import { Button } from '../design/button.tsx';
import { classNames } from '../design/class-names.ts';
import { Dialog } from '../design/dialog.tsx';
import { useTranslation } from '../i18n/use-translation.ts';
import { CopyButton } from '../widgets/copy-button.tsx';
import type { AuditSearch } from './audit-search.ts';
import { changedValues } from './changed-values.ts';

interface AuditEntryDialogProps {
  entry: AuditEntryView;
  onClose: () => void;
  onFilter: (search: AuditSearch) => void;
}

/** One entry: who, from where, what it was and what it became; and a way to everything alike. */
export function AuditEntryDialog({ entry, onClose, onFilter }: AuditEntryDialogProps) {
  const { t, format } = useTranslation();
  const { actor, subject, action } = entry;
  const who = actor.name ?? actor.id ?? actor.kind;
  return (
    <Dialog
      isOpen
      onClose={onClose}
      size="md"
      title={action}
      description={`${who} · ${format.dateTime(entry.at)} · ${t(`outcome.${entry.outcome}`)}`}
      testId="audit-entry"
    >
      <div className="flex flex-col gap-5 px-5 py-5">
        <Changes entry={entry} />
        <dl className="grid gap-x-6 gap-y-2 text-sm sm:grid-cols-2">
          <Fact label={t('audit.actor')}>{`${actor.kind}: ${who}`}</Fact>
          <Fact label={t('audit.subject')}>
            {subject.id === null ? subject.kind : `${subject.kind}: ${subject.id}`}
          </Fact>
          <Fact label={t('audit.ip')}>{entry.ip ?? '–'}</Fact>
          <Fact label={t('audit.user_agent')}>{entry.user_agent ?? '–'}</Fact>
          <Fact label={t('error.request_id')} copied={entry.request_id}>
            <code className="font-mono text-xs break-all">{entry.request_id}</code>
          </Fact>
          <Fact label={t('audit.correlation_id')} copied={entry.correlation_id}>
            <code className="font-mono text-xs break-all">{entry.correlation_id}</code>
          </Fact>
        </dl>
        <div className="flex flex-wrap gap-2">
          {actor.id !== null && (
            <Button size="sm" onClick={() => onFilter({ actor: actor.id ?? '' })}>
              {t('audit.all_by', { name: who })}
            </Button>
          )}
          {subject.id !== null && (
            <Button size="sm" onClick={() => onFilter({ subject: subject.id ?? '' })}>
              {t('audit.all_of_subject')}
            </Button>
          )}
          <Button size="sm" onClick={() => onFilter({ action })}>
            {t('audit.all_of_action')}
          </Button>
        </div>
      </div>
    </Dialog>
  );
}

function Changes({ entry }: { entry: AuditEntryView }) {
  const { t } = useTranslation();
  const rows = changedValues(entry.before, entry.after);
  if (rows.length === 0) return <p className="text-muted">{t('audit.no_values')}</p>;
  return (
    <div className="overflow-x-auto">
      <table className="w-full text-left text-sm" aria-label={t('audit.changes')}>
        <thead>
          <tr className="border-b border-border text-xs text-muted">
            <th scope="col" className="h-8 pr-4 font-medium">
              {t('audit.field')}
            </th>
            <th scope="col" className="pr-4 font-medium">
              {t('audit.before')}
            </th>
            <th scope="col" className="font-medium">
              {t('audit.after')}
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ name, before, after, isChanged }) => (
            <tr key={name} className="border-b border-border align-top last:border-0">
              <th scope="row" className="py-1.5 pr-4 font-mono text-xs font-medium">
                {name}
              </th>
              <Value text={before} className={isChanged ? 'text-danger' : 'text-muted'} />
              <Value text={after} className={isChanged ? 'text-ok' : 'text-muted'} />
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Value({ text, className }: { text: string | undefined; className: string }) {
  return (
    <td className={classNames('py-1.5 pr-4 font-mono text-xs break-all whitespace-pre-wrap', className)}>
      {text ?? '–'}
    </td>
  );
}

function Fact({ label, copied, children }: { label: string; copied?: string; children: ReactNode }) {
  const { t } = useTranslation();
  return (
    <div className="min-w-0">
      <dt className="text-xs text-muted">{label}</dt>
      <dd className="flex items-center gap-1 break-words">
        <span className="min-w-0">{children}</span>
        {copied !== undefined && <CopyButton text={copied} label={t('audit.copy', { what: label })} />}
      </dd>
    </div>
  );
}
