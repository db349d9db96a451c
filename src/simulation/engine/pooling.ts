import type { Socket } from 'node:net';
import type { Parsed } from './api-error.ts';
import { badRequest } from './api-error.ts';
import { blockHashes } from './block-hash.ts';
import type { HttpEngine } from './http-engine.ts';
import type { Exchange } from './http-exchange.ts';

/**
 * Requests of which only the prompts are computed, in the same batches as everything else: embeddings, scores, ranks.
 * Returns the prompt tokens, or undefined when the client left first; either way the log has its line.
 */
export async function poolPrompts(
  engine: HttpEngine,
  { request, requestId }: Exchange,
  prompts: readonly (readonly number[])[],
): Promise<number | undefined> {
  const { tokenLog } = engine.options;
  const promptTokens = prompts.reduce((sum, { length }) => sum + length, 0);
  const logNumber = tokenLog.opened(requestId, promptTokens, engine.env.clock.now());
  tokenLog.write();
  const cachedTokens = await computePrompts(engine, request.socket, prompts);
  const isDone = cachedTokens !== undefined;
  engine.metrics.promptTokens += isDone ? promptTokens : 0;
  engine.metrics.finished(isDone ? 'stop' : 'abort');
  const tally = {
    requestId,
    promptTokens,
    completionTokens: 0,
    cachedTokens: cachedTokens ?? 0,
    outcome: isDone ? ('done' as const) : ('aborted' as const),
  };
  tokenLog.ended(logNumber, tally, engine.env.clock.now());
  tokenLog.write();
  return isDone ? promptTokens : undefined;
}

export function checkPrompts<T extends readonly (readonly number[])[]>(
  prompts: T,
  { maxModelLen, param, task }: { maxModelLen: number; param: string; task: string },
): Parsed<T> {
  const outside = prompts.find(({ length }) => length === 0 || length > maxModelLen);
  if (!outside) return { ok: true, value: prompts };
  const message =
    `This model's maximum context length is ${maxModelLen} tokens. However, you requested ${outside.length} tokens ` +
    `in the input for ${task}. Please reduce the length of the input.`;
  return { ok: false, error: badRequest(message, param) };
}

/** Tokens found in the prefix cache, or undefined when the client left first. */
async function computePrompts(
  engine: HttpEngine,
  socket: Socket,
  prompts: readonly (readonly number[])[],
): Promise<number | undefined> {
  const prefix = engine.nextSequencePrefix();
  const idOf = (index: number) => `${prefix}.${index}`;
  return await new Promise((resolve) => {
    let open = prompts.length;
    let cachedTokens = 0;
    for (const [index, prompt] of prompts.entries()) {
      const request = {
        id: idOf(index),
        promptTokens: prompt.length,
        blockHashes: blockHashes(prompt, engine.options.parameters.blockTokens),
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
      for (const index of prompts.keys()) engine.runner.abort(idOf(index));
      resolve(undefined);
    });
  });
}
