import type { EngineClient } from './engine-client.ts';
import { asRecord, tryParse } from './usage-reader.ts';

const PATIENCE_MS = 1_500;

/**
 * How many tokens the prompt of a Responses request has: the engine renders the same conversation with its own template
 * and tokenizer. Undefined when it cannot be said: a request of another form, or an engine that is gone.
 */
export async function countPrompt(client: EngineClient, body: Buffer): Promise<number | undefined> {
  const question = promptQuestion(tryParse(body.toString('utf8')) ?? {});
  if (!question) return undefined;
  const answer = await client.post('/tokenize', question, {}, PATIENCE_MS);
  const count = answer?.status === 200 ? tryParse(answer.text)?.['count'] : undefined;
  return typeof count === 'number' && Number.isSafeInteger(count) && count >= 0 ? count : undefined;
}

/** The conversation as the engine's chat template gets it; exported for tests. */
export function promptQuestion(request: Record<string, unknown>): Record<string, unknown> | undefined {
  const messages: unknown[] = [];
  const { instructions, input, model } = request;
  if (typeof instructions === 'string') messages.push({ role: 'system', content: instructions });
  if (typeof input === 'string') messages.push({ role: 'user', content: input });
  else if (Array.isArray(input)) {
    for (const item of input) {
      const message = messageOf(asRecord(item) ?? {});
      if (!message) return undefined;
      messages.push(message);
    }
  } else return undefined;
  const tools = toolsOf(request['tools']);
  return { model, messages, add_generation_prompt: true, ...(tools.length > 0 ? { tools } : {}) };
}

function messageOf(item: Record<string, unknown>): Record<string, unknown> | undefined {
  if (item['type'] === 'function_call') {
    const called = { name: item['name'], arguments: item['arguments'] };
    return {
      role: 'assistant',
      content: null,
      tool_calls: [{ id: item['call_id'], type: 'function', function: called }],
    };
  }
  if (item['type'] === 'function_call_output') {
    return { role: 'tool', tool_call_id: item['call_id'], content: item['output'] };
  }
  return typeof item['role'] === 'string' ? { role: item['role'], content: item['content'] } : undefined;
}

function toolsOf(tools: unknown): unknown[] {
  if (!Array.isArray(tools)) return [];
  return tools.flatMap((tool) => {
    const { type, ...called } = asRecord(tool) ?? {};
    return type === 'function' ? [{ type, function: called }] : [];
  });
}
