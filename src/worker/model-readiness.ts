import type { Env } from '#kernel/env.ts';
import type { EngineAnswer, EngineClient } from './engine-client.ts';
import { asFields, parseFields } from './field-readers.ts';

const LIST_LIMIT_MS = 5_000;
/** The first request may compile kernels. */
const WARM_UP_LIMIT_MS = 300_000;

export async function modelIsListed(
  client: EngineClient,
  servedName: string,
  limitMs = LIST_LIMIT_MS,
): Promise<boolean> {
  const answer = await client.get('/v1/models', limitMs);
  if (answer?.status !== 200) return false;
  try {
    const cards = parseFields(answer.text, 'The model list')['data'];
    return Array.isArray(cards) && cards.some((card) => asFields(card, 'card')['id'] === servedName);
  } catch {
    return false;
  }
}

/** One token, or one embedding where the model makes no text. Its request id starts with `warmup-`. */
export async function warmUp(env: Env, client: EngineClient, servedName: string): Promise<boolean> {
  const headers = { 'x-request-id': `warmup-${Buffer.from(env.random.bytes(8)).toString('hex')}` };
  const ask = (path: string, body: Record<string, unknown>): Promise<EngineAnswer | undefined> =>
    client.post(path, { model: servedName, ...body }, headers, WARM_UP_LIMIT_MS);
  const completion = await ask('/v1/completions', { prompt: 'Hello', max_tokens: 1, temperature: 0 });
  if (completion?.status === 200) return true;
  if (completion === undefined || completion.status >= 500) return false;
  const embedding = await ask('/v1/embeddings', { input: 'Hello' });
  return embedding?.status === 200;
}
