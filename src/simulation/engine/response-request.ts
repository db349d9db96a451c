/** A request of the Responses API as a prompt of our chat template. Nothing is stored between requests. */
import { type Parsed, responseNotFound } from './api-error.ts';
import { type ChatMessage, renderChat } from './chat-template.ts';
import { callConstraint, jsonConstraint } from './constrained-answer.ts';
import {
  type Body,
  contentText,
  type GenerationRequest,
  isBody,
  refused,
  type ServedModel,
  sampling,
} from './request-body.ts';

export function parseResponse(body: Body, served: ServedModel): Parsed<GenerationRequest> {
  if (body['background'] === true) {
    return refused(
      'This vLLM engine does not support `store=True` and therefore does not support the background mode.',
      'background',
    );
  }
  const previous = body['previous_response_id'];
  if (typeof previous === 'string') return { ok: false, error: responseNotFound(previous) };
  const messages = inputMessages(body);
  if (!messages.ok) return messages;
  const tools = toolsOf(body);
  const chatTools = tools.map(({ type: _, ...called }) => ({ type: 'function', function: called }));
  const prompt = renderChat(messages.value, true, chatTools);
  const sampled = sampling(
    'response',
    { temperature: body['temperature'], stream: body['stream'] },
    {
      served,
      prompts: [prompt],
      maxTokens: body['max_output_tokens'],
      constraint: constraintOf(body, prompt),
    },
  );
  return sampled.ok ? { ok: true, value: { ...sampled.value, echo: body } } : sampled;
}

/** Instructions first, then the items; calls of tools and their results as a chat would have them. */
function inputMessages(body: Body): Parsed<ChatMessage[]> {
  const messages: ChatMessage[] = [];
  const instructions = body['instructions'];
  if (typeof instructions === 'string') messages.push({ role: 'system', content: instructions });
  const input = body['input'];
  if (typeof input === 'string') {
    messages.push({ role: 'user', content: input });
    return { ok: true, value: messages };
  }
  if (!Array.isArray(input) || input.length === 0) return refused('Field required: input', 'input');
  for (const item of input) {
    const message = isBody(item) ? messageOf(item) : undefined;
    if (!message) return refused('This is not a multimodal model.', 'input');
    messages.push(message);
  }
  return { ok: true, value: messages };
}

function messageOf(item: Body): ChatMessage | undefined {
  if (item['type'] === 'function_call') {
    const called = { name: item['name'], arguments: item['arguments'] };
    return {
      role: 'assistant',
      content: JSON.stringify([{ id: item['call_id'], type: 'function', function: called }]),
    };
  }
  if (item['type'] === 'function_call_output') return { role: 'tool', content: String(item['output'] ?? '') };
  const content = contentText(item['content']);
  return content === undefined || typeof item['role'] !== 'string'
    ? undefined
    : { role: item['role'], content };
}

function toolsOf(body: Body): Body[] {
  const tools = Array.isArray(body['tools']) ? body['tools'].filter(isBody) : [];
  return tools.filter(({ type }) => type === 'function');
}

function constraintOf(body: Body, prompt: readonly number[]) {
  const choice = body['tool_choice'];
  const named = isBody(choice) && choice['type'] === 'function' ? choice['name'] : undefined;
  const tools = toolsOf(body).map(({ name, parameters }) => ({ name: String(name), schema: parameters }));
  const call = callConstraint(tools, { named, isRequired: choice === 'required' }, prompt);
  if (call) return call;
  const text = isBody(body['text']) ? body['text'] : {};
  const format = isBody(text['format']) ? text['format'] : {};
  return format['type'] === 'json_schema' ? jsonConstraint(format['schema'], prompt) : undefined;
}
