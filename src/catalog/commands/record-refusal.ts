/** Remembers for a while that a provider refused an offer, so that no other machine asks for it in vain. */
import type { Transaction } from '#database/database.ts';
import { type OfferRefusal, upsertRefusal } from '../refusal-store.ts';

export type { OfferRefusal };

export async function recordRefusal(tx: Transaction, refusal: OfferRefusal, forMs: number): Promise<void> {
  if (forMs > 0) await upsertRefusal(tx, refusal, forMs);
}
