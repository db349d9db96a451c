import type { FinishReason } from './engine-model.ts';

/**
 * The bytes of answers, as vLLM's two serving classes write them. Chunks are put together from fixed pieces, for one
 * is made per token: `JSON.stringify` of a whole chunk costs about five times as much.
 */
export interface Usage {
  readonly promptTokens: number;
  readonly completionTokens: number;
  /** Shown when the engine shows prompt token details and it is not 0. */
  readonly cachedTokens?: number;
}

export interface ChoiceEnd {
  readonly reason: FinishReason;
  /** The stop text that was found; null for the end-of-text token. */
  readonly stopText: string | null;
}

export interface FinishedChoice extends ChoiceEnd {
  readonly index: number;
  readonly text: string;
}

export interface AnswerFormat {
  /** Goes before the first content of all choices; empty for completions. */
  opening(index: number, usage: Usage | undefined): string;
  content(index: number, text: string, end: ChoiceEnd | undefined, usage: Usage | undefined): string;
  usage(usage: Usage): string;
  whole(choices: readonly FinishedChoice[], usage: Usage): string;
}

export const DONE = 'data: [DONE]\n\n';

export interface AnswerIdentity {
  readonly id: string;
  readonly model: string;
  readonly createdSeconds: number;
}

export function chatFormat(identity: AnswerIdentity): AnswerFormat {
  const head = `data: ${headOf(identity, 'chat.completion.chunk')}`;
  return {
    opening: (index, usage) =>
      `${head}"choices":[{"index":${index},"delta":{"role":"assistant","content":""},"logprobs":null,` +
      `"finish_reason":null}]${usageField(usage)}}\n\n`,
    content: (index, text, end, usage) =>
      `${head}"choices":[{"index":${index},"delta":{"content":${JSON.stringify(text)}},"logprobs":null,` +
      `"finish_reason":${end ? `"${end.reason}","stop_reason":${JSON.stringify(end.stopText)}` : 'null'}}]` +
      `${usageField(usage)}}\n\n`,
    usage: (usage) => `${head}"choices":[]${usageField(usage)}}\n\n`,
    whole: (choices, usage) => {
      const list = choices.map(({ index, text, reason, stopText }) => ({
        index,
        message: { role: 'assistant', content: text, refusal: null, tool_calls: [] },
        logprobs: null,
        finish_reason: reason,
        stop_reason: stopText,
      }));
      return `${headOf(identity, 'chat.completion')}"choices":${JSON.stringify(list)}${usageField(usage)}}`;
    },
  };
}

export function completionFormat(identity: AnswerIdentity): AnswerFormat {
  const head = `data: ${headOf(identity, 'text_completion')}`;
  return {
    opening: () => '',
    content: (index, text, end, usage) =>
      `${head}"choices":[{"index":${index},"text":${JSON.stringify(text)},"logprobs":null,"finish_reason":` +
      `${end ? `"${end.reason}"` : 'null'},"stop_reason":${JSON.stringify(end?.stopText ?? null)}}]` +
      // This serving class writes unset fields too.
      `${usage ? usageField(usage) : ',"usage":null'}}\n\n`,
    usage: (usage) => `${head}"choices":[]${usageField(usage)}}\n\n`,
    whole: (choices, usage) => {
      const list = choices.map(({ index, text, reason, stopText }) => ({
        index,
        text,
        logprobs: null,
        finish_reason: reason,
        stop_reason: stopText,
        prompt_logprobs: null,
      }));
      return `${headOf(identity, 'text_completion')}"choices":${JSON.stringify(list)}${usageField(usage)}}`;
    },
  };
}

function headOf({ id, model, createdSeconds }: AnswerIdentity, object: string): string {
  return `{"id":${JSON.stringify(id)},"object":"${object}","created":${createdSeconds},"model":${JSON.stringify(model)},`;
}

function usageField(usage: Usage | undefined): string {
  if (!usage) return '';
  const { promptTokens, completionTokens, cachedTokens } = usage;
  const details = cachedTokens ? `,"prompt_tokens_details":{"cached_tokens":${cachedTokens}}` : '';
  return (
    `,"usage":{"prompt_tokens":${promptTokens},"total_tokens":${promptTokens + completionTokens},` +
    `"completion_tokens":${completionTokens}${details}}`
  );
}
