import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { BoxSelect, Plus, SearchX } from 'lucide-react';
import { lazy, Suspense, useState } from 'react';
import type { ModelView } from '#contracts/management.ts';
import { Button } from '../design/button.tsx';
import { EmptyState } from '../design/empty-state.tsx';
import { ErrorState } from '../design/error-state.tsx';
import { SkeletonRows } from '../design/skeleton.tsx';
import { useTranslation } from '../i18n/use-translation.ts';
import { useIsAllowed } from '../identity/session.ts';
import { PageHeader } from '../shell/page-header.tsx';
import { ListBar } from '../widgets/list-bar.tsx';
import { ModelCard } from './model-card.tsx';
import { MODELS_SHOWN, type ModelsSearch } from './models-search.ts';
import { allModelsQuery, runtimeModelsQuery } from './queries.ts';
import { ServedModels } from './served-models.tsx';

const ModelForm = lazy(() => import('./model-form.tsx').then((module) => ({ default: module.ModelForm })));
const FitDialog = lazy(() => import('./fit-dialog.tsx').then((module) => ({ default: module.FitDialog })));
const DeleteModelDialog = lazy(() =>
  import('./delete-model-dialog.tsx').then((module) => ({ default: module.DeleteModelDialog })),
);

type Layer = { kind: 'add' } | { kind: 'edit' | 'fit' | 'delete'; model: ModelView };

/** Every model that can be deployed, what each needs, and what is served of them now. */
export function ModelsPage() {
  const { t } = useTranslation();
  const search = useSearch({ from: '/signed-in/models' });
  const navigate = useNavigate({ from: '/models' });
  const isWriter = useIsAllowed('models.write');
  const models = useQuery(allModelsQuery);
  const served = useQuery(runtimeModelsQuery);
  const [layer, setLayer] = useState<Layer | null>(null);
  const change = (part: ModelsSearch) =>
    void navigate({ search: (old) => ({ ...old, ...part }), replace: true, resetScroll: false });
  const show = search.show ?? 'all';
  const shown = (models.data ?? []).filter((model) => matches(model, search));
  const servedShown = (served.data ?? []).filter(({ name, hf_id }) =>
    isNamed(`${name} ${hf_id}`, search.find),
  );
  const source = show === 'served' ? served : models;
  const count = show === 'served' ? servedShown.length : shown.length;
  return (
    <>
      <PageHeader
        title={t('models.title')}
        description={t('models.text')}
        actions={
          isWriter && (
            <Button
              variant="primary"
              icon={<Plus aria-hidden className="size-4" />}
              data-testid="model-add"
              onClick={() => setLayer({ kind: 'add' })}
            >
              {t('models.add')}
            </Button>
          )
        }
      />
      <ListBar
        shown={show}
        options={MODELS_SHOWN.map((value) => ({ value, label: t(`models.show_${value}`) }))}
        find={search.find}
        findLabel={t('models.find')}
        onShow={(value) => change({ show: value })}
        onFind={(find) => change({ find })}
        count={source.data ? t('models.count', { count }) : null}
      />
      {source.isError && (
        <ErrorState error={source.error} onRetry={() => void source.refetch()} className="mb-4" />
      )}
      {source.isPending && (
        <div className="card">
          <SkeletonRows label={t('common.loading')} />
        </div>
      )}
      {source.data && count === 0 && <Nothing show={show} isSearched={(search.find ?? '') !== ''} />}
      {show === 'served' && count > 0 && <ServedModels models={servedShown} />}
      {show !== 'served' && count > 0 && <Cards models={shown} onOpen={setLayer} />}
      <Suspense fallback={null}>
        <Layers layer={layer} onClose={() => setLayer(null)} />
      </Suspense>
    </>
  );
}

function Cards({ models, onOpen }: { models: readonly ModelView[]; onOpen: (layer: Layer) => void }) {
  return (
    <ul className="grid gap-3 lg:grid-cols-2">
      {models.map((model) => (
        <ModelCard
          key={model.id}
          model={model}
          onFit={() => onOpen({ kind: 'fit', model })}
          onEdit={() => onOpen({ kind: 'edit', model })}
          onDelete={() => onOpen({ kind: 'delete', model })}
        />
      ))}
    </ul>
  );
}

function Layers({ layer, onClose }: { layer: Layer | null; onClose: () => void }) {
  switch (layer?.kind) {
    case 'add':
      return <ModelForm model={null} onClose={onClose} />;
    case 'edit':
      return <ModelForm model={layer.model} onClose={onClose} />;
    case 'fit':
      return <FitDialog model={layer.model} onClose={onClose} />;
    case 'delete':
      return <DeleteModelDialog model={layer.model} onClose={onClose} />;
    default:
      return null;
  }
}

function Nothing({ show, isSearched }: { show: NonNullable<ModelsSearch['show']>; isSearched: boolean }) {
  const { t } = useTranslation();
  if (isSearched || show === 'all') {
    return (
      <div className="card">
        <EmptyState icon={SearchX} title={t('models.none')}>
          {t('models.none_text')}
        </EmptyState>
      </div>
    );
  }
  return (
    <div className="card">
      <EmptyState icon={BoxSelect} title={t(`models.none_${show}`)}>
        {t(`models.none_${show}_text`)}
      </EmptyState>
    </div>
  );
}

function matches(model: ModelView, { show, find }: ModelsSearch): boolean {
  if (show === 'own' && !model.is_own) return false;
  return isNamed(`${model.name} ${model.hf_id}`, find);
}

function isNamed(names: string, find = ''): boolean {
  return names.toLowerCase().includes(find.toLowerCase());
}
