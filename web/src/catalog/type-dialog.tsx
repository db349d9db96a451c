import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Undo2 } from 'lucide-react';
import { type FormEvent, useState } from 'react';
import type { CataloguePrice, CatalogueType } from '#contracts/models.ts';
import { answerOf, api } from '../api/client.ts';
import { Button, IconButton } from '../design/button.tsx';
import { Dialog } from '../design/dialog.tsx';
import { ErrorState } from '../design/error-state.tsx';
import { Select } from '../design/field.tsx';
import { SkeletonRows } from '../design/skeleton.tsx';
import { useTranslation } from '../i18n/use-translation.ts';
import { toast } from '../shell/toaster.tsx';
import { isPriceText, priceTextOf } from './price-text.ts';
import { instanceTypesQuery } from './queries.ts';

const AVAILABILITIES = ['available', 'scarce', 'shortage', 'unknown'] as const;

/** One kind of machine for administrators: whether it is offered, and its price in each zone. */
export function TypeDialog({ id, onClose }: { id: string; onClose: () => void }) {
  const { t } = useTranslation();
  const types = useQuery(instanceTypesQuery);
  const type = types.data?.find((entry) => entry.id === id);
  return (
    <Dialog
      isOpen
      size="md"
      onClose={onClose}
      title={type?.code ?? t('machines.kind')}
      description={t('machines.edit_text')}
      testId="type-dialog"
    >
      {types.isPending && <SkeletonRows label={t('common.loading')} />}
      {types.isError && (
        <ErrorState error={types.error} onRetry={() => void types.refetch()} className="m-5" />
      )}
      {type && (
        <div className="flex flex-col gap-5 p-5">
          <Offered type={type} />
          <p className="text-xs text-muted">{t('machines.price_hint')}</p>
          <ul className="flex flex-col gap-3">
            {type.prices.map((price) => (
              // A price that changed elsewhere begins the form anew.
              <PriceForm key={`${price.zone} ${price.price?.nanos_per_hour}`} type={type} price={price} />
            ))}
          </ul>
        </div>
      )}
    </Dialog>
  );
}

function useCatalogueChange<T>(send: (wish: T) => Promise<unknown>) {
  const { t } = useTranslation();
  const client = useQueryClient();
  return useMutation({
    mutationFn: send,
    onSuccess: async () => {
      toast(t('machines.saved'));
      await client.invalidateQueries({ queryKey: ['catalogue'] });
      await client.invalidateQueries({ queryKey: ['offers'] });
    },
  });
}

function Offered({ type }: { type: CatalogueType }) {
  const { t } = useTranslation();
  const change = useCatalogueChange((isActive: boolean) =>
    answerOf(
      api.PATCH('/api/v1/catalogue/instance-types/{id}', {
        params: { path: { id: type.id } },
        body: { is_active: isActive },
      }),
    ),
  );
  return (
    <div>
      <label className="flex items-center gap-3 font-medium">
        <input
          type="checkbox"
          className="size-4 accent-accent"
          checked={type.is_active}
          disabled={change.isPending}
          data-testid="type-offered"
          onChange={(event) => change.mutate(event.target.checked)}
        />
        {t('machines.offered')}
      </label>
      {!type.is_active && <p className="mt-1 text-sm text-muted">{t('machines.not_offered')}</p>}
      {change.isError && <ErrorState error={change.error} className="mt-2" />}
    </div>
  );
}

interface PriceWish {
  zone: string;
  price: { per_hour: string; currency: 'EUR' | 'USD' } | null;
  availability: CataloguePrice['availability'];
}

function PriceForm({ type, price }: { type: CatalogueType; price: CataloguePrice }) {
  const { t } = useTranslation();
  const [text, setText] = useState(priceTextOf(price.price?.nanos_per_hour ?? null));
  const [currency, setCurrency] = useState(price.price?.currency === 'USD' ? 'USD' : 'EUR');
  const [availability, setAvailability] = useState(price.availability);
  const params = { path: { id: type.id } };
  const save = useCatalogueChange((body: PriceWish) =>
    answerOf(api.PUT('/api/v1/catalogue/instance-types/{id}/prices', { params, body })),
  );
  const giveBack = useCatalogueChange(() =>
    answerOf(
      api.DELETE('/api/v1/catalogue/instance-types/{id}/prices/{zone}', {
        params: { path: { id: type.id, zone: price.zone } },
      }),
    ),
  );
  const isBad = text.trim() !== '' && !isPriceText(text);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (isBad) return;
    const perHour =
      text.trim() === '' ? null : { per_hour: text.trim(), currency: currency as 'EUR' | 'USD' };
    save.mutate({ zone: price.zone, price: perHour, availability });
  };
  return (
    <li>
      <form
        onSubmit={submit}
        className="grid grid-cols-2 items-center gap-2 sm:grid-cols-[1fr_96px_84px_130px_auto]"
      >
        <ZoneName price={price} />
        <input
          className="control tabular text-right"
          aria-label={t('machines.price_in', { zone: price.zone })}
          aria-invalid={isBad}
          title={isBad ? t('machines.price_bad') : undefined}
          inputMode="decimal"
          value={text}
          data-testid={`price-${price.zone}`}
          onChange={(event) => setText(event.target.value.replace(',', '.'))}
        />
        <Choices
          zone={price.zone}
          currency={currency}
          availability={availability}
          onCurrency={setCurrency}
          onAvailability={setAvailability}
        />
        <span className="col-span-full flex items-center justify-end gap-1 sm:col-span-1">
          {price.origin === 'person' && (
            <IconButton
              isCompact
              label={t('machines.give_back_of', { zone: price.zone })}
              icon={<Undo2 className="size-4" />}
              disabled={giveBack.isPending}
              onClick={() => giveBack.mutate(undefined)}
            />
          )}
          <Button type="submit" size="sm" isBusy={save.isPending} disabled={isBad}>
            {t('model_form.save')}
          </Button>
        </span>
      </form>
      {isBad && <p className="mt-1 text-xs text-danger">{t('machines.price_bad')}</p>}
      {save.isError && <ErrorState error={save.error} className="mt-2" />}
      {giveBack.isError && <ErrorState error={giveBack.error} className="mt-2" />}
    </li>
  );
}

interface ChoicesProps {
  zone: string;
  currency: string;
  availability: CataloguePrice['availability'];
  onCurrency: (currency: string) => void;
  onAvailability: (availability: CataloguePrice['availability']) => void;
}

function Choices({ zone, currency, availability, onCurrency, onAvailability }: ChoicesProps) {
  const { t } = useTranslation();
  return (
    <>
      <Select
        aria-label={`${t('machines.currency')} ${zone}`}
        value={currency}
        onChange={(event) => onCurrency(event.target.value)}
      >
        <option>EUR</option>
        <option>USD</option>
      </Select>
      <Select
        aria-label={`${t('machines.stock')} ${zone}`}
        value={availability}
        onChange={(event) =>
          onAvailability(AVAILABILITIES.find((value) => value === event.target.value) ?? 'unknown')
        }
      >
        {AVAILABILITIES.map((value) => (
          <option key={value} value={value}>
            {t(`availability.${value}`)}
          </option>
        ))}
      </Select>
    </>
  );
}

function ZoneName({ price: { zone, origin } }: { price: CataloguePrice }) {
  const { t } = useTranslation();
  return (
    <div className="min-w-0">
      <span className="block truncate font-medium">{zone}</span>
      <span className="block text-xs text-muted">{t(`machines.origin_${origin}`)}</span>
    </div>
  );
}
