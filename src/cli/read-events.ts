/** Server-sent events of a body: the id and the JSON of each. A half one at the end of a cut stream says nothing. */

export interface SentEvent {
  readonly id: string | undefined;
  readonly data: unknown;
}

/** No event of ours is larger; a stream without an end of line must not fill the memory. */
const EVENT_CHARACTERS_MAX = 1_048_576;

export async function* readEvents(body: AsyncIterable<Uint8Array>): AsyncGenerator<SentEvent> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of body) {
    text += decoder.decode(chunk, { stream: true }).replaceAll('\r', '');
    const blocks = text.split('\n\n');
    text = blocks.pop() ?? '';
    if (text.length > EVENT_CHARACTERS_MAX) throw new Error('an event of the stream does not end');
    for (const block of blocks) {
      const event = readBlock(block);
      if (event) yield event;
    }
  }
}

function readBlock(block: string): SentEvent | undefined {
  let id: string | undefined;
  const data: string[] = [];
  for (const line of block.split('\n')) {
    const [, field, value] = /^(\w+): ?(.*)$/.exec(line) ?? [];
    if (field === 'id') id = value;
    if (field === 'data') data.push(value ?? '');
  }
  if (data.length === 0) return undefined;
  try {
    return { id, data: JSON.parse(data.join('\n')) };
  } catch {
    return { id, data: data.join('\n') };
  }
}
