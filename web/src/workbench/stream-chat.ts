import type { ChatParameters } from '#contracts/workbench.ts';
import { CSRF_HEADERS } from '../api/client.ts';
import { ProblemError, readProblem } from '../api/problem-error.ts';
import { createSseParser } from './sse-parser.ts';

export interface ChatTurn {
  role: 'system' | 'user' | 'assistant';
  content: string;
}

export interface TokenUsage {
  prompt_tokens: number;
  completion_tokens: number;
}

interface StreamChatOptions {
  model: string;
  messages: readonly ChatTurn[];
  parameters: ChatParameters;
  signal: AbortSignal;
  onStart: (requestId: string | null) => void;
  /** A piece of the answer; one chunk is about one token. */
  onText: (text: string) => void;
  onUsage: (usage: TokenUsage) => void;
}

interface Chunk {
  choices?: { delta?: { content?: string | null }; finish_reason?: string | null }[];
  usage?: TokenUsage | null;
  error?: { message?: string; code?: string | number | null };
}

/**
 * Streams one answer. Resolves with the reason the model gave for its end.
 * @throws {ProblemError} when the request is refused, breaks off, or the engine reports an error in mid-stream.
 */
export async function streamChat(options: StreamChatOptions): Promise<string | null> {
  const response = await openStream(options);
  if (!response.ok) throw await readProblem(response);
  const requestId = response.headers.get('x-request-id');
  options.onStart(requestId);

  let finishReason: string | null = null;
  let isDone = false;
  const parse = createSseParser((data) => {
    if (data === '[DONE]') {
      isDone = true;
      return;
    }
    const chunk = JSON.parse(data) as Chunk;
    if (chunk.error) throw brokenStream(chunk.error.message, requestId);
    const choice = chunk.choices?.[0];
    if (choice?.delta?.content) options.onText(choice.delta.content);
    if (choice?.finish_reason) finishReason = choice.finish_reason;
    if (chunk.usage) options.onUsage(chunk.usage);
  });
  for await (const text of textOf(response, requestId)) parse(text);
  if (!isDone && finishReason === null) throw brokenStream(undefined, requestId);
  return finishReason;
}

async function openStream(options: StreamChatOptions): Promise<Response> {
  const { model, messages, parameters, signal } = options;
  const usage = { stream: true, stream_options: { include_usage: true } };
  try {
    return await fetch('/v1/chat/completions', {
      method: 'POST',
      headers: { ...CSRF_HEADERS, 'Content-Type': 'application/json' },
      credentials: 'same-origin',
      body: JSON.stringify({ ...parameters, model, messages, ...usage }),
      signal,
    });
  } catch (error) {
    if (signal.aborted) throw error;
    throw new ProblemError({ status: 0, code: 'network.unreachable', detail: 'network.unreachable' }, error);
  }
}

async function* textOf(response: Response, requestId: string | null): AsyncGenerator<string> {
  if (!response.body) throw brokenStream(undefined, requestId);
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  while (true) {
    const { done, value } = await reader.read().catch((error: unknown) => {
      if (error instanceof DOMException && error.name === 'AbortError') throw error;
      throw brokenStream(undefined, requestId);
    });
    if (done) return;
    yield value;
  }
}

function brokenStream(message: string | undefined, requestId: string | null): ProblemError {
  return new ProblemError({
    status: 502,
    code: message === undefined ? 'upstream.broken_stream' : 'upstream.error',
    detail: message ?? 'upstream.broken_stream',
    ...(requestId === null ? {} : { request_id: requestId }),
  });
}
