import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Archive, FolderOpen, Plus } from 'lucide-react';
import { useState } from 'react';
import type { ProjectView } from '#contracts/organisations.ts';
import { answerOf, api } from '../../api/client.ts';
import { Button } from '../../design/button.tsx';
import { Card } from '../../design/card.tsx';
import { Chip } from '../../design/chip.tsx';
import { EmptyState } from '../../design/empty-state.tsx';
import { ErrorState } from '../../design/error-state.tsx';
import { type Column, Table } from '../../design/table.tsx';
import { useTranslation } from '../../i18n/use-translation.ts';
import { PageHeader } from '../../shell/page-header.tsx';
import { toast } from '../../shell/toaster.tsx';
import { Loaded } from '../../widgets/loaded.tsx';
import { When } from '../../widgets/when.tsx';
import { useIsAllowed } from '../session.ts';
import { ProjectDialog } from './project-dialog.tsx';
import { projectsQuery } from './queries.ts';

export function ProjectsPage() {
  const { t } = useTranslation();
  const projects = useQuery(projectsQuery);
  const mayWrite = useIsAllowed('projects.write');
  const [edited, setEdited] = useState<ProjectView | 'new' | null>(null);
  const create = mayWrite && (
    <Button
      variant="primary"
      icon={<Plus aria-hidden className="size-4" />}
      onClick={() => setEdited('new')}
      data-testid="project-create"
    >
      {t('projects.create')}
    </Button>
  );
  return (
    <>
      <PageHeader title={t('org.projects')} description={t('projects.text')} actions={create} />
      <Card isFlush title={t('org.projects')}>
        <Loaded query={projects}>
          {(data) =>
            data.length === 0 ? (
              <EmptyState icon={FolderOpen} title={t('projects.none')} action={create}>
                {t('projects.none_text')}
              </EmptyState>
            ) : (
              <ProjectList projects={data} onEdit={mayWrite ? setEdited : undefined} />
            )
          }
        </Loaded>
      </Card>
      {edited !== null && (
        <ProjectDialog project={edited === 'new' ? null : edited} onClose={() => setEdited(null)} />
      )}
    </>
  );
}

interface ProjectListProps {
  projects: readonly ProjectView[];
  onEdit: ((project: ProjectView) => void) | undefined;
}

/** Those in use first. Archiving asks nothing: it is undone by the button beside it. */
function ProjectList({ projects, onEdit }: ProjectListProps) {
  const { t } = useTranslation();
  const archive = useArchive();
  const sorted = [...projects].sort(
    (a, b) => Number(a.archived_at !== null) - Number(b.archived_at !== null) || a.slug.localeCompare(b.slug),
  );
  const columns: Column<ProjectView>[] = [
    {
      id: 'name',
      header: t('keys.name'),
      cell: ({ name, slug, archived_at: at }) => (
        <span className="flex flex-wrap items-center gap-2">
          <span className="font-medium">{name}</span>
          <code className="font-mono text-xs text-muted">{slug}</code>
          {at !== null && (
            <Chip tone="neutral" icon={Archive}>
              {t('projects.is_archived')}
            </Chip>
          )}
        </span>
      ),
    },
    {
      id: 'created',
      header: t('keys.created'),
      isSecondary: true,
      cell: ({ created_at: at }) => <When iso={at} />,
    },
  ];
  if (onEdit) {
    columns.push({
      id: 'actions',
      header: t('common.actions'),
      isHeaderHidden: true,
      align: 'end',
      cell: (project) => (
        <span className="flex justify-end gap-1">
          <Button
            size="sm"
            variant="ghost"
            aria-label={t('projects.rename_of', { name: project.name })}
            onClick={() => onEdit(project)}
          >
            {t('common.edit')}
          </Button>
          <Button
            size="sm"
            variant="ghost"
            aria-label={t(project.archived_at === null ? 'projects.archive_of' : 'projects.restore_of', {
              name: project.name,
            })}
            isBusy={archive.isPending && archive.variables.id === project.id}
            onClick={() => archive.mutate({ id: project.id, archived: project.archived_at === null })}
            data-testid={`project-archive-${project.slug}`}
          >
            {t(project.archived_at === null ? 'projects.archive' : 'projects.restore')}
          </Button>
        </span>
      ),
    });
  }
  return (
    <>
      {archive.isError && <ErrorState error={archive.error} className="mx-4 mb-4" />}
      <Table label={t('org.projects')} columns={columns} rows={sorted} rowKey={({ id }) => id} />
    </>
  );
}

function useArchive() {
  const { t } = useTranslation();
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ id, archived }: { id: string; archived: boolean }) =>
      answerOf(api.PATCH('/api/v1/projects/{id}', { params: { path: { id } }, body: { archived } })),
    onSuccess: ({ name, archived_at: at }) =>
      toast(t(at === null ? 'projects.restored' : 'projects.archived', { name })),
    onSettled: () => client.invalidateQueries({ queryKey: ['projects'] }),
  });
}
