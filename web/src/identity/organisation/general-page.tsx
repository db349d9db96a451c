import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { changeOrganisationSchema, type LimitsView, type OrganisationView } from '#contracts/api-keys.ts';
import { answerOf, api } from '../../api/client.ts';
import { Button } from '../../design/button.tsx';
import { Card } from '../../design/card.tsx';
import { ErrorState } from '../../design/error-state.tsx';
import { TextField } from '../../design/field.tsx';
import { useTranslation } from '../../i18n/use-translation.ts';
import { PageHeader } from '../../shell/page-header.tsx';
import { toast } from '../../shell/toaster.tsx';
import { checkFields } from '../../widgets/check-fields.ts';
import { CopyButton } from '../../widgets/copy-button.tsx';
import { Loaded } from '../../widgets/loaded.tsx';
import { OrganisationMark } from '../organisation-mark.tsx';
import { useIsAllowed, useSession } from '../session.ts';
import { ColourField } from './colour-field.tsx';
import { DeletionCard } from './deletion-card.tsx';
import { organisationQuery } from './queries.ts';

const LIMITS = ['requests_per_minute', 'tokens_per_minute', 'concurrent_requests'] as const;
type LimitName = (typeof LIMITS)[number];

export function GeneralPage() {
  const { t } = useTranslation();
  const organisation = useQuery(organisationQuery);
  const { organisation: active } = useSession();
  return (
    <>
      <PageHeader title={t('org.general')} tabTitle={active.name} description={t('org.general_text')} />
      <div className="flex flex-col gap-5">
        <Card title={t('org.identity')}>
          <Loaded query={organisation}>
            {(view) => <IdentityForm key={`${view.name} ${view.colour}`} view={view} />}
          </Loaded>
        </Card>
        <Card title={t('org.limits')} note={t('org.limits_note')}>
          <Loaded query={organisation}>
            {(view) => <LimitsForm key={JSON.stringify(view.limits)} limits={view.limits} />}
          </Loaded>
        </Card>
        {active.kind === 'team' && <DeletionCard />}
      </div>
    </>
  );
}

function useChange() {
  const { t } = useTranslation();
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: {
      name?: string;
      colour?: string | null;
      limits?: { [N in LimitName]?: number | null };
    }) => answerOf(api.PATCH('/api/v1/organisation', { body })),
    onSuccess: async () => {
      toast(t('common.saved'));
      await Promise.all([
        client.invalidateQueries({ queryKey: ['organisation'] }),
        client.invalidateQueries({ queryKey: ['organisations'] }),
        client.invalidateQueries({ queryKey: ['session'] }),
      ]);
    },
  });
}

function IdentityForm({ view }: { view: OrganisationView }) {
  const { t } = useTranslation();
  const mayWrite = useIsAllowed('organisation.write');
  const [name, setName] = useState(view.name);
  const [colour, setColour] = useState(view.colour);
  const change = useChange();
  const wanted = { name: name.trim(), colour };
  const { wrong } = checkFields(changeOrganisationSchema, wanted);
  const isSame = wanted.name === view.name && colour === view.colour;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    change.mutate(wanted);
  };
  return (
    <form onSubmit={submit} className="flex flex-col gap-4">
      <div className="flex items-center gap-3">
        <OrganisationMark name={name} colour={colour} size="lg" />
        <div>
          <p className="flex items-center gap-1 font-mono text-sm">
            {view.slug}
            <CopyButton text={view.slug} label={t('org.copy_slug')} />
          </p>
          <p className="text-xs text-muted">{t('org.slug_hint')}</p>
        </div>
      </div>
      <fieldset disabled={!mayWrite} className="flex flex-col gap-4">
        <TextField
          label={t('org.name')}
          error={wrong.has('name') ? t('org.name_rule') : undefined}
          value={name}
          maxLength={100}
          required
          autoComplete="off"
          onChange={(event) => setName(event.target.value)}
          fieldClassName="max-w-md"
          data-testid="org-name"
        />
        <ColourField value={colour} onChange={setColour} />
      </fieldset>
      {change.isError && <ErrorState error={change.error} />}
      {mayWrite ? (
        <Button
          type="submit"
          variant="primary"
          className="w-fit"
          isBusy={change.isPending}
          disabled={isSame || wrong.size > 0}
          data-testid="org-save"
        >
          {t('common.save')}
        </Button>
      ) : (
        <p className="text-sm text-muted">{t('org.read_only')}</p>
      )}
    </form>
  );
}

function LimitsForm({ limits }: { limits: LimitsView }) {
  const { t } = useTranslation();
  const mayWrite = useIsAllowed('organisation.write');
  const [texts, setTexts] = useState<Record<LimitName, string>>({
    requests_per_minute: String(limits.requests_per_minute ?? ''),
    tokens_per_minute: String(limits.tokens_per_minute ?? ''),
    concurrent_requests: String(limits.concurrent_requests ?? ''),
  });
  const change = useChange();
  const wanted: LimitsView = {
    requests_per_minute: readLimit(texts.requests_per_minute),
    tokens_per_minute: readLimit(texts.tokens_per_minute),
    concurrent_requests: readLimit(texts.concurrent_requests),
  };
  const wrong = LIMITS.filter((name) => isWrongLimit(wanted[name]));
  const isSame = LIMITS.every((name) => wanted[name] === limits[name]);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    change.mutate({ limits: wanted });
  };
  return (
    <form onSubmit={submit} className="flex flex-col gap-4">
      <fieldset disabled={!mayWrite} className="grid gap-4 sm:grid-cols-3">
        {LIMITS.map((name) => (
          <TextField
            key={name}
            label={t(`org.limit.${name}`)}
            error={wrong.includes(name) ? t('keys.limit.wrong') : undefined}
            inputMode="numeric"
            autoComplete="off"
            placeholder={t('keys.no_limit')}
            value={texts[name]}
            onChange={(event) => setTexts({ ...texts, [name]: event.target.value })}
          />
        ))}
      </fieldset>
      {change.isError && <ErrorState error={change.error} />}
      {mayWrite && (
        <Button
          type="submit"
          variant="primary"
          className="w-fit"
          isBusy={change.isPending}
          disabled={isSame || wrong.length > 0}
        >
          {t('common.save')}
        </Button>
      )}
    </form>
  );
}

/** Nothing is no limit; what is no number is none that could be sent. */
function readLimit(text: string): number | null {
  return text.trim() === '' ? null : Number(text.trim().replaceAll(/[\s\u202f\u00a0]/g, ''));
}

function isWrongLimit(limit: number | null): boolean {
  return !changeOrganisationSchema.safeParse({ limits: { requests_per_minute: limit } }).success;
}
