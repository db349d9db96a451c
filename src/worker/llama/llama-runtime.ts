import type { Env } from '#kernel/env.ts';
import type { ChatMessage, PromptWish, Sampling } from './completion-request.ts';
import type { LlamaSettings } from './llama-args.ts';
import type { ChatWrapper, LlamaModel, LlamaPackage, LlamaSequence, Token } from './llama-package.ts';
import { SequencePool } from './sequence-pool.ts';

/** A loaded model: tokens of a prompt, and tokens that follow it. */
export class LlamaRuntime {
  readonly pool: SequencePool<LlamaSequence>;
  readonly #env: Env;
  readonly #model: LlamaModel;
  readonly #chat: ChatWrapper;

  constructor(env: Env, model: LlamaModel, chat: ChatWrapper, sequences: readonly LlamaSequence[]) {
    this.#env = env;
    this.#model = model;
    this.#chat = chat;
    this.pool = new SequencePool(sequences);
  }

  /** Every token of the prompt as the model gets it, its beginning mark included. */
  tokensOf(prompt: PromptWish): Token[] {
    switch (prompt.kind) {
      case 'tokens':
        return [...prompt.tokens];
      case 'text':
        return this.#begun(this.#model.tokenize(prompt.text));
      case 'chat': {
        const { contextText } = this.#chat.generateContextState({ chatHistory: historyOf(prompt.messages) });
        return this.#begun(contextText.tokenize(this.#model.tokenizer));
      }
    }
  }

  isEnd(token: Token): boolean {
    return this.#model.isEogToken(token);
  }

  textOf(tokens: readonly Token[], before: readonly Token[]): string {
    return this.#model.detokenize(tokens, false, before);
  }

  /** Goes on until it is left; nothing of an earlier request is in the sequence. */
  async *generate(sequence: LlamaSequence, prompt: Token[], sampling: Sampling): AsyncGenerator<Token> {
    await sequence.clearHistory();
    const { repetitionPenalty, presencePenalty, frequencyPenalty } = sampling;
    const isPenalised = repetitionPenalty !== 1 || presencePenalty !== 0 || frequencyPenalty !== 0;
    const said: Token[] = [];
    const penalty = {
      punishTokens: () => said,
      penalty: repetitionPenalty,
      presencePenalty,
      frequencyPenalty,
    };
    const tokens = sequence.evaluate(prompt, {
      temperature: sampling.temperature,
      topP: sampling.topP,
      topK: sampling.topK,
      minP: sampling.minP,
      seed: sampling.seed ?? Math.floor(this.#env.random.float() * 2 ** 32),
      yieldEogToken: true,
      ...(isPenalised ? { repeatPenalty: penalty } : {}),
    });
    for await (const token of tokens) {
      if (isPenalised) said.push(token);
      yield token;
    }
  }

  /** A template or a text may begin with the mark already. */
  #begun(tokens: Token[]): Token[] {
    const { bos, shouldPrependBosToken } = this.#model.tokens;
    if (!shouldPrependBosToken || bos === null || tokens[0] === bos) return tokens;
    return [bos, ...tokens];
  }
}

/** Loads the file; `onProgress` hears of the share that is read. @throws Error when it is no model, or has no room */
export async function loadRuntime(
  env: Env,
  { getLlama, resolveChatWrapper }: LlamaPackage,
  settings: LlamaSettings,
  onProgress: (share: number) => void,
): Promise<LlamaRuntime> {
  const llama = await getLlama({
    gpu: false,
    // Nothing is compiled and nothing fetched: the package has its programs with it.
    build: 'never',
    skipDownload: true,
    progressLogs: false,
    maxThreads: settings.threads,
    logger: (level: unknown, message: string) => {
      if (level === 'fatal' || level === 'error')
        env.log.error({ line: message.trim() }, 'llama.cpp failed.');
    },
  });
  const model = await llama.loadModel({ modelPath: settings.modelFile, onLoadProgress: onProgress });
  if (settings.contextLength > model.trainContextSize) {
    throw new Error(
      `The model was made for ${model.trainContextSize} tokens, and ${settings.contextLength} are asked for: correct its \`context_length\`.`,
    );
  }
  const context = await model.createContext({
    // One more, so that a full answer never makes the engine drop its beginning.
    contextSize: settings.contextLength + 1,
    sequences: settings.sequences,
    threads: settings.threads,
  });
  const sequences = Array.from({ length: settings.sequences }, () => context.getSequence());
  return new LlamaRuntime(env, model, resolveChatWrapper(model), sequences);
}

/** The answer to come is a last message of the model without text. */
function historyOf(messages: readonly ChatMessage[]): unknown[] {
  const items = messages.map(({ role, text }) =>
    role === 'assistant' ? { type: 'model', response: [text] } : { type: role, text },
  );
  return [...items, { type: 'model', response: [] }];
}
