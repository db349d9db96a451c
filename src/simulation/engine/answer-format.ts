import { type ApiError, errorBody } from './api-error.ts';
import type { FinishReason } from './engine-model.ts';

/**
 * The bytes of answers, as vLLM's serving classes write them. Chunks are put together from fixed pieces, for one
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
  /** Goes out with the head of a stream, before anything is computed. */
  preface(): string;
  /** Goes before the first content of all choices; empty for completions. */
  opening(index: number, usage: Usage): string;
  content(index: number, text: string, end: ChoiceEnd | undefined, usage: Usage): string;
  /** Goes after the last content of all choices, with whatever marks the end of a stream. */
  closing(usage: Usage): string;
  whole(choices: readonly FinishedChoice[], usage: Usage): string;
  /** What the engine writes into a stream in which it failed; undefined when it breaks the connection off. */
  failure(error: ApiError): string | undefined;
}

const DONE = 'data: [DONE]\n\n';

export interface AnswerIdentity {
  /** As the client named the request. */
  readonly requestId: string;
  readonly model: string;
  readonly createdSeconds: number;
}

/** What a stream of OpenAI chunks says about its usage. */
export interface UsageWish {
  readonly includeUsage: boolean;
  readonly continuousUsage: boolean;
}

export function chatFormat(
  identity: AnswerIdentity,
  wish: UsageWish,
  tool: CalledTool | undefined,
): AnswerFormat {
  const named = { ...identity, requestId: `chatcmpl-${identity.requestId}` };
  const head = `data: ${headOf(named, 'chat.completion.chunk')}`;
  const running = (usage: Usage) => (wish.continuousUsage ? usageField(usage) : '');
  const openCalls = new Set<number>();
  const delta = (index: number, text: string): string => {
    if (!tool) return `{"content":${JSON.stringify(text)}}`;
    if (text === '') return '{}';
    const called = JSON.stringify(text);
    if (openCalls.has(index)) return `{"tool_calls":[{"index":0,"function":{"arguments":${called}}}]}`;
    openCalls.add(index);
    const { id, name } = callOf(identity, index, tool);
    return (
      `{"tool_calls":[{"id":"${id}","type":"function","index":0,` +
      `"function":{"name":${JSON.stringify(name)},"arguments":${called}}}]}`
    );
  };
  return {
    preface: () => '',
    opening: (index, usage) =>
      `${head}"choices":[{"index":${index},"delta":{"role":"assistant","content":""},"logprobs":null,` +
      `"finish_reason":null}]${running(usage)}}\n\n`,
    content: (index, text, end, usage) =>
      `${head}"choices":[{"index":${index},"delta":${delta(index, text)},"logprobs":null,` +
      `"finish_reason":${end ? `"${finishOf(end, tool)}","stop_reason":${JSON.stringify(end.stopText)}` : 'null'}}]` +
      `${running(usage)}}\n\n`,
    closing: (usage) => `${wish.includeUsage ? `${head}"choices":[]${usageField(usage)}}\n\n` : ''}${DONE}`,
    whole: (choices, usage) => {
      const list = choices.map((choice) => ({
        index: choice.index,
        message: messageOf(identity, choice, tool),
        logprobs: null,
        finish_reason: finishOf(choice, tool),
        stop_reason: choice.stopText,
      }));
      return `${headOf(named, 'chat.completion')}"choices":${JSON.stringify(list)}${usageField(usage)}}`;
    },
    failure: (error) => `data: ${errorBody(error)}\n\n${DONE}`,
  };
}

/** A tool that the answer calls, because the request says so. */
export interface CalledTool {
  readonly name: string;
  /** One certain tool was asked for; vLLM then ends with the reason of the text, as OpenAI does. */
  readonly isNamed: boolean;
}

export function callOf({ requestId }: AnswerIdentity, index: number, { name }: CalledTool) {
  return { id: `call_${requestId.replace(/[^A-Za-z0-9]/g, '')}${index}`, name };
}

function finishOf(end: ChoiceEnd, tool: CalledTool | undefined): string {
  return tool && !tool.isNamed && end.reason === 'stop' ? 'tool_calls' : end.reason;
}

function messageOf(identity: AnswerIdentity, { index, text }: FinishedChoice, tool: CalledTool | undefined) {
  if (!tool) return { role: 'assistant', content: text, refusal: null, tool_calls: [] };
  const { id, name } = callOf(identity, index, tool);
  const call = { id, type: 'function', function: { name, arguments: text } };
  return { role: 'assistant', content: '', refusal: null, tool_calls: [call] };
}

export function completionFormat(identity: AnswerIdentity, wish: UsageWish): AnswerFormat {
  const named = { ...identity, requestId: `cmpl-${identity.requestId}` };
  const head = `data: ${headOf(named, 'text_completion')}`;
  return {
    preface: () => '',
    opening: () => '',
    content: (index, text, end, usage) =>
      `${head}"choices":[{"index":${index},"text":${JSON.stringify(text)},"logprobs":null,"finish_reason":` +
      `${end ? `"${end.reason}"` : 'null'},"stop_reason":${JSON.stringify(end?.stopText ?? null)}}]` +
      // This serving class writes unset fields too.
      `${wish.continuousUsage ? usageField(usage) : ',"usage":null'}}\n\n`,
    closing: (usage) => `${wish.includeUsage ? `${head}"choices":[]${usageField(usage)}}\n\n` : ''}${DONE}`,
    whole: (choices, usage) => {
      const list = choices.map(({ index, text, reason, stopText }) => ({
        index,
        text,
        logprobs: null,
        finish_reason: reason,
        stop_reason: stopText,
        prompt_logprobs: null,
      }));
      return `${headOf(named, 'text_completion')}"choices":${JSON.stringify(list)}${usageField(usage)}}`;
    },
    failure: (error) => `data: ${errorBody(error)}\n\n${DONE}`,
  };
}

function headOf({ requestId, model, createdSeconds }: AnswerIdentity, object: string): string {
  return `{"id":${JSON.stringify(requestId)},"object":"${object}","created":${createdSeconds},"model":${JSON.stringify(model)},`;
}

function usageField(usage: Usage): string {
  const { promptTokens, completionTokens, cachedTokens } = usage;
  const details = cachedTokens ? `,"prompt_tokens_details":{"cached_tokens":${cachedTokens}}` : '';
  return (
    `,"usage":{"prompt_tokens":${promptTokens},"total_tokens":${promptTokens + completionTokens},` +
    `"completion_tokens":${completionTokens}${details}}`
  );
}
