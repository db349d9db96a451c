import { useQuery } from '@tanstack/react-query';
import { FolderCog } from 'lucide-react';
import { lazy, Suspense, useState } from 'react';
import { IconButton } from '../design/button.tsx';
import { Select } from '../design/field.tsx';
import { useTranslation } from '../i18n/use-translation.ts';
import { chatProjectsQuery } from './chat-projects.ts';
import { NO_PROJECT } from './chat-search.ts';

const ProjectsDialog = lazy(() =>
  import('./projects-dialog.tsx').then((module) => ({ default: module.ProjectsDialog })),
);

interface ProjectFilterProps {
  value: string | undefined;
  onChange: (project: string | undefined) => void;
}

/** Whose conversations are listed, by chat project, and the way to the projects themselves. */
export function ProjectFilter({ value, onChange }: ProjectFilterProps) {
  const { t } = useTranslation();
  const [isManaged, setManaged] = useState(false);
  const { data: projects = [] } = useQuery(chatProjectsQuery);
  const inUse = projects.filter(({ id, archived_at: at }) => at === null || id === value);
  const isKnown = value === undefined || value === NO_PROJECT || inUse.some(({ id }) => id === value);
  return (
    <div className="flex items-center gap-1">
      <Select
        className="min-w-0 flex-1"
        aria-label={t('folders.one')}
        value={value ?? ''}
        onChange={({ target }) => onChange(target.value === '' ? undefined : target.value)}
        data-testid="chat-project"
      >
        <option value="">{t('folders.all')}</option>
        <option value={NO_PROJECT}>{t('folders.none')}</option>
        {inUse.map(({ id, name, conversations }) => (
          <option key={id} value={id}>
            {t('folders.counted', { name, count: conversations })}
          </option>
        ))}
        {!isKnown && <option value={value}>{t('folders.unknown')}</option>}
      </Select>
      <IconButton
        label={t('folders.manage')}
        icon={<FolderCog className="size-[18px]" />}
        onClick={() => setManaged(true)}
        data-testid="chat-projects"
      />
      {isManaged && (
        <Suspense fallback={null}>
          <ProjectsDialog
            onClose={() => setManaged(false)}
            onOpen={(id) => {
              setManaged(false);
              onChange(id);
            }}
            onGone={(id) => id === value && onChange(undefined)}
          />
        </Suspense>
      )}
    </div>
  );
}
