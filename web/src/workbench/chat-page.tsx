import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { Code, Eraser } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { Button, IconButton } from '../design/button.tsx';
import { Select } from '../design/field.tsx';
import { useTranslation } from '../i18n/use-translation.ts';
import { PageHeader } from '../shell/page-header.tsx';
import { CodeDialog } from './code-dialog.tsx';
import { Composer } from './composer.tsx';
import { Conversation } from './conversation.tsx';
import { NoModel } from './no-model.tsx';
import { servedModelsQuery } from './served-models.ts';
import { useChat } from './use-chat.ts';

/** One conversation with one served model; what it cost in time and tokens stands under each answer. */
export function ChatPage() {
  const { t } = useTranslation();
  const served = useQuery(servedModelsQuery);
  const [model, setModel] = useChosenModel(served.data);
  const [system, setSystem] = useState('');
  const [draft, setDraft] = useState('');
  const [isCodeOpen, setCodeOpen] = useState(false);
  const chat = useChat();
  const hasModel = (served.data?.length ?? 0) > 0;

  const send = (text: string) => {
    setDraft('');
    void chat.send({ model, system, text });
  };
  return (
    <div className="flex min-h-0 flex-1 flex-col">
      <PageHeader
        title={t('chat.title')}
        actions={
          <>
            <ModelSelect served={served.data ?? []} model={model} onModel={setModel} />
            <Button
              icon={<Code aria-hidden className="size-4" />}
              onClick={() => setCodeOpen(true)}
              disabled={!hasModel}
            >
              {t('code.view')}
            </Button>
            <IconButton
              label={t('chat.clear')}
              icon={<Eraser className="size-[18px]" />}
              disabled={chat.messages.length === 0}
              onClick={chat.clear}
            />
          </>
        }
      />
      <div className="mx-auto flex w-full max-w-[860px] min-w-0 flex-1 flex-col">
        {hasModel || chat.messages.length > 0 ? (
          <Conversation messages={chat.messages} onSuggest={send} />
        ) : (
          <NoModel served={served} />
        )}
        <Composer
          draft={draft}
          onDraft={setDraft}
          system={system}
          onSystem={setSystem}
          canSend={hasModel}
          isStreaming={chat.isStreaming}
          onSend={send}
          onStop={chat.stop}
        />
      </div>
      {isCodeOpen && (
        <CodeDialog
          model={model}
          system={system}
          prompt={
            draft ||
            (chat.messages.findLast((message) => message.role === 'user')?.text ?? t('keys.sample_prompt'))
          }
          onClose={() => setCodeOpen(false)}
        />
      )}
    </div>
  );
}

interface ModelSelectProps {
  served: readonly string[];
  model: string;
  onModel: (model: string) => void;
}

function ModelSelect({ served, model, onModel }: ModelSelectProps) {
  const { t } = useTranslation();
  return (
    <Select
      aria-label={t('chat.model')}
      className="w-full min-w-0 sm:w-72"
      value={model}
      onChange={(event) => onModel(event.target.value)}
      disabled={served.length === 0}
      data-testid="chat-model"
    >
      {served.length === 0 && <option value="">{t('chat.no_model_option')}</option>}
      {served.map((id) => (
        <option key={id} value={id}>
          {id}
        </option>
      ))}
    </Select>
  );
}

/** The model in the address, as long as it is served; otherwise the first one that is. */
function useChosenModel(served: readonly string[] | undefined): [string, (model: string) => void] {
  const { model: asked } = useSearch({ from: '/signed-in/chat' });
  const navigate = useNavigate({ from: '/chat' });
  const last = useRef('');
  const model = (asked !== undefined && served?.includes(asked) ? asked : served?.[0]) ?? '';
  useEffect(() => {
    if (model !== '') last.current = model;
  }, [model]);
  const choose = (next: string) => void navigate({ search: { model: next }, replace: true });
  return [model || last.current, choose];
}
