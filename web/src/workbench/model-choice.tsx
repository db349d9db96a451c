import { Columns2, X } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { Button, IconButton } from '../design/button.tsx';
import { Select } from '../design/field.tsx';
import { useTranslation } from '../i18n/use-translation.ts';

/** As many as a conversation keeps side by side. */
const MODELS_MAX = 4;

export interface ModelChoiceProps {
  served: readonly string[];
  models: readonly string[];
  /** While answers stream, the columns stay. */
  isBusy: boolean;
  onModels: (models: readonly string[]) => void;
}

/** Which model answers, or which of them side by side; each only once. */
export function ModelChoice({ served, models, isBusy, onModels }: ModelChoiceProps) {
  const { t } = useTranslation();
  const shown = models.length === 0 ? [''] : models;
  const other = served.find((id) => !models.includes(id));
  return (
    <>
      {shown.map((model, index) => (
        <span key={model} className="flex w-full min-w-0 items-center sm:w-auto">
          <Select
            aria-label={shown.length > 1 ? t('chat.model_of', { number: index + 1 }) : t('chat.model')}
            className={`w-full min-w-0 ${shown.length > 2 ? 'sm:w-44' : 'sm:w-60'}`}
            value={model}
            onChange={(event) => onModels(shown.map((old) => (old === model ? event.target.value : old)))}
            disabled={served.length === 0 || isBusy}
            data-testid={index === 0 ? 'chat-model' : `chat-model-${index + 1}`}
          >
            {served.length === 0 && <option value={model}>{model || t('chat.no_model_option')}</option>}
            {served
              .filter((id) => id === model || !models.includes(id))
              .map((id) => (
                <option key={id} value={id}>
                  {id}
                </option>
              ))}
          </Select>
          {shown.length > 1 && (
            <IconButton
              isCompact
              label={t('chat.remove_model', { model })}
              icon={<X className="size-4" />}
              disabled={isBusy}
              onClick={() => onModels(shown.filter((old) => old !== model))}
            />
          )}
        </span>
      ))}
      {other !== undefined && models.length < MODELS_MAX && (
        <Button
          icon={<Columns2 aria-hidden className="size-4" />}
          disabled={isBusy}
          onClick={() => onModels([...models, other])}
          data-testid="chat-compare"
        >
          {t('chat.compare')}
        </Button>
      )}
    </>
  );
}

/** What was chosen here, else what the address or the conversation names, as far as it is served; else the first. */
export function useModels(
  served: readonly string[] | undefined,
  asked: string | undefined,
  kept: readonly string[] | undefined,
): [readonly string[], (models: readonly string[]) => void] {
  const [chosen, setChosen] = useState<readonly string[] | null>(null);
  const last = useRef<readonly string[]>([]);
  const wanted = (chosen ?? (asked === undefined ? (kept ?? []) : [asked])).filter((model) =>
    served?.includes(model),
  );
  const models = wanted.length > 0 ? wanted : (served?.slice(0, 1) ?? []);
  useEffect(() => {
    if (models.length > 0) last.current = models;
  });
  return [models.length > 0 ? models : last.current, setChosen];
}
