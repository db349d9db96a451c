/** `POST /v1/score` and `POST /v1/rerank` as vLLM's cross encoders serve them: each pair is one prompt. */
import type { Parsed } from './api-error.ts';
import { embed } from './embeddings.ts';
import type { HttpEngine } from './http-engine.ts';
import { type Exchange, readModelBody, sendError, sendJson } from './http-exchange.ts';
import { checkPrompts, poolPrompts } from './pooling.ts';
import { type Body, isBody, refused } from './request-body.ts';
import { END_OF_TEXT, tokenize } from './tokenizer.ts';

const DIMENSIONS = 64;
/** The names that vLLM accepts for the two sides. */
const SIDES = [
  ['queries', 'documents'],
  ['queries', 'items'],
  ['data_1', 'data_2'],
  ['text_1', 'text_2'],
] as const;

type Pairs = readonly { readonly left: string; readonly right: string }[];

export async function score(engine: HttpEngine, exchange: Exchange): Promise<void> {
  const body = await readModelBody(exchange, engine.options.served);
  if (!body) return;
  const pairs = scorePairs(body);
  if (!pairs.ok) return sendError(exchange.response, pairs.error);
  const promptTokens = await compute(engine, exchange, pairs.value, 'score');
  if (promptTokens === undefined) return;
  sendJson(exchange.response, 200, {
    id: `score-${exchange.requestId}`,
    object: 'list',
    created: Math.floor(engine.env.clock.now() / 1000),
    model: engine.options.served.names[0],
    data: pairs.value.map((pair, index) => ({ index, object: 'score', score: likeness(pair) })),
    usage: {
      prompt_tokens: promptTokens,
      total_tokens: promptTokens,
      completion_tokens: 0,
      prompt_tokens_details: null,
    },
  });
}

export async function rerank(engine: HttpEngine, exchange: Exchange): Promise<void> {
  const body = await readModelBody(exchange, engine.options.served);
  if (!body) return;
  const { query, documents, top_n: topN = 0 } = body;
  const texts = textsOf(documents);
  if (typeof query !== 'string')
    return sendError(exchange.response, refused('Field required: query', 'query').error);
  if (!texts) return sendError(exchange.response, refused('Field required: documents', 'documents').error);
  const pairs = texts.map((text) => ({ left: query, right: text }));
  const promptTokens = await compute(engine, exchange, pairs, 'rerank');
  if (promptTokens === undefined) return;
  const results = pairs
    .map((pair, index) => ({
      index,
      document: { text: pair.right, multi_modal: null },
      relevance_score: likeness(pair),
    }))
    .sort((a, b) => b.relevance_score - a.relevance_score || a.index - b.index);
  sendJson(exchange.response, 200, {
    id: `rerank-${exchange.requestId}`,
    model: engine.options.served.names[0],
    usage: { prompt_tokens: promptTokens, total_tokens: promptTokens },
    results: typeof topN === 'number' && topN > 0 ? results.slice(0, topN) : results,
  });
}

async function compute(engine: HttpEngine, exchange: Exchange, pairs: Pairs, task: string) {
  const prompts = checkPrompts(
    pairs.map(({ left, right }) => [...tokenize(left), END_OF_TEXT, ...tokenize(right)]),
    { maxModelLen: engine.options.served.maxModelLen, param: 'input', task },
  );
  if (prompts.ok) return await poolPrompts(engine, exchange, prompts.value);
  sendError(exchange.response, prompts.error);
  return undefined;
}

/** One against each, or each against its partner. */
function scorePairs(body: Body): Parsed<Pairs> {
  const side = SIDES.find(([left, right]) => body[left] !== undefined && body[right] !== undefined);
  const lefts = side && textsOf(body[side[0]]);
  const rights = side && textsOf(body[side[1]]);
  if (!lefts || !rights) return refused('Field required: queries and documents', 'queries');
  if (lefts.length !== 1 && lefts.length !== rights.length) {
    return refused('Input lengths must be either 1:1, 1:N or N:N', 'queries');
  }
  return {
    ok: true,
    value: rights.map((right, i) => ({ left: lefts[lefts.length === 1 ? 0 : i] ?? '', right })),
  };
}

function textsOf(value: unknown): string[] | undefined {
  const list: unknown[] = Array.isArray(value) ? value : [value];
  const texts = list.map((item) => (isBody(item) ? item['text'] : item));
  return texts.length > 0 && texts.every((text): text is string => typeof text === 'string')
    ? texts
    : undefined;
}

/** Between 0 and 1; texts with the same words are near each other. */
function likeness({ left, right }: Pairs[number]): number {
  const [a, b] = [embed(tokenize(left), DIMENSIONS), embed(tokenize(right), DIMENSIONS)];
  return 0.5 + 0.5 * a.reduce((sum, value, i) => sum + value * (b[i] ?? 0), 0);
}
