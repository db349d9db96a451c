import { IM_END, IM_START, tokenize } from './tokenizer.ts';

export interface ChatMessage {
  readonly role: string;
  readonly content: string;
}

/** A conversation as prompt tokens: `<|im_start|>role\ncontent<|im_end|>\n` per message, then the assistant's opening. */
export function renderChat(
  messages: readonly ChatMessage[],
  addGenerationPrompt: boolean,
  tools?: unknown,
): number[] {
  const parts: number[][] = [];
  const preamble =
    Array.isArray(tools) && tools.length > 0
      ? [{ role: 'system', content: `# Tools\n${JSON.stringify(tools)}` }]
      : [];
  for (const { role, content } of [...preamble, ...messages]) {
    parts.push([IM_START], tokenize(`${role}\n`), tokenize(content), [IM_END], tokenize('\n'));
  }
  if (addGenerationPrompt) parts.push([IM_START], tokenize('assistant\n'));
  return parts.flat();
}
