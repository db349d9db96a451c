/** The bytes of answers, with the members and in the order of vLLM's, so that clients and the agent read them alike. */
export interface Counts {
  readonly prompt: number;
  readonly completion: number;
}

export interface AnswerEnd {
  readonly reason: 'stop' | 'length';
  readonly stop: string | null;
}

export interface AnswerForm {
  opening(counts: Counts): string;
  piece(text: string, end: AnswerEnd | undefined, counts: Counts): string;
  closing(counts: Counts): string;
  whole(text: string, end: AnswerEnd, counts: Counts): string;
}

export interface AnswerIdentity {
  readonly id: string;
  readonly model: string;
  readonly created: number;
  readonly includeUsage: boolean;
  readonly continuousUsage: boolean;
}

type Json = Readonly<Record<string, unknown>>;

export function chatForm(identity: AnswerIdentity): AnswerForm {
  const chunk = (choices: readonly Json[], usage: Json): string =>
    event({ ...headOf(identity, 'chatcmpl', 'chat.completion.chunk'), choices, ...usage });
  const delta = (said: Json, end: AnswerEnd | undefined): Json => ({
    index: 0,
    delta: said,
    logprobs: null,
    finish_reason: end?.reason ?? null,
    ...(end ? { stop_reason: end.stop } : {}),
  });
  return {
    opening: (counts) =>
      chunk([delta({ role: 'assistant', content: '' }, undefined)], running(identity, counts)),
    piece: (text, end, counts) => chunk([delta({ content: text }, end)], running(identity, counts)),
    closing: (counts) => `${identity.includeUsage ? chunk([], usageOf(counts)) : ''}${DONE}`,
    whole: (text, end, counts) => {
      const message = { role: 'assistant', content: text, refusal: null, tool_calls: [] };
      const choice = {
        index: 0,
        message,
        logprobs: null,
        finish_reason: end.reason,
        stop_reason: end.stop,
      };
      return JSON.stringify({
        ...headOf(identity, 'chatcmpl', 'chat.completion'),
        choices: [choice],
        ...usageOf(counts),
      });
    },
  };
}

export function textForm(identity: AnswerIdentity): AnswerForm {
  const head = headOf(identity, 'cmpl', 'text_completion');
  const choice = (text: string, end: AnswerEnd | undefined): Json => ({
    index: 0,
    text,
    logprobs: null,
    finish_reason: end?.reason ?? null,
    stop_reason: end?.stop ?? null,
  });
  return {
    opening: () => '',
    piece: (text, end, counts) =>
      event({ ...head, choices: [choice(text, end)], ...running(identity, counts) }),
    closing: (counts) =>
      `${identity.includeUsage ? event({ ...head, choices: [], ...usageOf(counts) }) : ''}${DONE}`,
    whole: (text, end, counts) =>
      JSON.stringify({
        ...head,
        choices: [{ ...choice(text, end), prompt_logprobs: null }],
        ...usageOf(counts),
      }),
  };
}

export function errorText(status: number, type: string, message: string, param: string | null): string {
  return JSON.stringify({ error: { message, type, param, code: status } });
}

/** A stream that breaks off says so, and ends with its mark like any other. */
export function failureText(message: string): string {
  return `data: ${errorText(500, 'InternalServerError', message, null)}\n\n${DONE}`;
}

const DONE = 'data: [DONE]\n\n';

function event(value: Json): string {
  return `data: ${JSON.stringify(value)}\n\n`;
}

function headOf({ id, created, model }: AnswerIdentity, prefix: string, object: string): Json {
  return { id: `${prefix}-${id}`, object, created, model };
}

function running(identity: AnswerIdentity, counts: Counts): Json {
  return identity.continuousUsage ? usageOf(counts) : {};
}

function usageOf({ prompt, completion }: Counts): Json {
  return {
    usage: { prompt_tokens: prompt, total_tokens: prompt + completion, completion_tokens: completion },
  };
}
