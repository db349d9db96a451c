/**
 * The bytes of OpenAI responses as vLLM writes them: two events before anything is computed, then an item with its
 * deltas, and the usage only in the last event. An answer that was cut by `max_output_tokens` is `completed` too, by
 * the name of its event; its status says `incomplete`. When the model fails in mid-stream, the connection just breaks.
 */
import {
  type AnswerFormat,
  type AnswerIdentity,
  type CalledTool,
  callOf,
  type FinishedChoice,
  type Usage,
} from './answer-format.ts';
import type { FinishReason } from './engine-model.ts';
import type { Body } from './request-body.ts';

export function responseFormat(
  identity: AnswerIdentity,
  asked: Body,
  tool: CalledTool | undefined,
): AnswerFormat {
  const id = `resp_${identity.requestId}`;
  const response = responseOf(identity, id, asked);
  const events = new ResponseEvents(identity, tool);
  return {
    preface() {
      const inProgress = response('in_progress', [], null);
      return (
        events.next('response.created', { response: inProgress }) +
        events.next('response.in_progress', { response: inProgress })
      );
    },
    opening: () => '',
    content: (_index, text, end) => events.content(text, end?.reason),
    closing(usage) {
      const out = events.itemDone();
      const status = events.reason === 'length' ? 'incomplete' : 'completed';
      const whole = response(status, events.items('completed'), usageOf(usage));
      return out + events.next('response.completed', { response: whole });
    },
    whole(choices, usage) {
      const [choice] = choices as readonly [FinishedChoice];
      events.content(choice.text, choice.reason);
      const status = choice.reason === 'length' ? 'incomplete' : 'completed';
      return JSON.stringify(response(status, events.items('completed'), usageOf(usage)));
    },
    failure: () => undefined,
  };
}

/** The events of the one item of a response, numbered. */
class ResponseEvents {
  reason: FinishReason = 'stop';
  readonly #tool: CalledTool | undefined;
  readonly #itemId: string;
  readonly #call: { readonly id: string; readonly name: string } | undefined;
  #number = 0;
  #text = '';
  #isOpen = false;

  constructor(identity: AnswerIdentity, tool: CalledTool | undefined) {
    this.#tool = tool;
    this.#itemId = `${tool ? 'fc' : 'msg'}_${identity.requestId}`;
    this.#call = tool && callOf(identity, 0, tool);
  }

  next(type: string, data: Body): string {
    const text = JSON.stringify({ ...data, sequence_number: this.#number++, type });
    return `event: ${type}\ndata: ${text}\n\n`;
  }

  content(text: string, end: FinishReason | undefined): string {
    if (end) this.reason = end;
    if (text === '') return '';
    let out = '';
    if (!this.#isOpen) {
      this.#isOpen = true;
      out = this.#opened();
    }
    this.#text += text;
    const delta = { delta: text, item_id: this.#itemId, output_index: 0 };
    if (this.#tool) return out + this.next('response.function_call_arguments.delta', delta);
    return out + this.next('response.output_text.delta', { content_index: 0, ...delta, logprobs: [] });
  }

  itemDone(): string {
    if (!this.#isOpen) return '';
    const place = { item_id: this.#itemId, output_index: 0 };
    const [item] = this.items('completed');
    const last = this.#tool
      ? this.next('response.function_call_arguments.done', {
          arguments: this.#text,
          ...place,
          name: this.#tool.name,
        })
      : this.next('response.output_text.done', {
          content_index: 0,
          ...place,
          logprobs: [],
          text: this.#text,
        }) + this.next('response.content_part.done', { content_index: 0, ...place, part: part(this.#text) });
    return last + this.next('response.output_item.done', { item, output_index: 0 });
  }

  /** None when there was no text. */
  items(status: string): Body[] {
    if (!this.#isOpen) return [];
    const id = this.#itemId;
    if (this.#call) {
      const { id: callId, name } = this.#call;
      return [{ arguments: this.#text, call_id: callId, name, type: 'function_call', id, status }];
    }
    return [{ id, content: [part(this.#text)], role: 'assistant', status, type: 'message' }];
  }

  #opened(): string {
    const item = { ...this.items('in_progress')[0], ...(this.#tool ? {} : { content: [] }) };
    const added = this.next('response.output_item.added', { item, output_index: 0 });
    if (this.#tool) return added;
    const place = { content_index: 0, item_id: this.#itemId, output_index: 0 };
    return added + this.next('response.content_part.added', { ...place, part: part('') });
  }
}

function part(text: string) {
  return { annotations: [], text, type: 'output_text', logprobs: [] };
}

function usageOf({ promptTokens, completionTokens, cachedTokens }: Usage) {
  return {
    input_tokens: promptTokens,
    input_tokens_details: {
      cached_tokens: cachedTokens ?? 0,
      input_tokens_per_turn: [],
      cached_tokens_per_turn: [],
    },
    output_tokens: completionTokens,
    output_tokens_details: {
      reasoning_tokens: 0,
      tool_output_tokens: 0,
      output_tokens_per_turn: [],
      tool_output_tokens_per_turn: [],
    },
    total_tokens: promptTokens + completionTokens,
  };
}

function responseOf({ model, createdSeconds }: AnswerIdentity, id: string, asked: Body) {
  return (status: string, output: readonly Body[], usage: unknown): Body => ({
    id,
    created_at: createdSeconds,
    incomplete_details: status === 'incomplete' ? { reason: 'max_output_tokens' } : null,
    instructions: asked['instructions'] ?? null,
    metadata: asked['metadata'] ?? null,
    model,
    object: 'response',
    output,
    parallel_tool_calls: asked['parallel_tool_calls'] ?? true,
    temperature: asked['temperature'] ?? 1,
    tool_choice: asked['tool_choice'] ?? 'auto',
    tools: asked['tools'] ?? [],
    top_p: asked['top_p'] ?? 1,
    background: false,
    max_output_tokens: asked['max_output_tokens'] ?? null,
    max_tool_calls: null,
    previous_response_id: null,
    prompt: null,
    reasoning: asked['reasoning'] ?? null,
    service_tier: 'auto',
    status,
    text: asked['text'] ?? null,
    top_logprobs: null,
    truncation: 'disabled',
    usage,
    user: asked['user'] ?? null,
  });
}
