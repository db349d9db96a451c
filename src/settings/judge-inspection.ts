/** What an inspection of an account means for orders on it, and how much of it is kept. */
import * as z from 'zod';
import { type Inspection, RIGHTS, type RightFinding } from '#providers/inspection.ts';
import type { Credential } from './account-directory.ts';

const TEXT_MAX = 200;
const ROWS_MAX = 500;
const SHOWN_MAX = 10;
const HIDDEN = '[secret]';
/** Shorter ones would hide words that have nothing to do with them. */
const SECRET_LENGTH_MIN = 6;
/** Others, such as a project or the id of a key, say who an account is. */
const SECRET_FIELDS = /secret|token|password|passphrase|private/i;

const text = z.string().transform((value) => value.slice(0, TEXT_MAX));
const amount = z.number().refine(Number.isFinite);
const rowsOf = <T extends z.ZodType>(row: T) => z.array(row).transform((rows) => rows.slice(0, ROWS_MAX));

/** An adapter speaks for a foreign company: what it tells is cut to size before it is kept. */
const kept = z.object({
  identity: z.object({ account: text, principal: text.nullable() }),
  expiresAtMs: amount.min(0).max(8.64e15).nullable().catch(null),
  rights: rowsOf(
    z.object({
      right: z.enum(RIGHTS),
      state: z.enum(['granted', 'missing', 'unknown']),
      isNeeded: z.boolean(),
      name: text,
    }),
  ),
  quotas: rowsOf(z.object({ resource: text, zone: text.nullable(), limit: amount, used: amount.nullable() })),
  zones: rowsOf(z.object({ zone: text, isReachable: z.boolean(), error: text.nullable() })),
});

/** What may be kept and shown: of bounded size, and without any part of the credential that is a secret. */
export function tidyInspection(found: Inspection, credential: Credential): Inspection {
  const fields = Object.entries(credential);
  const secrets = fields
    .filter(([name]) => fields.length === 1 || SECRET_FIELDS.test(name))
    .map(([, value]) => String(value))
    .filter((value) => value.length >= SECRET_LENGTH_MIN);
  return kept.parse(withoutSecrets(found, secrets)) as Inspection;
}

export function missingRights({ rights }: Inspection): RightFinding[] {
  return rights.filter(({ state, isNeeded }) => isNeeded && state === 'missing');
}

export interface Judgement {
  /** As a provider's refusal is called; null when machines can be ordered. */
  readonly error: string | null;
  readonly message: string | null;
}

/** In our own sentences. What is no obstacle yet is told all the same. */
export function judgeInspection(found: Inspection, nowMs: number): Judgement {
  const missing = missingRights(found);
  if (missing.length > 0) {
    const names = listed(missing.map(({ right, name }) => (name === right ? right : `${right} (${name})`)));
    return { error: 'permission', message: `The account lacks rights that are needed: ${names}.` };
  }
  if (found.expiresAtMs !== null && found.expiresAtMs <= nowMs) {
    return { error: 'auth', message: 'The credential has expired: replace it.' };
  }
  const away = found.zones.filter(({ isReachable }) => !isReachable).map(({ zone }) => zone);
  const full = found.quotas
    .filter(({ limit, used }) => used !== null && used >= limit)
    .map(({ resource, zone, limit }) => `${resource}${zone === null ? '' : ` in ${zone}`} (${limit})`);
  const sentences = [
    away.length > 0 ? `These zones cannot be reached: ${listed(away)}.` : '',
    full.length > 0 ? `These quotas are used up: ${listed(full)}.` : '',
  ].filter(Boolean);
  return { error: null, message: sentences.join(' ') || null };
}

function listed(words: readonly string[]): string {
  const more = words.length > SHOWN_MAX ? ` and ${words.length - SHOWN_MAX} more` : '';
  return words.slice(0, SHOWN_MAX).join(', ') + more;
}

function withoutSecrets(value: unknown, secrets: readonly string[]): unknown {
  if (typeof value === 'string') {
    return secrets.reduce((clean, secret) => clean.replaceAll(secret, HIDDEN), value);
  }
  if (Array.isArray(value)) return value.map((one) => withoutSecrets(one, secrets));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, withoutSecrets(one, secrets)]));
}
