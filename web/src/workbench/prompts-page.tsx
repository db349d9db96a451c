import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { BookText, MessageSquareText, Plus, Star } from 'lucide-react';
import type { PromptView } from '#contracts/workbench.ts';
import { Button, buttonClass } from '../design/button.tsx';
import { Card } from '../design/card.tsx';
import { Chip } from '../design/chip.tsx';
import { classNames } from '../design/class-names.ts';
import { EmptyState } from '../design/empty-state.tsx';
import { useTranslation } from '../i18n/use-translation.ts';
import { PageHeader } from '../shell/page-header.tsx';
import { useNow } from '../shell/use-now.ts';
import { Loaded } from '../widgets/loaded.tsx';
import { SearchField } from '../widgets/search-field.tsx';
import { NewPrompt } from './new-prompt.tsx';
import { PromptDetail } from './prompt-detail.tsx';
import { promptsQuery } from './prompts.ts';
import { NEW_PROMPT, type PromptsSearch, readPromptsSearch } from './prompts-search.ts';
import { WorkbenchRules } from './workbench-rules.tsx';

/** System prompts that are kept under a name, with all that they ever said. */
export function PromptsPage() {
  const { t } = useTranslation();
  const { open, find } = useSearch({ from: '/signed-in/chat/prompts' });
  const navigate = useNavigate({ from: '/chat/prompts' });
  const prompts = useQuery(promptsQuery);
  const change = (part: { [K in keyof PromptsSearch]: PromptsSearch[K] | undefined }) =>
    void navigate({
      search: (old) => readPromptsSearch({ ...old, ...part }),
      replace: true,
      resetScroll: false,
    });
  const create = (
    <Button
      variant="primary"
      icon={<Plus aria-hidden className="size-4" />}
      onClick={() => change({ open: NEW_PROMPT })}
      data-testid="prompt-new"
    >
      {t('prompts.new')}
    </Button>
  );
  return (
    <>
      <PageHeader
        title={t('prompts.title')}
        description={t('prompts.text')}
        actions={
          <>
            <Link to="/chat" className={buttonClass()}>
              <MessageSquareText aria-hidden className="size-4" />
              {t('prompts.to_chat')}
            </Link>
            {create}
          </>
        }
      />
      <div className="grid items-start gap-5 lg:grid-cols-[minmax(260px,340px)_minmax(0,1fr)]">
        <Card isFlush title={t('prompts.kept')}>
          <div className="px-4 pb-3 [&>label]:w-full!">
            <SearchField
              label={t('prompts.find')}
              value={find}
              onFind={(text) => change({ find: text })}
              testId="prompts-find"
            />
          </div>
          <Loaded query={prompts}>
            {(data: readonly PromptView[]) => (
              <PromptList
                prompts={data.filter((prompt) => isNamed(prompt, find))}
                isEmpty={data.length === 0}
                openId={open}
                onOpen={(id) => change({ open: id })}
              />
            )}
          </Loaded>
        </Card>
        <div className="flex min-w-0 flex-col gap-5">
          <Opened prompts={prompts.data} open={open} onOpen={(id) => change({ open: id })} />
          <WorkbenchRules prompts={prompts.data ?? []} />
        </div>
      </div>
    </>
  );
}

interface OpenedProps {
  /** Absent until they are known. */
  prompts: readonly PromptView[] | undefined;
  open: string | undefined;
  onOpen: (id: string | undefined) => void;
}

/** The prompt that the address names, one that is being written, or what is to be chosen. */
function Opened({ prompts, open, onOpen }: OpenedProps) {
  const { t } = useTranslation();
  if (open === NEW_PROMPT) return <NewPrompt onMade={onOpen} onCancel={() => onOpen(undefined)} />;
  const opened = prompts?.find(({ id }) => id === open);
  if (opened) return <PromptDetail key={opened.id} prompt={opened} onDeleted={() => onOpen(undefined)} />;
  return (
    <div className="card">
      <EmptyState
        icon={BookText}
        title={t(open !== undefined && prompts ? 'prompts.gone' : 'prompts.choose')}
      >
        {t('prompts.choose_text')}
      </EmptyState>
    </div>
  );
}

interface PromptListProps {
  prompts: readonly PromptView[];
  isEmpty: boolean;
  openId: string | undefined;
  onOpen: (id: string) => void;
}

function PromptList({ prompts, isEmpty, openId, onOpen }: PromptListProps) {
  const { t, format } = useTranslation();
  const nowMs = useNow(60_000);
  if (prompts.length === 0) {
    return (
      <p className="px-4 pb-4 text-sm text-muted">{t(isEmpty ? 'prompts.none' : 'prompts.none_found')}</p>
    );
  }
  return (
    <ul className="border-t border-border p-1.5">
      {prompts.map((prompt) => (
        <li key={prompt.id}>
          <button
            type="button"
            aria-current={prompt.id === openId || undefined}
            onClick={() => onOpen(prompt.id)}
            data-testid={`prompt-${prompt.name}`}
            className={classNames(
              'block w-full rounded-md px-2.5 py-2 text-left transition-colors',
              prompt.id === openId ? 'bg-accent/12' : 'hover:bg-text/5',
            )}
          >
            <span className="flex items-center gap-2">
              <span className="min-w-0 flex-1 truncate font-medium">{prompt.name}</span>
              {prompt.is_default && (
                <Chip tone="accent" icon={Star}>
                  {t('prompts.default')}
                </Chip>
              )}
            </span>
            <span className="block truncate text-xs text-muted">
              {t(prompt.for === 'me' ? 'prompts.for_me' : 'prompts.for_all')}
              {' · '}
              {t('prompts.version', { version: prompt.version })}
              {' · '}
              {format.ago(prompt.updated_at, Math.max(nowMs, Date.parse(prompt.updated_at)))}
            </span>
          </button>
        </li>
      ))}
    </ul>
  );
}

function isNamed({ name, content }: PromptView, find = ''): boolean {
  return `${name}\n${content}`.toLowerCase().includes(find.toLowerCase());
}
