import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { BookText, RefreshCw } from 'lucide-react';
import { useId } from 'react';
import type { PromptView } from '#contracts/workbench.ts';
import { Button, buttonClass } from '../design/button.tsx';
import { Select } from '../design/field.tsx';
import { useTranslation } from '../i18n/use-translation.ts';
import { promptsQuery } from './prompts.ts';
import { Section } from './section.tsx';

/** How the models should behave, and the kept prompt that the text was taken from. */
export interface ChosenPrompt {
  readonly text: string;
  readonly id: string | null;
}

interface SystemPromptProps {
  chosen: ChosenPrompt;
  onChoose: (chosen: ChosenPrompt) => void;
}

export function SystemPrompt({ chosen, onChoose }: SystemPromptProps) {
  const { t } = useTranslation();
  const id = useId();
  const { data: prompts = [] } = useQuery(promptsQuery);
  const kept = prompts.find((prompt) => prompt.id === chosen.id);
  const isSet = chosen.text.trim() !== '';
  return (
    <Section title={t('chat.system')} note={kept?.name} isSet={isSet} setTitle={t('chat.system_set')}>
      <div className="flex flex-wrap items-center gap-2 bg-surface px-3 pt-2">
        {prompts.length > 0 && <PromptSelect {...{ prompts, chosen, onChoose }} />}
        <Link to="/chat/prompts" className={buttonClass({ size: 'sm', variant: 'ghost' })}>
          <BookText aria-hidden className="size-4" />
          {t('prompts.library')}
        </Link>
        {kept && kept.content !== chosen.text && (
          <Button
            size="sm"
            variant="ghost"
            icon={<RefreshCw aria-hidden className="size-3.5" />}
            onClick={() => onChoose({ text: kept.content, id: kept.id })}
            data-testid="chat-prompt-renew"
          >
            {t('prompts.take_version', { version: kept.version })}
          </Button>
        )}
      </div>
      <label htmlFor={id} className="sr-only">
        {t('chat.system')}
      </label>
      <textarea
        id={id}
        rows={3}
        value={chosen.text}
        onChange={(event) => onChoose({ text: event.target.value, id: null })}
        placeholder={t('chat.system_placeholder')}
        data-testid="chat-system"
        className="block w-full resize-y bg-surface px-4 py-2.5 text-sm outline-none"
      />
    </Section>
  );
}

function PromptSelect({ prompts, chosen, onChoose }: SystemPromptProps & { prompts: readonly PromptView[] }) {
  const { t } = useTranslation();
  const shown = chosen.id ?? prompts.find(({ content }) => content === chosen.text)?.id ?? '';
  const choose = (id: string) => {
    const prompt = prompts.find((one) => one.id === id);
    onChoose(prompt ? { text: prompt.content, id } : { ...chosen, id: null });
  };
  return (
    <Select
      className="min-w-0 flex-1 basis-48"
      aria-label={t('chat.prompt')}
      value={prompts.some(({ id }) => id === shown) ? shown : ''}
      onChange={({ target }) => choose(target.value)}
      data-testid="chat-prompt"
    >
      <option value="">{t('chat.prompt_own')}</option>
      {prompts.map((prompt) => (
        <option key={prompt.id} value={prompt.id}>
          {prompt.name}
        </option>
      ))}
    </Select>
  );
}
