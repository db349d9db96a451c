import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { PromptView } from '#contracts/workbench.ts';
import { Button } from '../design/button.tsx';
import { Card } from '../design/card.tsx';
import { classNames } from '../design/class-names.ts';
import { ErrorState } from '../design/error-state.tsx';
import { SkeletonRows } from '../design/skeleton.tsx';
import { useTranslation } from '../i18n/use-translation.ts';
import { memberNamesQuery } from '../identity/organisation/queries.ts';
import { toast } from '../shell/toaster.tsx';
import { When } from '../widgets/when.tsx';
import { type DiffLine, diffLines } from './line-diff.ts';
import { changePrompt, promptVersionsQuery } from './prompts.ts';

interface PromptVersionsProps {
  prompt: PromptView;
  mayWrite: boolean;
}

/** What it said before. One is compared with what it says now, and may be taken again: that makes a new version. */
export function PromptVersions({ prompt, mayWrite }: PromptVersionsProps) {
  const { t } = useTranslation();
  const versions = useInfiniteQuery(promptVersionsQuery(prompt.id));
  const { data: names } = useQuery(memberNamesQuery);
  const [chosen, setChosen] = useState<number | null>(null);
  const found = versions.data?.pages.flatMap((page) => page.data) ?? [];
  const compared = found.find(({ version }) => version === chosen);
  return (
    <Card isFlush title={t('prompts.versions')} note={t('prompts.versions_text')}>
      {versions.isError && (
        <ErrorState error={versions.error} onRetry={() => void versions.refetch()} className="mx-4 mb-4" />
      )}
      {versions.isPending && <SkeletonRows count={2} label={t('common.loading')} />}
      <ul className="border-t border-border">
        {found.map(({ version, created_at: at, created_by: by }) => (
          <li
            key={version}
            className={classNames(
              'flex flex-wrap items-center gap-x-3 gap-y-1 border-b border-border px-4 py-2 last:border-0',
              version === chosen && 'bg-accent/8',
            )}
          >
            <span className="tabular font-medium">{t('prompts.version', { version })}</span>
            <span className="min-w-0 flex-1 basis-32 text-xs text-muted">
              <When iso={at} />
              {names?.has(by) && ` · ${names.get(by)}`}
            </span>
            {version === prompt.version ? (
              <span className="text-xs text-muted">{t('prompts.present')}</span>
            ) : (
              <Button
                size="sm"
                variant="ghost"
                aria-expanded={version === chosen}
                onClick={() => setChosen(version === chosen ? null : version)}
                data-testid={`prompt-compare-${version}`}
              >
                {t(version === chosen ? 'prompts.hide' : 'prompts.compare')}
              </Button>
            )}
          </li>
        ))}
      </ul>
      {versions.hasNextPage && (
        <div className="p-2 text-center">
          <Button
            size="sm"
            variant="ghost"
            isBusy={versions.isFetchingNextPage}
            onClick={() => void versions.fetchNextPage()}
          >
            {t('common.load_more')}
          </Button>
        </div>
      )}
      {compared && (
        <Difference
          prompt={prompt}
          version={compared.version}
          content={compared.content}
          mayWrite={mayWrite}
          onTaken={() => setChosen(null)}
        />
      )}
    </Card>
  );
}

interface DifferenceProps extends PromptVersionsProps {
  version: number;
  content: string;
  onTaken: () => void;
}

function Difference({ prompt, version, content, mayWrite, onTaken }: DifferenceProps) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const take = useMutation({
    mutationFn: () => changePrompt(prompt.id, { content }),
    onSuccess: async (after) => {
      toast(t('prompts.saved', { version: after.version }));
      onTaken();
      await client.invalidateQueries({ queryKey: ['workbench', 'prompts'] });
    },
  });
  const lines = diffLines(content, prompt.content);
  const isSame = lines.every(({ kind }) => kind === 'same');
  return (
    <section
      aria-label={t('prompts.difference', { from: version, to: prompt.version })}
      className="border-t border-border p-4"
    >
      <div className="mb-3 flex flex-wrap items-center gap-2">
        <h3 className="min-w-0 flex-1 basis-48 text-sm font-semibold">
          {t('prompts.difference', { from: version, to: prompt.version })}
        </h3>
        {mayWrite && !isSame && (
          <Button
            size="sm"
            isBusy={take.isPending}
            onClick={() => take.mutate()}
            data-testid="prompt-take-version"
          >
            {t('prompts.take_again', { version })}
          </Button>
        )}
      </div>
      {take.isError && <ErrorState error={take.error} className="mb-3" />}
      {isSame ? <p className="text-sm text-muted">{t('prompts.same')}</p> : <Lines lines={lines} />}
    </section>
  );
}

const LOOKS: Record<DiffLine['kind'], { sign: string; look: string }> = {
  same: { sign: ' ', look: 'text-muted' },
  added: { sign: '+', look: 'bg-ok/10' },
  removed: { sign: '−', look: 'bg-danger/10' },
};

function Lines({ lines }: { lines: readonly DiffLine[] }) {
  const { t } = useTranslation();
  return (
    <ol
      className="overflow-hidden rounded-md border border-border font-mono text-sm leading-relaxed"
      data-testid="prompt-diff"
    >
      {lines.map(({ kind, text }, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: lines have no name but their place.
        <li key={index} className={classNames('flex gap-2 px-2.5', LOOKS[kind].look)}>
          <span aria-hidden className="w-3 shrink-0 text-center select-none">
            {LOOKS[kind].sign}
          </span>
          {kind !== 'same' && <span className="sr-only">{t(`prompts.line_${kind}`)}</span>}
          <span className="min-w-0 flex-1 break-words whitespace-pre-wrap">{text || '\u00a0'}</span>
        </li>
      ))}
    </ol>
  );
}
