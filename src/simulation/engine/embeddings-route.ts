import type { Socket } from 'node:net';
import { badRequest, type Parsed } from './api-error.ts';
import { blockHashes } from './block-hash.ts';
import { embed, encodeEmbedding } from './embeddings.ts';
import type { HttpEngine } from './http-engine.ts';
import { type Exchange, readModelBody, sendError, sendJson } from './http-exchange.ts';
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
  const { served, tokenLog } = engine.options;
  const body = await readModelBody(exchange, served);
  if (!body) return;
  const request = parse(body, engine.options.embeddingDimensions, served.maxModelLen);
  if (!request.ok) return sendError(response, request.error);
  const { inputs, dimensions, encoding } = request.value;
  const promptTokens = inputs.reduce((sum, { length }) => sum + length, 0);
  const logNumber = tokenLog.opened(requestId, promptTokens, engine.env.clock.now());
  tokenLog.write();
  const cachedTokens = await computePrompts(engine, exchange.request.socket, inputs);
  const isDone = cachedTokens !== undefined;
  engine.metrics.promptTokens += isDone ? promptTokens : 0;
  engine.metrics.finished(isDone ? 'stop' : 'abort');
  tokenLog.ended(
    logNumber,
    {
      requestId,
      promptTokens,
      completionTokens: 0,
      cachedTokens: cachedTokens ?? 0,
      outcome: isDone ? 'done' : 'aborted',
    },
    engine.env.clock.now(),
  );
  tokenLog.write();
  if (!isDone) return;
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
  const outside = inputs.value.find(({ length }) => length === 0 || length > maxModelLen);
  if (outside) {
    const message =
      `This model's maximum context length is ${maxModelLen} tokens. However, you requested ${outside.length} tokens ` +
      'in the input for embedding generation. Please reduce the length of the input.';
    return { ok: false, error: badRequest(message, 'input') };
  }
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

/** Tokens found in the prefix cache, or undefined when the client left first. */
async function computePrompts(
  engine: HttpEngine,
  socket: Socket,
  inputs: EmbeddingRequest['inputs'],
): Promise<number | undefined> {
  const prefix = engine.nextSequencePrefix();
  const idOf = (index: number) => `${prefix}.${index}`;
  return await new Promise((resolve) => {
    let open = inputs.length;
    let cachedTokens = 0;
    for (const [index, input] of inputs.entries()) {
      const request = {
        id: idOf(index),
        promptTokens: input.length,
        blockHashes: blockHashes(input, engine.options.parameters.blockTokens),
        maxTokens: 0,
      };
      engine.runner.submit(request, (event) => {
        if (event.kind !== 'finish') return;
        cachedTokens += event.cachedTokens;
        if (--open > 0) return;
        forget();
        resolve(cachedTokens);
      });
    }
    const forget = engine.connections.onLeave(socket, () => {
      for (const index of inputs.keys()) engine.runner.abort(idOf(index));
      resolve(undefined);
    });
  });
}
