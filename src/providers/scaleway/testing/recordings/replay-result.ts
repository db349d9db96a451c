import type { ProviderError } from '#providers/provider.ts';
import { errorOfAnswer } from '../../errors.ts';
import { jsonOf } from './endpoints.ts';
import type { Interaction, Recording } from './recording.ts';

export interface ReplayResult {
  operations: number;
  replayed: number;
  parsed_responses: number;
  readonly skipped: Record<string, number>;
  /** In words, for people. */
  readonly unmatched: string[];
  readonly leftovers: string[];
}

export function emptyResult(): ReplayResult {
  return { operations: 0, replayed: 0, parsed_responses: 0, skipped: {}, unmatched: [], leftovers: [] };
}

/** Refusals alone: each must lead to a kind, whatever product said it. */
export function classifyErrors(recording: Recording): ReplayResult {
  const result = emptyResult();
  for (const interaction of recording.interactions) {
    result.operations += 1;
    const { kind } = classified(interaction).facts;
    // Without a body of Scaleway's own a 404 is no absence, so `unknown` is right for it.
    if (kind === 'unknown' && interaction.code !== 404) {
      result.unmatched.push(`${interaction.code} ${interaction.body.slice(0, 80)} has no kind`);
      continue;
    }
    result.replayed += 1;
    result.parsed_responses += 1;
  }
  return result;
}

function classified(interaction: Interaction): ProviderError {
  const call = { provider: 'scaleway', operation: 'replay', isMutation: interaction.method !== 'GET' };
  return errorOfAnswer(call, {
    status: interaction.code,
    body: jsonOf(interaction.body) ?? null,
    retryAfter: interaction.headers['retry-after'],
    requestId: undefined,
    nowMs: 0,
  });
}
