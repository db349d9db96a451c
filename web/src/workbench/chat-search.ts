import { readTexts } from '../widgets/read-search.ts';

export interface ChatSearch {
  model?: string;
  /** A conversation that is kept: one's own, or one that is shared with the organisation. */
  conversation?: string;
  /** A link that somebody gave. */
  link?: string;
  /** A chat project whose conversations are listed, and that new ones are put into; `none`: those in no project. */
  project?: string;
  /** A system prompt that a new conversation begins with. */
  prompt?: string;
}

export function readChatSearch(search: Record<string, unknown>): ChatSearch {
  return readTexts(search, ['model', 'conversation', 'link', 'project', 'prompt']);
}

/** Conversations that are in no chat project. */
export const NO_PROJECT = 'none';
