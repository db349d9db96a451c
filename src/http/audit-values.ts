/**
 * What the audit log may show of a request: no secrets, no long texts, not more than a page. Fields are known by their
 * names, values by their form; rather too much is hidden than too little.
 */
import { redact } from '#kernel/redact.ts';

export const HIDDEN = '[hidden]';

const SECRET_NAME =
  /passw|passphrase|secret|token(?!s|iz)|credential|authorization|cookie|private_?key|api_?key$|recovery|otp|^code_verifier$/i;
/** One-time codes are short-lived, but still nobody's business. */
const ONE_TIME_CODE = /^\d{6,8}$/;
const TEXT_MAX = 300;
const ITEMS_MAX = 50;
const DEPTH_MAX = 6;
const BYTES_MAX = 8_192;

/** @param hidden further fields, at any depth, that are secret on this route */
export function auditValues(
  values: unknown,
  hidden: readonly string[] = [],
): Record<string, unknown> | undefined {
  if (typeof values !== 'object' || values === null || Array.isArray(values)) return undefined;
  const clean = cleanFields(values, hidden, 0);
  if (Object.keys(clean).length === 0) return undefined;
  const bytes = Buffer.byteLength(JSON.stringify(clean));
  return bytes <= BYTES_MAX ? clean : { too_long: bytes, fields: Object.keys(clean).slice(0, ITEMS_MAX) };
}

function cleanFields(values: object, hidden: readonly string[], depth: number): Record<string, unknown> {
  const fields = Object.entries(values).filter(([, value]) => value !== undefined);
  return Object.fromEntries(
    fields.slice(0, ITEMS_MAX).map(([name, value]) => {
      // Names come from bodies of free form too.
      const shown = redact(name).slice(0, TEXT_MAX);
      return [shown, isSecret(name, value, hidden) ? HIDDEN : cleanValue(value, hidden, depth + 1)];
    }),
  );
}

function isSecret(name: string, value: unknown, hidden: readonly string[]): boolean {
  if (value === null || typeof value === 'boolean') return false;
  if (hidden.includes(name)) return true;
  if (name === 'code') return typeof value === 'string' && ONE_TIME_CODE.test(value);
  return SECRET_NAME.test(name);
}

function cleanValue(value: unknown, hidden: readonly string[], depth: number): unknown {
  if (value === null || typeof value === 'number' || typeof value === 'boolean') return value;
  if (typeof value === 'string') {
    const text = redact(value);
    return text.length <= TEXT_MAX ? text : `${text.slice(0, TEXT_MAX)}…`;
  }
  if (value instanceof Date) return value.toISOString();
  if (typeof value !== 'object') return String(value);
  if (depth >= DEPTH_MAX) return '…';
  if (Array.isArray(value)) {
    return value.slice(0, ITEMS_MAX).map((item) => cleanValue(item, hidden, depth + 1));
  }
  return cleanFields(value, hidden, depth);
}
