import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Plus } from 'lucide-react';
import { type FormEvent, useRef, useState } from 'react';
import { answerOf, api, newIdempotencyKey } from '../api/client.ts';
import type { CreatedApiKey } from '../api/types.ts';
import { Button } from '../design/button.tsx';
import { ErrorState } from '../design/error-state.tsx';
import { SelectField, TextField } from '../design/field.tsx';
import { useTranslation } from '../i18n/use-translation.ts';
import { KeyRestrictionFields } from './key-restriction-fields.tsx';
import {
  bodyOf,
  isSendable,
  type Restrictions,
  type RestrictionsBody,
  UNRESTRICTED,
} from './key-restrictions.ts';

const DAY_MS = 86_400_000;
const LIFETIMES_DAYS = [0, 30, 90, 365] as const;

export function CreateKey({ onCreated }: { onCreated: (created: CreatedApiKey) => void }) {
  const { t } = useTranslation();
  const [name, setName] = useState('');
  const [lifetimeDays, setLifetimeDays] = useState(0);
  const [restrictions, setRestrictions] = useState(UNRESTRICTED);
  const create = useCreateKey((created) => {
    setName('');
    setRestrictions(UNRESTRICTED);
    onCreated(created);
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    create.mutate({ name: name.trim(), lifetimeDays, restrictions });
  };
  return (
    <form onSubmit={submit} className="card p-4">
      <div className="flex flex-wrap items-end gap-3">
        <TextField
          label={t('keys.name')}
          placeholder={t('keys.name_example')}
          value={name}
          onChange={(event) => setName(event.target.value)}
          maxLength={100}
          required
          autoComplete="off"
          fieldClassName="min-w-52 flex-1"
          data-testid="key-name"
        />
        <SelectField
          label={t('keys.expires')}
          value={lifetimeDays}
          onChange={(event) => setLifetimeDays(Number(event.target.value))}
          fieldClassName="w-full sm:w-44"
        >
          {LIFETIMES_DAYS.map((days) => (
            <option key={days} value={days}>
              {days === 0 ? t('keys.no_expiry') : t('keys.in_days', { days })}
            </option>
          ))}
        </SelectField>
        <Button
          type="submit"
          variant="primary"
          icon={<Plus aria-hidden className="size-4" />}
          isBusy={create.isPending}
          disabled={name.trim() === '' || !isSendable(restrictions)}
          className="w-full sm:w-auto"
          data-testid="key-create"
        >
          {t('keys.create')}
        </Button>
      </div>
      <KeyRestrictionFields wish={restrictions} onChange={setRestrictions} />
      {create.isError && <ErrorState error={create.error} className="mt-4" />}
    </form>
  );
}

interface Wish {
  name: string;
  lifetimeDays: number;
  restrictions: Restrictions;
}

interface Order {
  wish: Wish;
  idempotencyKey: string;
  body: { name: string; expires_at: string | null } & RestrictionsBody;
}

/**
 * Creates once per wish: the same wish sent again after a lost answer is the same order to the letter, its date of
 * expiry included, so that the server recognises it. Another wish, or a success, begins a new order.
 */
function useCreateKey(onCreated: (created: CreatedApiKey) => void) {
  const client = useQueryClient();
  const open = useRef<Order | null>(null);
  return useMutation({
    mutationFn: (wish: Wish) => {
      const isSame = open.current !== null && JSON.stringify(open.current.wish) === JSON.stringify(wish);
      const order = isSame && open.current ? open.current : newOrder(wish);
      open.current = order;
      const { body, idempotencyKey } = order;
      const header = { 'Idempotency-Key': idempotencyKey };
      return answerOf(api.POST('/api/v1/api-keys', { params: { header }, body }));
    },
    onSuccess: async (created) => {
      open.current = null;
      onCreated(created);
      await client.invalidateQueries({ queryKey: ['api-keys'] });
    },
  });
}

function newOrder(wish: Wish): Order {
  const { name, lifetimeDays, restrictions } = wish;
  const expiresAt = lifetimeDays === 0 ? null : new Date(Date.now() + lifetimeDays * DAY_MS).toISOString();
  return {
    wish,
    idempotencyKey: newIdempotencyKey(),
    body: { name, expires_at: expiresAt, ...bodyOf(restrictions) },
  };
}
