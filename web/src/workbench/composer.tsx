import { ArrowUp, Square } from 'lucide-react';
import { type KeyboardEvent, type ReactNode, useEffect, useRef } from 'react';
import { Button } from '../design/button.tsx';
import { useTranslation } from '../i18n/use-translation.ts';

const isMac = /Mac|iPhone|iPad/.test(navigator.userAgent);
const HEIGHT_PX_MAX = 220;

interface ComposerProps {
  draft: string;
  onDraft: (text: string) => void;
  /** What the upward arrow brings back into an empty field. */
  lastQuestion: string | undefined;
  /** Parts that are folded away: system prompt, parameters. */
  children: ReactNode;
  canSend: boolean;
  isStreaming: boolean;
  onSend: (text: string) => void;
  onStop: () => void;
}

/** Where one writes. Ctrl or Cmd and Enter sends, Escape stops, the upward arrow brings the last question back. */
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
    if (event.key === 'ArrowUp' && draft === '' && props.lastQuestion !== undefined) {
      event.preventDefault();
      onDraft(props.lastQuestion);
    }
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
        {/* Unfolded, it must not push the field off the screen. */}
        <div className="flex max-h-[42dvh] flex-wrap overflow-y-auto rounded-t-lg">{props.children}</div>
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
          <Hint isStreaming={isStreaming} canRecall={props.lastQuestion !== undefined} />
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

function Hint({ isStreaming, canRecall }: { isStreaming: boolean; canRecall: boolean }) {
  const { t } = useTranslation();
  return (
    <span className="text-xs text-muted">
      {isStreaming ? t('chat.stop_hint') : t('chat.send_hint', { key: isMac ? '⌘' : 'Ctrl' })}
      {!isStreaming && canRecall && <span className="hidden sm:inline"> · {t('chat.recall_hint')}</span>}
    </span>
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
