import type { LimitState, LimitStates } from '#routing/limits/limits.ts';

/** What is left, in the headers that clients of OpenAI read. None where there is no limit. */
export function addRateHeaders(headers: Record<string, string>, states: LimitStates): void {
  add(headers, 'requests', states.requests);
  add(headers, 'tokens', states.tokens);
}

function add(headers: Record<string, string>, kind: string, state: LimitState | undefined): void {
  if (!state) return;
  headers[`x-ratelimit-limit-${kind}`] = String(state.limit);
  headers[`x-ratelimit-remaining-${kind}`] = String(state.remaining);
  headers[`x-ratelimit-reset-${kind}`] = durationOf(state.resetMs);
}

/** As OpenAI writes it: `6m0s`, `1.2s`, `20ms`. */
export function durationOf(ms: number): string {
  const whole = Math.ceil(ms);
  if (whole < 1_000) return `${whole}ms`;
  if (whole < 60_000) return `${Math.round(whole / 100) / 10}s`;
  return `${Math.floor(whole / 60_000)}m${Math.floor((whole % 60_000) / 1_000)}s`;
}
