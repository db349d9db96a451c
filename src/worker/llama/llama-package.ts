import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

/**
 * llama.cpp through the package `node-llama-cpp`, which is optional and has native parts, so it cannot be inside the
 * agent's one file. It is looked for where it was named, then beside the program, as Node itself would, and loaded only
 * in the engine's own process. The types are the part of it that is used here.
 */
export type Token = number;

export interface LlamaPackage {
  getLlama(options: Readonly<Record<string, unknown>>): Promise<Llama>;
  resolveChatWrapper(model: LlamaModel): ChatWrapper;
}

export interface Llama {
  loadModel(options: {
    readonly modelPath: string;
    readonly onLoadProgress?: (progress: number) => void;
  }): Promise<LlamaModel>;
}

export interface LlamaModel {
  readonly tokens: { readonly bos: Token | null; readonly shouldPrependBosToken: boolean };
  readonly tokenizer: unknown;
  readonly trainContextSize: number;
  tokenize(text: string, specialTokens?: boolean): Token[];
  detokenize(tokens: readonly Token[], specialTokens?: boolean, lastTokens?: readonly Token[]): string;
  isEogToken(token: Token): boolean;
  createContext(options: Readonly<Record<string, unknown>>): Promise<LlamaContext>;
}

export interface LlamaContext {
  getSequence(): LlamaSequence;
}

export interface LlamaSequence {
  clearHistory(): Promise<void>;
  evaluate(tokens: Token[], options: Readonly<Record<string, unknown>>): AsyncGenerator<Token, void, void>;
}

export interface ChatWrapper {
  generateContextState(state: { readonly chatHistory: readonly unknown[] }): {
    readonly contextText: { tokenize(tokenizer: unknown): Token[] };
  };
}

const PACKAGE = 'node-llama-cpp';
/** The release that this one was made with. */
export const LLAMA_PACKAGE_VERSION = '3.21.1';

/** @throws Error that says how to install it */
export async function loadLlamaPackage(
  named: string | undefined,
  beside: readonly string[],
): Promise<LlamaPackage> {
  const folder = findLlamaPackage(named, beside);
  if (folder === undefined) {
    const where = named ? `${named} holds no package` : 'it is not installed on this machine';
    throw new Error(
      `The engine for GGUF files needs ${PACKAGE}, and ${where}. Run \`npm install ${PACKAGE}@${LLAMA_PACKAGE_VERSION}\` ` +
        'in a folder of this machine, and name its node_modules/node-llama-cpp in INVENTIV_LLAMA_CPP of the worker.',
    );
  }
  // The name is made here, so that the bundler leaves the package out.
  const entry = pathToFileURL(path.join(folder, entryOf(folder))).href;
  return (await import(entry)) as LlamaPackage;
}

/** Its folder: the named one, or the first in `node_modules` of these folders and of all above them. */
export function findLlamaPackage(named: string | undefined, beside: readonly string[]): string | undefined {
  const isThere = (folder: string): boolean => existsSync(path.join(folder, 'package.json'));
  if (named) return isThere(named) ? named : undefined;
  return beside.flatMap(modulesAbove).find(isThere);
}

function modulesAbove(from: string): string[] {
  const folder = path.resolve(from);
  const own = path.join(folder, 'node_modules', PACKAGE);
  const above = path.dirname(folder);
  return above === folder ? [own] : [own, ...modulesAbove(above)];
}

function entryOf(folder: string): string {
  const { main }: { main?: unknown } = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'));
  return typeof main === 'string' ? main : 'dist/index.js';
}
