/** Anthropic messages as a prompt of our chat template: the translation that vLLM does before it serves them. */
import type { Parsed } from './api-error.ts';
import { type ChatMessage, renderChat } from './chat-template.ts';
import { callConstraint, jsonConstraint } from './constrained-answer.ts';
import {
  type Body,
  type GenerationRequest,
  isBody,
  refused,
  type ServedModel,
  sampling,
} from './request-body.ts';

export function parseMessage(body: Body, served: ServedModel): Parsed<GenerationRequest> {
  const maxTokens = body['max_tokens'];
  if (typeof maxTokens !== 'number') return refused('Field required: max_tokens', 'max_tokens');
  const prompt = messagePrompt(body);
  if (!prompt.ok) return prompt;
  // What is not in Anthropic's protocol is not taken from the body.
  const known = { temperature: body['temperature'], stop: body['stop_sequences'], stream: body['stream'] };
  return sampling('message', known, {
    served,
    prompts: [prompt.value],
    maxTokens,
    constraint: constraintOf(body, prompt.value),
  });
}

export function messagePrompt(body: Body): Parsed<number[]> {
  const list = body['messages'];
  if (!Array.isArray(list) || list.length === 0) return refused('Field required: messages', 'messages');
  const messages: ChatMessage[] = [];
  const system = blocksText(body['system'], messages);
  if (system) messages.push({ role: 'system', content: system });
  for (const item of list) {
    if (!isBody(item) || (item['role'] !== 'user' && item['role'] !== 'assistant')) {
      return refused("Each message needs a role: 'user' or 'assistant'.", 'messages');
    }
    const content = blocksText(item['content'], messages);
    if (content === undefined) return refused('This is not a multimodal model.', 'messages');
    if (content !== '') messages.push({ role: item['role'], content });
  }
  return { ok: true, value: renderChat(messages, true, chatTools(body)) };
}

/** The text of a content; results of tools become messages of their own, before it. */
function blocksText(content: unknown, messages: ChatMessage[]): string | undefined {
  if (content === undefined || content === null) return '';
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return undefined;
  let text = '';
  for (const block of content) {
    if (!isBody(block)) return undefined;
    if (block['type'] === 'text') text += String(block['text'] ?? '');
    else if (block['type'] === 'thinking') text += String(block['thinking'] ?? '');
    else if (block['type'] === 'tool_use')
      text += JSON.stringify({ name: block['name'], input: block['input'] });
    else if (block['type'] === 'tool_result') {
      messages.push({ role: 'tool', content: blocksText(block['content'], messages) ?? '' });
    } else return undefined;
  }
  return text;
}

function chatTools(body: Body): unknown[] {
  return toolsOf(body).map(({ name, description, input_schema: parameters }) => ({
    type: 'function',
    function: { name, description, parameters },
  }));
}

function toolsOf(body: Body): Body[] {
  return Array.isArray(body['tools']) ? body['tools'].filter(isBody) : [];
}

function constraintOf(body: Body, prompt: readonly number[]) {
  const choice = isBody(body['tool_choice']) ? body['tool_choice'] : {};
  const tools = toolsOf(body).map((tool) => ({ name: String(tool['name']), schema: tool['input_schema'] }));
  const named = choice['type'] === 'tool' ? choice['name'] : undefined;
  const call = callConstraint(tools, { named, isRequired: choice['type'] === 'any' }, prompt);
  if (call) return call;
  const config = isBody(body['output_config']) ? body['output_config'] : {};
  const format = isBody(config['format']) ? config['format'] : {};
  return format['type'] === 'json_schema' ? jsonConstraint(format['schema'], prompt) : undefined;
}
