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
  const minutes = Math.floor(whole / 60_000);
  const seconds = Math.round((whole - minutes * 60_000) / 100) / 10;
  return minutes > 0 ? `${minutes}m${Math.floor(seconds)}s` : `${seconds}s`;
}
