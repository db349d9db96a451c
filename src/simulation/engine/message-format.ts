/**
 * The bytes of Anthropic messages as vLLM writes them: it makes a chat stream and translates each chunk, so there is
 * usage at the start (prompt) and at the end, and none between. A chunk without text becomes no event. The message at
 * the start has neither type nor role, for that class writes only fields that were set.
 */
import {
  type AnswerFormat,
  type AnswerIdentity,
  type CalledTool,
  callOf,
  type Usage,
} from './answer-format.ts';
import type { FinishReason } from './engine-model.ts';

export function messageFormat(identity: AnswerIdentity, tool: CalledTool | undefined): AnswerFormat {
  const id = `chatcmpl-${identity.requestId}`;
  let isBlockOpen = false;
  let reason: FinishReason = 'stop';
  const block = () => {
    if (!tool) return { type: 'text', text: '' };
    return { type: 'tool_use', ...callOf(identity, 0, tool), input: {} };
  };
  const delta = (text: string) =>
    tool ? { type: 'input_json_delta', partial_json: text } : { type: 'text_delta', text };
  return {
    preface: () => '',
    opening(_index, { promptTokens }) {
      const usage = { input_tokens: promptTokens, output_tokens: 0 };
      const message = {
        id,
        content: [],
        model: identity.model,
        stop_reason: null,
        stop_sequence: null,
        usage,
      };
      return event({ type: 'message_start', message });
    },
    content(_index, text, end) {
      if (end) reason = end.reason;
      if (text === '') return '';
      let out = '';
      if (!isBlockOpen) {
        isBlockOpen = true;
        out = event({ type: 'content_block_start', content_block: block(), index: 0 });
      }
      return out + event({ type: 'content_block_delta', delta: delta(text), index: 0 });
    },
    closing(usage) {
      const stop = isBlockOpen ? event({ type: 'content_block_stop', index: 0 }) : '';
      const end = { stop_reason: stopReason(reason, tool) };
      return `${stop}${event({ type: 'message_delta', delta: end, usage: usageOf(usage) })}${event({ type: 'message_stop' })}`;
    },
    whole(choices, usage) {
      const { text = '', reason: ended = 'stop' } = choices[0] ?? {};
      const content = tool
        ? [{ type: 'tool_use', ...callOf(identity, 0, tool), input: parsed(text) }]
        : text === ''
          ? []
          : [{ type: 'text', text }];
      return JSON.stringify({
        id,
        type: 'message',
        role: 'assistant',
        content,
        model: identity.model,
        stop_reason: stopReason(ended, tool),
        usage: usageOf(usage),
      });
    },
    failure: ({ message }) => event({ type: 'error', error: { type: 'internal_error', message } }),
  };
}

function event(data: Readonly<Record<string, unknown>>): string {
  return `event: ${data['type']}\ndata: ${JSON.stringify(data)}\n\n`;
}

function stopReason(reason: FinishReason, tool: CalledTool | undefined): string {
  if (reason === 'length') return 'max_tokens';
  return tool && !tool.isNamed ? 'tool_use' : 'end_turn';
}

/** Where cached tokens are shown, `input_tokens` are those that were not cached, as Anthropic counts. */
function usageOf({ promptTokens, completionTokens, cachedTokens }: Usage) {
  if (cachedTokens === undefined) return { input_tokens: promptTokens, output_tokens: completionTokens };
  return {
    input_tokens: promptTokens - cachedTokens,
    output_tokens: completionTokens,
    cache_creation_input_tokens: 0,
    cache_read_input_tokens: cachedTokens,
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}
