import type { ProviderError } from '#providers/provider.ts';
import { errorOfAnswer } from '../../errors.ts';
import { jsonOf } from './endpoints.ts';
import type { Interaction, Recording } from './recording.ts';

export interface ReplayResult {
  operations: number;
  replayed: number;
  parsed_responses: number;
  /** Answers of endpoints that we use, read by our schemas whether they were replayed or not. */
  decoded_responses: number;
  /** Marks of ours that no recording holds, answered by the replay itself. */
  own_tag_calls: number;
  /** Things that the recording makes and never ends: nobody can say what became of them. */
  not_ended_in_recording: number;
  readonly skipped: Record<string, number>;
  /** In words, for people. */
  readonly unmatched: string[];
  readonly leftovers: string[];
}

export function emptyResult(): ReplayResult {
  return {
    ...{ operations: 0, replayed: 0, parsed_responses: 0, decoded_responses: 0, own_tag_calls: 0 },
    ...{ not_ended_in_recording: 0, skipped: {}, unmatched: [], leftovers: [] },
  };
}

/** Refusals alone: each must lead to a kind, whatever product said it. */
export function classifyErrors(recording: Recording): ReplayResult {
  const result = emptyResult();
  if (recording.unreadable > 0) {
    result.operations += recording.unreadable;
    result.skipped['interaction_unreadable'] = recording.unreadable;
  }
  for (const interaction of recording.interactions) {
    result.operations += 1;
    if (interaction.code < 400) {
      result.skipped['no_refusal'] = (result.skipped['no_refusal'] ?? 0) + 1;
      continue;
    }
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

export function classified(interaction: Interaction): ProviderError {
  const call = { provider: 'scaleway', operation: 'replay', isMutation: interaction.method !== 'GET' };
  return errorOfAnswer(call, {
    status: interaction.code,
    body: jsonOf(interaction.body) ?? null,
    retryAfter: interaction.headers['retry-after'],
    requestId: undefined,
    nowMs: 0,
  });
}

export function addResult(sum: ReplayResult, one: ReplayResult): void {
  sum.operations += one.operations;
  sum.replayed += one.replayed;
  sum.parsed_responses += one.parsed_responses;
  sum.decoded_responses += one.decoded_responses;
  sum.own_tag_calls += one.own_tag_calls;
  sum.not_ended_in_recording += one.not_ended_in_recording;
  for (const [reason, count] of Object.entries(one.skipped)) {
    sum.skipped[reason] = (sum.skipped[reason] ?? 0) + count;
  }
  sum.unmatched.push(...one.unmatched);
  sum.leftovers.push(...one.leftovers);
}
