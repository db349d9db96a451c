import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { createOrganisationSchema } from '#contracts/organisations.ts';
import { answerOf, api } from '../../api/client.ts';
import { useOrderKey } from '../../api/order-key.ts';
import { TextField } from '../../design/field.tsx';
import { useTranslation } from '../../i18n/use-translation.ts';
import { checkFields } from '../../widgets/check-fields.ts';
import { FormDialog } from '../../widgets/form-dialog.tsx';
import { enterOrganisation } from '../enter-organisation.ts';
import { ColourField } from './colour-field.tsx';
import { suggestSlug } from './slug.ts';

/** Makes an organisation whose first owner one is, and goes there. */
export function CreateOrganisationDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const [name, setName] = useState('');
  const [ownSlug, setOwnSlug] = useState<string | null>(null);
  const [colour, setColour] = useState<string | null>(null);
  const [isChecked, setChecked] = useState(false);
  const headerFor = useOrderKey();
  const slug = ownSlug ?? suggestSlug(name);
  const { data: body, wrong } = checkFields(createOrganisationSchema, { name: name.trim(), slug, colour });
  const create = useMutation({
    mutationFn: async (wanted: { name: string; slug: string; colour: string | null }) => {
      const header = headerFor(wanted);
      const made = await answerOf(api.POST('/api/v1/organisations', { params: { header }, body: wanted }));
      await enterOrganisation(made.id);
    },
  });
  return (
    <FormDialog
      isOpen
      onClose={onClose}
      title={t('org.create')}
      description={t('org.create_text')}
      submit={t('org.create')}
      action={create}
      onSubmit={() => {
        setChecked(true);
        if (body) create.mutate({ name: body.name, slug: body.slug, colour: body.colour });
      }}
      testId="create-organisation"
    >
      <TextField
        label={t('org.name')}
        error={isChecked && wrong.has('name') ? t('org.name_rule') : undefined}
        value={name}
        maxLength={100}
        required
        autoFocus
        autoComplete="off"
        onChange={(event) => setName(event.target.value)}
        data-testid="create-organisation-name"
      />
      <TextField
        label={t('org.slug')}
        hint={t('org.slug_hint')}
        error={isChecked && wrong.has('slug') ? t('org.slug_rule') : undefined}
        value={slug}
        maxLength={40}
        required
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
        className="font-mono"
        onChange={(event) => setOwnSlug(event.target.value)}
      />
      <ColourField value={colour} onChange={setColour} />
    </FormDialog>
  );
}
