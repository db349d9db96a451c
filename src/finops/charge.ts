/** From what a request used to what it costs. A bill is a sum of these and of nothing else. */
import { chargeOfTokens } from '#contracts/token-price.ts';
import type { UsageRecord } from '#contracts/usage.ts';

/** What is charged when no allowance bears it. Whoever failed is not paid for it. */
export function chargeOf(record: UsageRecord): number {
  if (!record.terms || record.outcome === 'upstream_failed') return 0;
  return chargeOfTokens(record, record.terms.price);
}

/** A record with what it costs; null for what an organisation serves itself. */
export interface ChargedRecord {
  readonly record: UsageRecord;
  readonly chargedMicros: number | null;
  /** The trial or paid month that bore it. */
  readonly allowanceId: string | null;
}

/** Tokens used of allowances, by `allowanceKey`. */
export type AllowanceBook = Map<string, number>;

export function allowanceKey(orgId: string, allowanceId: string): string {
  return `${orgId} ${allowanceId}`;
}

/**
 * Charges records that are not known yet, each once, in the order in which their requests began. While tokens of an
 * allowance are left it bears the whole request, the one that crosses its end included; `book` is raised by what it
 * bore.
 */
export function chargeRecords(
  records: readonly UsageRecord[],
  book: AllowanceBook,
  known: ReadonlySet<string>,
): ChargedRecord[] {
  const seen = new Set(known);
  return records.toSorted(byStart).flatMap((record): ChargedRecord[] => {
    if (seen.has(record.request_id)) return [];
    seen.add(record.request_id);
    return [charge(record, book)];
  });
}

function charge(record: UsageRecord, book: AllowanceBook): ChargedRecord {
  const { terms } = record;
  if (!terms) return { record, chargedMicros: null, allowanceId: null };
  const { allowance } = terms;
  if (!allowance) return { record, chargedMicros: chargeOf(record), allowanceId: null };
  const key = allowanceKey(record.org_id, allowance.id);
  const used = book.get(key) ?? 0;
  if (used >= allowance.tokens) return { record, chargedMicros: chargeOf(record), allowanceId: null };
  if (record.outcome !== 'upstream_failed') book.set(key, used + tokensOf(record));
  return { record, chargedMicros: 0, allowanceId: allowance.id };
}

function tokensOf({ prompt_tokens, completion_tokens }: UsageRecord): number {
  return prompt_tokens + completion_tokens;
}

function byStart(a: UsageRecord, b: UsageRecord): number {
  return a.started_at_ms - b.started_at_ms || (a.request_id < b.request_id ? -1 : 1);
}
