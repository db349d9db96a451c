import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { createProjectSchema, type ProjectView } from '#contracts/organisations.ts';
import { answerOf, api } from '../../api/client.ts';
import { useOrderKey } from '../../api/order-key.ts';
import { TextField } from '../../design/field.tsx';
import { useTranslation } from '../../i18n/use-translation.ts';
import { toast } from '../../shell/toaster.tsx';
import { checkFields } from '../../widgets/check-fields.ts';
import { FormDialog } from '../../widgets/form-dialog.tsx';
import { suggestSlug } from './slug.ts';

/** Makes a project, or gives one another name; its short name stays what it was. */
export function ProjectDialog({ project, onClose }: { project: ProjectView | null; onClose: () => void }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [name, setName] = useState(project?.name ?? '');
  const [ownSlug, setOwnSlug] = useState<string | null>(project?.slug ?? null);
  const [isChecked, setChecked] = useState(false);
  const headerFor = useOrderKey();
  const slug = ownSlug ?? suggestSlug(name);
  const { data: body, wrong } = checkFields(createProjectSchema, { name: name.trim(), slug });
  const save = useMutation({
    mutationFn: (wanted: { name: string; slug: string }) => {
      if (project) {
        const path = { id: project.id };
        return answerOf(
          api.PATCH('/api/v1/projects/{id}', { params: { path }, body: { name: wanted.name } }),
        );
      }
      const header = headerFor(wanted);
      return answerOf(api.POST('/api/v1/projects', { params: { header }, body: wanted }));
    },
    onSuccess: async () => {
      toast(t('common.saved'));
      onClose();
      await client.invalidateQueries({ queryKey: ['projects'] });
    },
  });
  return (
    <FormDialog
      isOpen
      onClose={onClose}
      title={t(project ? 'projects.edit' : 'projects.create')}
      submit={t(project ? 'common.save' : 'projects.create')}
      action={save}
      onSubmit={() => {
        setChecked(true);
        if (body) save.mutate(body);
      }}
    >
      <TextField
        label={t('keys.name')}
        error={isChecked && wrong.has('name') ? t('org.name_rule') : undefined}
        value={name}
        maxLength={100}
        required
        autoFocus
        autoComplete="off"
        onChange={(event) => setName(event.target.value)}
        data-testid="project-name"
      />
      <TextField
        label={t('org.slug')}
        hint={t(project ? 'projects.slug_stays' : 'projects.slug_hint')}
        error={isChecked && wrong.has('slug') ? t('org.slug_rule') : undefined}
        value={slug}
        maxLength={40}
        required
        disabled={project !== null}
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
        className="font-mono"
        onChange={(event) => setOwnSlug(event.target.value)}
      />
    </FormDialog>
  );
}
