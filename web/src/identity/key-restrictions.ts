import type { ApiKey } from '../api/types.ts';

/** What restricts a key beside its expiry, as the form holds it: texts as they were typed. */
export interface Restrictions {
  models: string;
  requestsPerMinute: string;
  tokensPerMinute: string;
  concurrentRequests: string;
  priority: ApiKey['priority_max'];
  waitsForStart: boolean;
}

export const UNRESTRICTED: Restrictions = {
  models: '',
  requestsPerMinute: '',
  tokensPerMinute: '',
  concurrentRequests: '',
  priority: 'normal',
  waitsForStart: false,
};

/** What restricts a key now, as the form holds it. */
export function restrictionsOf(key: RestrictionsBody): Restrictions {
  const text = (limit: number | null) => (limit === null ? '' : String(limit));
  return {
    models: key.models?.join(', ') ?? '',
    requestsPerMinute: text(key.limits.requests_per_minute),
    tokensPerMinute: text(key.limits.tokens_per_minute),
    concurrentRequests: text(key.limits.concurrent_requests),
    priority: key.priority_max,
    waitsForStart: key.waits_for_start,
  };
}

export type RestrictionsBody = Pick<ApiKey, 'models' | 'limits' | 'priority_max' | 'waits_for_start'>;

/** For the server, which refuses what is wrong. An empty field is no restriction. */
export function bodyOf(wish: Restrictions): RestrictionsBody {
  const models = wish.models.split(/[\s,;]+/).filter((name) => name !== '');
  return {
    models: models.length > 0 ? [...new Set(models)] : null,
    limits: {
      requests_per_minute: numberOf(wish.requestsPerMinute),
      tokens_per_minute: numberOf(wish.tokensPerMinute),
      concurrent_requests: numberOf(wish.concurrentRequests),
    },
    priority_max: wish.priority,
    waits_for_start: wish.waitsForStart,
  };
}

export function isRestricted(wish: Restrictions): boolean {
  return (Object.keys(UNRESTRICTED) as (keyof Restrictions)[]).some(
    (name) => wish[name] !== UNRESTRICTED[name],
  );
}

/** A limit that is no limit would be a key without one, so it is never sent. */
export function isLimit(text: string): boolean {
  return /^\s*(?:[1-9]\d{0,11})?\s*$/.test(text);
}

export const LIMIT_NAMES = ['requestsPerMinute', 'tokensPerMinute', 'concurrentRequests'] as const;

export function isSendable(wish: Restrictions): boolean {
  return LIMIT_NAMES.every((name) => isLimit(wish[name]));
}

function numberOf(text: string): number | null {
  return text.trim() === '' ? null : Number(text);
}
