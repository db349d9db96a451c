export interface Stage {
  id: 'queue' | 'first_token' | 'answer' | 'whole';
  ms: number;
}

interface Timed {
  duration_ms: number;
  queue_ms: number | null;
  ttft_ms: number | null;
}

/**
 * Where the time of a request went: the wait for a machine, the machine until its first token, the rest of the answer.
 * The log has three clocks that begin apart by the reading of the body, so a stage is never less than nothing. What
 * was not measured is not guessed.
 */
export function stagesOf({ duration_ms: duration, queue_ms: queue, ttft_ms: ttft }: Timed): Stage[] {
  const atLeastNothing = (ms: number) => Math.max(0, ms);
  const waited = Math.min(queue ?? 0, duration);
  const stages: Stage[] = queue === null ? [] : [{ id: 'queue', ms: waited }];
  if (ttft === null) {
    return [...stages, { id: queue === null ? 'whole' : 'answer', ms: atLeastNothing(duration - waited) }];
  }
  const first = Math.min(Math.max(ttft, waited), duration);
  return [
    ...stages,
    { id: 'first_token', ms: atLeastNothing(first - waited) },
    { id: 'answer', ms: atLeastNothing(duration - first) },
  ];
}

/** Since the first token, of answers long enough for a pace; null otherwise. */
export function tokensPerSecond(
  entry: Timed & { completion_tokens: number; streamed: boolean },
): number | null {
  const { completion_tokens: tokens, duration_ms: duration, ttft_ms: ttft } = entry;
  if (!entry.streamed || ttft === null || tokens < 2 || duration <= ttft) return null;
  return (tokens - 1) / ((duration - ttft) / 1_000);
}
