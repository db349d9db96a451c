import type { Socket } from 'node:net';
import { badRequest } from './api-error.ts';
import { renderChat } from './chat-template.ts';
import { embeddings } from './embeddings-route.ts';
import { parseFault } from './faults.ts';
import { Generation } from './generation.ts';
import type { HttpEngine } from './http-engine.ts';
import {
  type Exchange,
  readBody,
  readModelBody,
  refuse,
  sendError,
  sendJson,
  sendText,
} from './http-exchange.ts';
import { messagePrompt, parseMessage } from './message-request.ts';
import { chatMessages, parseChat, parseCompletion } from './request-body.ts';
import { parseResponse } from './response-request.ts';
import { rerank, score } from './scores-route.ts';
import { detokenize, isTokenId, tokenize } from './tokenizer.ts';

export interface EngineRoute {
  /** Answers 503 while the model loads. */
  readonly needsModel: boolean;
  answer(exchange: Exchange): void | Promise<void>;
}

/** Every route of the engine by method and path; `/sim/faults` is the one that vLLM does not have. */
export function engineRoutes(engine: HttpEngine): ReadonlyMap<string, EngineRoute> {
  const open = (answer: EngineRoute['answer']): EngineRoute => ({ needsModel: false, answer });
  const model = (answer: EngineRoute['answer']): EngineRoute => ({ needsModel: true, answer });
  const health = open(({ response }) => {
    response.writeHead(engine.isHealthy ? 200 : 503, { 'content-length': 0 });
    response.end();
  });
  return new Map<string, EngineRoute>([
    ['GET /health', health],
    ['GET /ping', health],
    ['GET /version', open(({ response }) => sendJson(response, 200, { version: engine.options.version }))],
    ['GET /load', open(({ response }) => sendJson(response, 200, { server_load: engine.inFlight - 1 }))],
    ['GET /metrics', open((exchange) => metrics(engine, exchange))],
    ['GET /v1/models', model((exchange) => models(engine, exchange))],
    ['POST /v1/chat/completions', model((exchange) => generate(engine, exchange, parseChat))],
    ['POST /v1/completions', model((exchange) => generate(engine, exchange, parseCompletion))],
    ['POST /v1/embeddings', model((exchange) => embeddings(engine, exchange))],
    ['POST /v1/responses', model((exchange) => generate(engine, exchange, parseResponse))],
    ['POST /v1/messages', model((exchange) => generate(engine, exchange, parseMessage))],
    ['POST /v1/messages/count_tokens', model((exchange) => countTokens(engine, exchange))],
    ...['/v1/rerank', '/v2/rerank', '/rerank'].map(
      (path) => [`POST ${path}`, model((exchange) => rerank(engine, exchange))] as const,
    ),
    ...['/v1/score', '/score'].map(
      (path) => [`POST ${path}`, model((exchange) => score(engine, exchange))] as const,
    ),
    ['POST /tokenize', model((exchange) => tokens(engine, exchange))],
    ['POST /detokenize', model((exchange) => text(engine, exchange))],
    ['GET /sim/faults', open(({ response }) => sendJson(response, 200, { faults: engine.faults.list() }))],
    ['POST /sim/faults', open((exchange) => addFault(engine, exchange))],
    ['DELETE /sim/faults', open((exchange) => clearFaults(engine, exchange))],
  ]);
}

async function generate(engine: HttpEngine, exchange: Exchange, parse: typeof parseChat): Promise<void> {
  const { response, requestId } = exchange;
  const body = await readModelBody(exchange, engine.options.served);
  if (!body) return;
  const request = parse(body, engine.options.served);
  if (!request.ok) return refuse(exchange, request.error);
  const { socket } = exchange.request;
  const fault = engine.faults.take(requestId);
  if (fault?.kind === 'reject') {
    return sendError(response, {
      status: fault.status,
      type: 'InternalServerError',
      message: 'Injected fault.',
      param: null,
    });
  }
  if (fault?.kind === 'delay') await sleepWhileThere(engine, socket, fault.delayMs);
  if (engine.connections.isGone(socket)) return;
  const generation = new Generation(engine.generationContext, request.value, {
    response,
    requestId,
    sequencePrefix: engine.nextSequencePrefix(),
    model: typeof body['model'] === 'string' ? body['model'] : (engine.options.served.names[0] ?? ''),
    fault,
  });
  const forget = engine.connections.onLeave(socket, () => generation.abort());
  response.once('close', forget);
  generation.start();
}

async function countTokens(engine: HttpEngine, exchange: Exchange): Promise<void> {
  const body = await readModelBody(exchange, engine.options.served);
  if (!body) return;
  const prompt = messagePrompt(body);
  if (!prompt.ok) return refuse(exchange, prompt.error);
  const { length } = prompt.value;
  sendJson(exchange.response, 200, {
    input_tokens: length,
    context_management: { original_input_tokens: length },
  });
}

function metrics(engine: HttpEngine, { response }: Exchange): void {
  const text = engine.metrics.render(engine.runner.model.load());
  sendText(response, 200, 'text/plain; version=0.0.4; charset=utf-8', text);
}

function models(engine: HttpEngine, { response }: Exchange): void {
  const { names, maxModelLen } = engine.options.served;
  const created = Math.floor(engine.env.clock.now() / 1000);
  const data = names.map((id) => ({
    id,
    object: 'model',
    created,
    owned_by: 'vllm',
    root: id,
    parent: null,
    max_model_len: maxModelLen,
    permission: [],
  }));
  sendJson(response, 200, { object: 'list', data });
}

async function tokens(engine: HttpEngine, exchange: Exchange): Promise<void> {
  const body = await readModelBody(exchange, engine.options.served);
  if (!body) return;
  let ids: number[];
  if (typeof body['prompt'] === 'string') {
    ids = tokenize(body['prompt']);
  } else {
    const messages = chatMessages(body['messages']);
    if (!messages.ok) return sendError(exchange.response, messages.error);
    ids = renderChat(messages.value, body['add_generation_prompt'] !== false, body['tools']);
  }
  sendJson(exchange.response, 200, {
    count: ids.length,
    max_model_len: engine.options.served.maxModelLen,
    tokens: ids,
    token_strs: body['return_token_strs'] === true ? ids.map((id) => detokenize([id])) : null,
  });
}

async function text(engine: HttpEngine, exchange: Exchange): Promise<void> {
  const body = await readModelBody(exchange, engine.options.served);
  if (!body) return;
  const ids = body['tokens'];
  if (!Array.isArray(ids) || !ids.every(isTokenId)) {
    return sendError(exchange.response, badRequest('tokens must be an array of token ids.', 'tokens'));
  }
  sendJson(exchange.response, 200, { prompt: detokenize(ids) });
}

async function addFault(engine: HttpEngine, exchange: Exchange): Promise<void> {
  const body = await readBody(exchange.request);
  if (!body) return;
  if (!body.ok) return sendError(exchange.response, body.error);
  const parsed = parseFault(body.value);
  if (typeof parsed === 'string') return sendError(exchange.response, badRequest(parsed));
  engine.faults.add(parsed.fault, parsed.times);
  engine.runner.isStalled = engine.faults.has('stall');
  sendJson(exchange.response, 200, { faults: engine.faults.list() });
}

function clearFaults(engine: HttpEngine, { response }: Exchange): void {
  engine.faults.clear();
  engine.runner.isStalled = false;
  sendJson(response, 200, { faults: [] });
}

async function sleepWhileThere(engine: HttpEngine, socket: Socket, ms: number): Promise<void> {
  const leave = new AbortController();
  const forget = engine.connections.onLeave(socket, () => leave.abort());
  // Whether the client left is looked at afterwards.
  await engine.env.sleep(ms, leave.signal).catch(() => {});
  forget();
}
