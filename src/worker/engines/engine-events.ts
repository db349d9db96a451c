import { asFields, type Fields } from '../field-readers.ts';
import type { EngineEvent } from './engine.ts';

/**
 * What engines of our own say of themselves, one JSON object per line on stdout. Undefined for anything that is not
 * one of these.
 */
export function parseEngineEvent(line: string): EngineEvent | undefined {
  let fields: Fields;
  try {
    fields = asFields(JSON.parse(line), 'event');
  } catch {
    return undefined;
  }
  switch (fields['event']) {
    case 'pull':
      return { kind: 'pulling', bytes: amount(fields['bytes']), total: amount(fields['total']) };
    case 'loading':
      return { kind: 'loading', bytes: amount(fields['bytes']), total: amount(fields['total']) };
    case 'http':
      return { kind: 'http' };
    case 'ready':
      return { kind: 'ready' };
    case 'failed':
      return {
        kind: 'fault',
        code: codeOf(fields['code']),
        message: String(fields['message']).slice(0, 1000),
        ...(fields['final'] === true ? { isFinal: true } : {}),
      };
    default:
      return undefined;
  }
}

function codeOf(value: unknown): string {
  return typeof value === 'string' && /^[a-z_]{1,64}$/.test(value) ? value : 'engine_failed';
}

function amount(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : null;
}

/** Bytes that were loaded are told many times a second; they are not worth a line of log. */
export function isProgress(event: EngineEvent | undefined): boolean {
  return event?.kind === 'pulling' || event?.kind === 'loading';
}
