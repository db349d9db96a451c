import type { UsageRecord } from '#contracts/usage.ts';
import type { Opened } from '../journal/records.ts';

export function openedOf(requestId: string): Opened {
  return {
    request_id: requestId,
    org_id: 'org_a',
    api_key_id: 'key_a',
    user_id: 'user_a',
    model_id: 'model_a',
    endpoint: '/v1/chat/completions',
    streamed: true,
    started_at_ms: 1_000,
    worker: { instance_id: 'inst_a', address: '127.0.0.2', data_port: 8000, epoch: 1 },
  };
}

export function usageOfNumber(requestId: string, tokens: number): UsageRecord {
  const { worker, ...rest } = openedOf(requestId);
  return {
    ...rest,
    instance_id: worker.instance_id,
    outcome: 'completed',
    http_status: 200,
    error_code: null,
    prompt_tokens: tokens,
    completion_tokens: 1,
    cached_tokens: 0,
    ended_at_ms: 2_000,
    ttft_ms: 1.5,
  };
}
