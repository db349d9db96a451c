import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useOrderKey } from '../api/order-key.ts';
import type { MessageKey } from '../i18n/en.ts';
import { useTranslation } from '../i18n/use-translation.ts';
import { toast } from '../shell/toaster.tsx';

const STALE = ['market', 'wallet', 'activations', 'served-models'] as const;

interface MarketAction<W, T> {
  act: (wanted: W, header: { 'Idempotency-Key': string }) => Promise<T>;
  done: MessageKey;
  onDone: (made: T) => void;
}

/**
 * Something that changes offers, agreements or money. A wish that is sent again after a lost answer is the same order;
 * the dialog that holds this ends with its success, so that the next wish is another one.
 */
export function useMarketAction<W, T>({ act, done, onDone }: MarketAction<W, T>) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const headerFor = useOrderKey();
  return useMutation({
    mutationFn: (wanted: W) => act(wanted, headerFor([wanted ?? null])),
    onSuccess: (made) => {
      toast(t(done));
      onDone(made);
    },
    onSettled: () => Promise.all(STALE.map((key) => client.invalidateQueries({ queryKey: [key] }))),
  });
}
