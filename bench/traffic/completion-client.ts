/**
 * A client of chat completions that keeps connections, judges each answer, and can leave in the middle of one.
 * Written on node:http, because what breaks must be seen as it is: nothing is tried again.
 */
import { Agent, type IncomingMessage, request } from 'node:http';

export interface Completion {
  readonly maxTokens: number;
  readonly isStream: boolean;
  /** Events after which the client closes its connection; a unary one is left after so many milliseconds. */
  readonly leaveAfter?: number;
  readonly prompt: string;
}

export type CompletionEnd =
  | { readonly kind: 'completed' }
  | { readonly kind: 'left' }
  | { readonly kind: 'failed'; readonly why: string };

export interface CompletionTarget {
  readonly port: number;
  readonly apiKey: string;
  readonly model: string;
}

export class CompletionClient {
  readonly #agent: Agent;

  /** Idle connections are given up after four seconds, as common clients do. */
  constructor(connectionsMax: number) {
    this.#agent = new Agent({ keepAlive: true, maxSockets: connectionsMax, timeout: 120_000 });
    // Node takes the hint from this option when it decides whether an idle socket may be used again.
    this.#agent.on('free', (socket) => socket.setTimeout(4_000));
  }

  complete({ port, apiKey, model }: CompletionTarget, completion: Completion): Promise<CompletionEnd> {
    const body = JSON.stringify({
      model,
      messages: [{ role: 'user', content: completion.prompt }],
      max_tokens: completion.maxTokens,
      ignore_eos: true,
      stream: completion.isStream,
    });
    const headers = {
      authorization: `Bearer ${apiKey}`,
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
    };
    return new Promise((resolve) => {
      let hasLeft = false;
      const leave = () => {
        hasLeft = true;
        sent.destroy();
        resolve({ kind: 'left' });
      };
      const fail = (why: string) => resolve(hasLeft ? { kind: 'left' } : { kind: 'failed', why });
      const sent = request(
        {
          host: '127.0.0.1',
          port,
          path: '/v1/chat/completions',
          method: 'POST',
          agent: this.#agent,
          headers,
        },
        (answer) => judge(answer, completion, { leave, end: resolve, fail }),
      );
      sent.on('error', (error) => fail(error.message));
      if (!completion.isStream && completion.leaveAfter !== undefined)
        setTimeout(leave, completion.leaveAfter);
      sent.end(body);
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}

interface Judges {
  readonly leave: () => void;
  readonly end: (end: CompletionEnd) => void;
  readonly fail: (why: string) => void;
}

function judge(answer: IncomingMessage, completion: Completion, { leave, end, fail }: Judges): void {
  let text = '';
  let events = 0;
  answer.setEncoding('utf8');
  answer.on('data', (part: string) => {
    text += part;
    if (!completion.isStream || completion.leaveAfter === undefined) return;
    events += part.split('data: ').length - 1;
    if (events >= completion.leaveAfter) leave();
  });
  answer.on('error', (error) => fail(error.message));
  answer.on('close', () => {
    if (!answer.complete) return fail('the connection ended in the middle of the answer');
    if (answer.statusCode !== 200) return fail(`${answer.statusCode} ${text.slice(0, 200)}`);
    const isWhole = completion.isStream
      ? text.endsWith('data: [DONE]\n\n') && !text.includes('"error"')
      : text.includes('"finish_reason"');
    if (isWhole) end({ kind: 'completed' });
    else fail(`the answer is not whole: ...${text.slice(-200)}`);
  });
}
