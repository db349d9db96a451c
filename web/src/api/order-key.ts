import { useRef } from 'react';
import { newIdempotencyKey } from './client.ts';

/**
 * One key for each wish: the same wish sent again after a lost answer is recognised as the same order by the api,
 * another wish is another order.
 */
export function useOrderKey(): (wish: unknown) => { 'Idempotency-Key': string } {
  const last = useRef<{ wish: string; key: string } | null>(null);
  return (wish) => {
    const text = JSON.stringify(wish);
    if (last.current?.wish !== text) last.current = { wish: text, key: newIdempotencyKey() };
    return { 'Idempotency-Key': last.current.key };
  };
}
