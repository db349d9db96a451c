export interface ChatSearch {
  model?: string;
  /** A conversation that is kept: one's own, or one that is shared with the organisation. */
  conversation?: string;
  /** A link that somebody gave. */
  link?: string;
}

export function readChatSearch(search: Record<string, unknown>): ChatSearch {
  const found: ChatSearch = {};
  for (const name of ['model', 'conversation', 'link'] as const) {
    const value = search[name];
    if (typeof value === 'string' && value !== '') found[name] = value;
  }
  return found;
}
