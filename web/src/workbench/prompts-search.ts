import { readTexts } from '../widgets/read-search.ts';

export interface PromptsSearch {
  /** The prompt that is open; `new`: one that is being written. */
  open?: string;
  find?: string;
}

export function readPromptsSearch(search: Record<string, unknown>): PromptsSearch {
  return readTexts(search, ['open', 'find']);
}

export const NEW_PROMPT = 'new';
