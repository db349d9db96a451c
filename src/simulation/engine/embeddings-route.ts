import { badRequest, type Parsed } from './api-error.ts';
import { embed, encodeEmbedding } from './embeddings.ts';
import type { HttpEngine } from './http-engine.ts';
import { type Exchange, readModelBody, sendError, sendJson } from './http-exchange.ts';
import { checkPrompts, poolPrompts } from './pooling.ts';
import { type Body, promptLists } from './request-body.ts';

const DIMENSIONS_MAX = 8192;

interface EmbeddingRequest {
  readonly inputs: readonly (readonly number[])[];
  readonly dimensions: number;
  readonly encoding: 'float' | 'base64';
}

/** `POST /v1/embeddings`: only the prompts are computed, in the same batches as everything else. */
export async function embeddings(engine: HttpEngine, exchange: Exchange): Promise<void> {
  const { response, requestId } = exchange;
  const { served } = engine.options;
  const body = await readModelBody(exchange, served);
  if (!body) return;
  const request = parse(body, engine.options.embeddingDimensions, served.maxModelLen);
  if (!request.ok) return sendError(response, request.error);
  const { inputs, dimensions, encoding } = request.value;
  const promptTokens = await poolPrompts(engine, exchange, inputs);
  if (promptTokens === undefined) return;
  sendJson(response, 200, {
    id: `embd-${requestId}`,
    object: 'list',
    created: Math.floor(engine.env.clock.now() / 1000),
    model: served.names[0],
    data: inputs.map((input, index) => ({
      index,
      object: 'embedding',
      embedding: encodeEmbedding(embed(input, dimensions), encoding),
    })),
    usage: {
      prompt_tokens: promptTokens,
      total_tokens: promptTokens,
      completion_tokens: 0,
      prompt_tokens_details: null,
    },
  });
}

function parse(body: Body, defaultDimensions: number, maxModelLen: number): Parsed<EmbeddingRequest> {
  const inputs = promptLists(body['input'], 'input');
  if (!inputs.ok) return inputs;
  const fitting = checkPrompts(inputs.value, { maxModelLen, param: 'input', task: 'embedding generation' });
  if (!fitting.ok) return fitting;
  const dimensions = body['dimensions'] ?? defaultDimensions;
  if (
    typeof dimensions !== 'number' ||
    !Number.isInteger(dimensions) ||
    dimensions < 1 ||
    dimensions > DIMENSIONS_MAX
  ) {
    return {
      ok: false,
      error: badRequest(`dimensions must be between 1 and ${DIMENSIONS_MAX}.`, 'dimensions'),
    };
  }
  const encoding = body['encoding_format'] === 'base64' ? 'base64' : 'float';
  return { ok: true, value: { inputs: inputs.value, dimensions, encoding } };
}
