import { useQuery } from '@tanstack/react-query';
import { ArrowUp, ChevronRight, Square } from 'lucide-react';
import { type KeyboardEvent, useEffect, useId, useRef } from 'react';
import { Button } from '../design/button.tsx';
import { Select } from '../design/field.tsx';
import { useTranslation } from '../i18n/use-translation.ts';
import { promptsQuery } from './kept-conversations.ts';

const isMac = /Mac|iPhone|iPad/.test(navigator.userAgent);
const HEIGHT_PX_MAX = 220;

interface ComposerProps {
  draft: string;
  onDraft: (text: string) => void;
  system: string;
  onSystem: (text: string) => void;
  canSend: boolean;
  isStreaming: boolean;
  onSend: (text: string) => void;
  onStop: () => void;
}

/** Where one writes. Sends with Ctrl or Cmd and Enter, stops with Escape. */
export function Composer(props: ComposerProps) {
  const { draft, onDraft, canSend, isStreaming, onSend, onStop } = props;
  const { t } = useTranslation();
  const inputRef = useGrowingHeight(draft);
  const canSubmit = canSend && !isStreaming && draft.trim() !== '';
  const submit = () => canSubmit && onSend(draft.trim());
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Enter' && (event.metaKey || event.ctrlKey)) {
      event.preventDefault();
      submit();
    }
    if (event.key === 'Escape' && isStreaming) onStop();
  };
  return (
    <div className="sticky bottom-14 z-10 -mx-1 -mb-10 bg-bg px-1 pt-2 pb-3 md:bottom-0 md:-mb-10">
      <form
        className="card bg-raised focus-within:border-accent!"
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        <SystemPrompt system={props.system} onSystem={props.onSystem} />
        <label className="block">
          <span className="sr-only">{t('chat.input')}</span>
          <textarea
            ref={inputRef}
            rows={2}
            value={draft}
            onChange={(event) => onDraft(event.target.value)}
            onKeyDown={onKeyDown}
            placeholder={t('chat.placeholder')}
            data-testid="chat-input"
            className="block w-full resize-none bg-transparent px-4 pt-3 outline-none"
          />
        </label>
        <div className="flex items-center gap-3 px-3 pb-3 pl-4">
          <span className="text-xs text-muted">
            {isStreaming ? t('chat.stop_hint') : t('chat.send_hint', { key: isMac ? '⌘' : 'Ctrl' })}
          </span>
          {isStreaming ? (
            <Button
              className="ml-auto"
              icon={<Square aria-hidden className="size-3.5 fill-current" />}
              onClick={onStop}
              data-testid="chat-stop"
            >
              {t('chat.stop')}
            </Button>
          ) : (
            <Button
              type="submit"
              variant="primary"
              className="ml-auto"
              icon={<ArrowUp aria-hidden className="size-4" />}
              disabled={!canSubmit}
              data-testid="chat-send"
            >
              {t('chat.send')}
            </Button>
          )}
        </div>
      </form>
    </div>
  );
}

function SystemPrompt({ system, onSystem }: Pick<ComposerProps, 'system' | 'onSystem'>) {
  const { t } = useTranslation();
  const id = useId();
  return (
    <details className="group border-b border-border">
      <summary className="flex h-9 list-none items-center gap-1.5 rounded-t-lg px-3.5 text-xs font-medium text-muted select-none hover:text-text [&::-webkit-details-marker]:hidden">
        <ChevronRight aria-hidden className="size-3.5 transition-transform group-open:rotate-90" />
        {t('chat.system')}
        {system.trim() !== '' && (
          <span className="ml-1 size-1.5 rounded-full bg-accent" title={t('chat.system_set')} />
        )}
      </summary>
      <PromptSelect system={system} onSystem={onSystem} />
      <label htmlFor={id} className="sr-only">
        {t('chat.system')}
      </label>
      <textarea
        id={id}
        rows={3}
        value={system}
        onChange={(event) => onSystem(event.target.value)}
        placeholder={t('chat.system_placeholder')}
        data-testid="chat-system"
        className="block w-full resize-y bg-surface px-4 py-2.5 text-sm outline-none"
      />
    </details>
  );
}

/** Those that are kept under a name; nothing where there are none. */
function PromptSelect({ system, onSystem }: Pick<ComposerProps, 'system' | 'onSystem'>) {
  const { t } = useTranslation();
  const { data: prompts = [] } = useQuery(promptsQuery);
  if (prompts.length === 0) return null;
  const chosen = prompts.find((prompt) => prompt.content === system)?.id ?? '';
  return (
    <div className="bg-surface px-3 pt-2">
      <Select
        aria-label={t('chat.prompt')}
        value={chosen}
        onChange={({ target }) =>
          onSystem(prompts.find((prompt) => prompt.id === target.value)?.content ?? system)
        }
        data-testid="chat-prompt"
      >
        <option value="">{t('chat.prompt_own')}</option>
        {prompts.map((prompt) => (
          <option key={prompt.id} value={prompt.id}>
            {prompt.name}
          </option>
        ))}
      </Select>
    </div>
  );
}

function useGrowingHeight(text: string) {
  const ref = useRef<HTMLTextAreaElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the height follows the text.
  useEffect(() => {
    const area = ref.current;
    if (!area) return;
    area.style.height = 'auto';
    area.style.height = `${Math.min(area.scrollHeight, HEIGHT_PX_MAX)}px`;
  }, [text]);
  return ref;
}
