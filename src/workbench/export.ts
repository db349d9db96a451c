/** Conversations as files: JSON that an import takes back, and Markdown to read. */
import { type ConversationView, EXPORT_FORMAT, type MessageView } from '#contracts/workbench.ts';

/** One conversation as one line of JSON, its messages one after another as they come. */
export async function* writeJson(
  conversation: ConversationView,
  messages: AsyncIterable<MessageView>,
): AsyncGenerator<string> {
  const { id, title, models, system_prompt, parameters, created_at, totals } = conversation;
  const head = { format: EXPORT_FORMAT, id, title, models, system_prompt, parameters, created_at, totals };
  yield `${JSON.stringify(head).slice(0, -1)},"messages":[`;
  let separator = '';
  for await (const { position: _position, ...message } of messages) {
    yield separator + JSON.stringify(message);
    separator = ',';
  }
  yield ']}';
}

export async function* writeMarkdown(
  conversation: ConversationView,
  messages: AsyncIterable<MessageView>,
): AsyncGenerator<string> {
  yield `# ${oneLine(conversation.title)}\n\n${conversation.created_at}\n`;
  if (conversation.system_prompt !== '')
    yield `\n## System prompt\n\n${quoted(conversation.system_prompt)}\n`;
  for await (const message of messages) {
    yield `\n## ${headingOf(message)}\n\n${message.content}\n`;
    const facts = factsOf(message);
    if (facts !== '') yield `\n*${facts}*\n`;
  }
}

function headingOf({ role, model, turn }: MessageView): string {
  return role === 'user' ? `${turn}. Question` : `${turn}. ${oneLine(model ?? 'Answer')}`;
}

function factsOf({ role, status, figures, request_id }: MessageView): string {
  if (role === 'user') return '';
  const { ttft_ms, tokens_per_second, prompt_tokens, completion_tokens, cost_micros } = figures ?? {};
  return [
    status === 'done' ? '' : status,
    told(ttft_ms, (ms) => `first token after ${Math.round(ms)} ms`),
    told(tokens_per_second, (rate) => `${rate.toFixed(1)} tokens/s`),
    told(prompt_tokens, (count) => `${count} tokens in`),
    told(completion_tokens, (count) => `${count} tokens out`),
    told(cost_micros, (micros) => `EUR ${(micros / 1e6).toFixed(6)}`),
    told(request_id, (id) => id),
  ]
    .filter((fact) => fact !== '')
    .join(' · ');
}

function told<T>(value: T | null | undefined, tell: (value: T) => string): string {
  return value === null || value === undefined ? '' : tell(value);
}

function quoted(text: string): string {
  return text.replace(/^/gm, '> ');
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}
