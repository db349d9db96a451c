import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Building2, Link2, Plus, Search } from 'lucide-react';
import { useDeferredValue, useState } from 'react';
import type { ConversationView } from '#contracts/workbench.ts';
import { Button } from '../design/button.tsx';
import { classNames } from '../design/class-names.ts';
import { ErrorState } from '../design/error-state.tsx';
import { Segmented } from '../design/segmented.tsx';
import { Skeleton } from '../design/skeleton.tsx';
import { useTranslation } from '../i18n/use-translation.ts';
import { useNow } from '../shell/use-now.ts';
import { NO_PROJECT } from './chat-search.ts';
import { ImportButton } from './import-button.tsx';
import { conversationsQuery, type Whose } from './kept-conversations.ts';
import { NEW_KEYS } from './new-shortcut.ts';
import { ProjectFilter } from './project-filter.tsx';

interface ConversationListProps {
  openId: string | undefined;
  project: string | undefined;
  onProject: (project: string | undefined) => void;
  onNew: () => void;
  /** Something was chosen, which is a link of its own. */
  onChoose?: () => void;
}

/** What is kept: one's own conversations, or those that others share; found by words of titles and texts. */
export function ConversationList(props: ConversationListProps) {
  const { openId, project, onProject, onNew, onChoose } = props;
  const { t } = useTranslation();
  const [whose, setWhose] = useState<Whose>('mine');
  const [find, setFind] = useState('');
  const asked = useDeferredValue(find.trim());
  const list = useInfiniteQuery(conversationsQuery(whose, asked, project));
  const found = list.data?.pages.flatMap((page) => page.data) ?? [];
  return (
    <div className="flex min-h-0 flex-col gap-3">
      <Begin project={project} onNew={onNew} />
      <ProjectFilter value={project} onChange={onProject} />
      <Segmented
        label={t('chat.whose')}
        value={whose}
        options={[
          { value: 'mine', label: t('chat.mine') },
          { value: 'shared', label: t('chat.shared') },
        ]}
        onChange={setWhose}
      />
      <label className="relative block">
        <span className="sr-only">{t('chat.find')}</span>
        <Search aria-hidden className="absolute top-1/2 left-2.5 size-4 -translate-y-1/2 text-muted" />
        <input
          type="search"
          className="control pl-8!"
          placeholder={t('chat.find')}
          value={find}
          onChange={(event) => setFind(event.target.value)}
          data-testid="chat-find"
        />
      </label>
      {list.isError && <ErrorState error={list.error} onRetry={() => void list.refetch()} />}
      {list.isPending && <Skeleton className="h-24" />}
      {list.isSuccess && found.length === 0 && (
        <p className="px-1 text-sm text-muted">
          {t(asked !== '' ? 'chat.none_found' : whose === 'mine' ? 'chat.none_kept' : 'chat.none_shared')}
        </p>
      )}
      <ul className="flex min-h-0 flex-col gap-0.5 overflow-y-auto" data-testid="chat-list">
        {found.map((conversation) => (
          <li key={conversation.id}>
            <Entry {...{ conversation, project, onChoose }} isOpen={conversation.id === openId} />
          </li>
        ))}
      </ul>
      {list.hasNextPage && (
        <Button
          size="sm"
          variant="ghost"
          isBusy={list.isFetchingNextPage}
          onClick={() => void list.fetchNextPage()}
        >
          {t('common.load_more')}
        </Button>
      )}
    </div>
  );
}

function Begin({ project, onNew }: Pick<ConversationListProps, 'project' | 'onNew'>) {
  const { t } = useTranslation();
  return (
    <div className="flex items-center gap-1">
      <Button
        className="min-w-0 flex-1"
        icon={<Plus aria-hidden className="size-4" />}
        onClick={onNew}
        title={NEW_KEYS}
        aria-keyshortcuts="Control+Shift+O Meta+Shift+O"
        data-testid="chat-new"
      >
        {t('chat.clear')}
      </Button>
      <ImportButton projectId={project === undefined || project === NO_PROJECT ? null : project} />
    </div>
  );
}

interface EntryProps {
  conversation: ConversationView;
  isOpen: boolean;
  project: string | undefined;
  onChoose: (() => void) | undefined;
}

function Entry({ conversation, isOpen, project, onChoose }: EntryProps) {
  const { t, format } = useTranslation();
  const nowMs = useNow(60_000);
  const { id, title, sharing, is_own: isOwn, owner, updated_at: at } = conversation;
  const Icon = sharing === 'organisation' ? Building2 : Link2;
  return (
    <Link
      to="/chat"
      search={{ conversation: id, ...(project === undefined ? {} : { project }) }}
      aria-current={isOpen ? 'page' : undefined}
      onClick={() => onChoose?.()}
      className={classNames(
        'block rounded-md px-2.5 py-1.5 transition-colors',
        isOpen ? 'bg-accent/12' : 'hover:bg-text/5',
      )}
    >
      <span className="block truncate text-sm font-medium">{title || t('chat.untitled')}</span>
      <span className="flex items-center gap-1.5 text-xs text-muted">
        {isOwn && sharing !== 'private' && (
          <Icon className="size-3.5 shrink-0" aria-label={t(`chat.sharing_${sharing}`)} />
        )}
        {!isOwn && <span className="truncate">{owner.username}</span>}
        <time dateTime={at} title={format.dateTime(at)} className="whitespace-nowrap">
          {format.ago(at, Math.max(nowMs, Date.parse(at)))}
        </time>
      </span>
    </Link>
  );
}
