import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { INVENTORY_FORMATS, type InventoryFormat } from '#contracts/hosts.ts';
import { answerOf, api } from '../api/client.ts';
import { useOrderKey } from '../api/order-key.ts';
import { Field, SelectField, TextField } from '../design/field.tsx';
import { useTranslation } from '../i18n/use-translation.ts';
import { toast } from '../shell/toaster.tsx';
import { FormDialog } from '../widgets/form-dialog.tsx';
import {
  credentialOf,
  exactCredential,
  NO_CREDENTIAL,
  SshCredentialFields,
  type TypedCredential,
} from './ssh-credential.tsx';

const EXAMPLES: Record<InventoryFormat, string> = {
  csv: 'name,address,port,username,price\nrack-1,10.0.0.5,22,deploy,0.80\n',
  json_lines: '{"name": "rack-1", "address": "10.0.0.5", "username": "deploy"}\n',
  ansible_ini: '[gpu]\nrack[01:04].example.net ansible_user=deploy inventiv_price=0.80\n',
  ansible_yaml: 'gpu:\n  hosts:\n    rack-1:\n      ansible_host: 10.0.0.5\n      ansible_user: deploy\n',
};

interface Typed {
  format: InventoryFormat;
  content: string;
  username: string;
  credential: TypedCredential;
}

const EMPTY: Typed = { format: 'csv', content: '', username: 'root', credential: NO_CREDENTIAL };

/** Many machines at once, all or none; what is wrong is told line by line. */
export function ImportDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const [typed, setTyped] = useState(EMPTY);
  const [isChecked, setChecked] = useState(false);
  const load = useImport(onClose);
  const { format, content, username, credential } = typed;
  const given = credentialOf(credential);
  const submit = () => {
    setChecked(true);
    if (content.trim() === '' || !given) return;
    const defaults = { username: username.trim() || 'root', credential: exactCredential(given) };
    load.mutate({ format, content, defaults });
  };
  return (
    <FormDialog
      isOpen
      size="md"
      onClose={onClose}
      title={t('hosts.import_title')}
      description={t('hosts.import_text')}
      submit={t('hosts.import_submit')}
      action={load}
      onSubmit={submit}
      testId="import-dialog"
    >
      <ListFields typed={typed} isChecked={isChecked} onType={setTyped} />
      <TextField
        label={t('hosts.username')}
        hint={t('hosts.default_hint')}
        value={username}
        autoComplete="off"
        onChange={(event) => setTyped({ ...typed, username: event.target.value })}
      />
      <SshCredentialFields
        typed={credential}
        isChecked={isChecked}
        onType={(changed) => setTyped({ ...typed, credential: changed })}
      />
    </FormDialog>
  );
}

interface ListFieldsProps {
  typed: Typed;
  isChecked: boolean;
  onType: (typed: Typed) => void;
}

function ListFields({ typed, isChecked, onType }: ListFieldsProps) {
  const { t } = useTranslation();
  const { format, content } = typed;
  return (
    <>
      <SelectField
        label={t('hosts.format')}
        value={format}
        onChange={(event) => onType({ ...typed, format: event.target.value as InventoryFormat })}
        data-testid="import-format"
      >
        {INVENTORY_FORMATS.map((one) => (
          <option key={one} value={one}>
            {t(`host_format.${one}`)}
          </option>
        ))}
      </SelectField>
      <Field
        label={t('hosts.list')}
        hint={t('hosts.list_hint')}
        error={isChecked && content.trim() === '' ? t('hosts.list_missing') : undefined}
      >
        {(control) => (
          <textarea
            {...control}
            className="control min-h-44 font-mono text-xs"
            spellCheck={false}
            placeholder={EXAMPLES[format]}
            maxLength={1_000_000}
            value={content}
            onChange={(event) => onType({ ...typed, content: event.target.value })}
            data-testid="import-content"
          />
        )}
      </Field>
    </>
  );
}

interface ImportBody {
  format: InventoryFormat;
  content: string;
  defaults: { username: string; credential: ReturnType<typeof exactCredential> };
}

function useImport(onDone: () => void) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const headerFor = useOrderKey();
  return useMutation({
    mutationFn: (body: ImportBody) =>
      answerOf(api.POST('/api/v1/hosts/import', { params: { header: headerFor(body) }, body })),
    onSuccess: async ({ data }) => {
      toast(t('hosts.imported', { count: data.length }));
      onDone();
      await client.invalidateQueries({ queryKey: ['hosts'] });
    },
  });
}
