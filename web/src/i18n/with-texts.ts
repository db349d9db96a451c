import { loadAllTexts } from './i18n.ts';

/** A part of the application that is loaded when it is needed, with the texts that it says. */
export function withTexts<T>(load: () => Promise<T>): () => Promise<T> {
  return async () => {
    const [part] = await Promise.all([load(), loadAllTexts()]);
    return part;
  };
}
