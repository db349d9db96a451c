import { CircleCheck, Search } from 'lucide-react';
import { useEffect, useId, useRef, useState } from 'react';
import type { ModelView } from '#contracts/management.ts';
import { classNames } from '../design/class-names.ts';
import { useTranslation } from '../i18n/use-translation.ts';

interface ModelPickerProps {
  models: readonly ModelView[];
  chosenId: string | null;
  onChoose: (modelId: string) => void;
}

/** The models one can deploy, as native radio buttons: typing narrows, arrows move. */
export function ModelPicker({ models, chosenId, onChoose }: ModelPickerProps) {
  const { t } = useTranslation();
  const [find, setFind] = useState('');
  const name = useId();
  const listRef = useChosenInSight(chosenId);
  const words = find.toLowerCase();
  const shown = models.filter(
    (model) =>
      model.is_active &&
      (`${model.name} ${model.hf_id}`.toLowerCase().includes(words) || model.id === chosenId),
  );
  return (
    <div className="overflow-hidden rounded-lg border border-border">
      <label className="relative block border-b border-border bg-surface">
        <span className="sr-only">{t('deploy.find_model')}</span>
        <Search aria-hidden className="absolute top-1/2 left-3.5 size-4 -translate-y-1/2 text-muted" />
        <input
          type="search"
          value={find}
          onChange={(event) => setFind(event.target.value)}
          placeholder={t('deploy.find_model')}
          className="h-10 w-full bg-transparent pr-3 pl-10 outline-none"
          data-testid="deploy-model-find"
        />
      </label>
      <div
        ref={listRef}
        role="radiogroup"
        aria-label={t('deploy.step_model')}
        data-testid="deploy-model"
        className="relative max-h-60 overflow-y-auto"
      >
        {shown.map((model) => (
          <ModelLine
            key={model.id}
            model={model}
            groupName={name}
            isChosen={model.id === chosenId}
            onChoose={() => onChoose(model.id)}
          />
        ))}
        {shown.length === 0 && <p className="p-4 text-muted">{t('deploy.no_such_model')}</p>}
      </div>
    </div>
  );
}

/** A model chosen from outside may stand far down the list; it is brought into view without moving the page. */
function useChosenInSight(chosenId: string | null) {
  const ref = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const list = ref.current;
    const line = list?.querySelector('input:checked')?.closest('label');
    if (!list || !line || chosenId === null) return;
    const isAbove = line.offsetTop < list.scrollTop;
    const isBelow = line.offsetTop + line.offsetHeight > list.scrollTop + list.clientHeight;
    if (isAbove || isBelow) list.scrollTop = line.offsetTop - list.clientHeight / 3;
  }, [chosenId]);
  return ref;
}

interface ModelLineProps {
  model: ModelView;
  groupName: string;
  isChosen: boolean;
  onChoose: () => void;
}

function ModelLine({ model, groupName, isChosen, onChoose }: ModelLineProps) {
  const { t, format } = useTranslation();
  const facts = [
    model.parameters === null ? null : t('model.parameters', { count: format.compact(model.parameters) }),
    t('model.context', { tokens: format.compact(model.context_length, 0) }),
    t('model.vram', { size: format.bytes(model.vram_bytes_needed) }),
    model.licence,
  ];
  return (
    <label
      data-testid={`deploy-model-option-${model.hf_id}`}
      className={classNames(
        'flex items-start gap-3 border-b border-border px-3.5 py-2.5 last:border-0 hover:bg-text/4',
        'has-focus-visible:outline-2 has-focus-visible:-outline-offset-2 has-focus-visible:outline-accent',
        isChosen && 'bg-accent/8',
      )}
    >
      <input
        type="radio"
        name={groupName}
        checked={isChosen}
        onChange={onChoose}
        className="mt-1 size-4 shrink-0 accent-accent outline-none"
      />
      <span className="min-w-0 flex-1">
        <span className="flex flex-wrap items-baseline gap-x-2">
          <span className="font-medium">{model.name}</span>
          {model.ready_instances > 0 && (
            <span className="flex items-center gap-1 self-center text-xs">
              <CircleCheck aria-hidden className="size-3.5 text-ok" />
              {t('model.running', { count: model.ready_instances })}
            </span>
          )}
        </span>
        <span className="tabular block truncate text-xs text-muted">{facts.filter(Boolean).join(' · ')}</span>
      </span>
    </label>
  );
}
