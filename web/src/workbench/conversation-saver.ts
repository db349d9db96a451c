import type { ConversationView, NewMessage } from '#contracts/workbench.ts';
import { call, newIdempotencyKey } from '../api/client.ts';
import { ProblemError } from '../api/problem-error.ts';
import { pathOf, WORKBENCH } from './kept-conversations.ts';

type Said = { role: 'user'; content: string } | Partial<Extract<NewMessage, { role: 'assistant' }>>;

interface Item {
  path: (id: string) => string;
  method: 'POST' | 'PATCH';
  body: unknown;
  key: string;
  onSaved: (messageIds: string[]) => void;
}

interface SaverEvents {
  onCreated: (conversation: ConversationView) => void;
  /** Null when all is kept again. */
  onError: (error: unknown) => void;
}

export interface Setup {
  model: string;
  system: string;
}

/**
 * Keeps what is said, one thing after another, while answers stream. What fails stays in line and is sent again with
 * the same key, so that nothing is kept twice; whoever leaves the page meanwhile loses nothing that was in line.
 */
export class ConversationSaver {
  readonly #events: SaverEvents;
  readonly #items: Item[] = [];
  readonly #createKey = newIdempotencyKey();
  #id: string | null;
  #system: string;
  #setup: Setup | null = null;
  #isRunning = false;

  constructor(opened: { id: string; system: string } | null, events: SaverEvents) {
    this.#id = opened?.id ?? null;
    this.#system = opened?.system ?? '';
    this.#events = events;
  }

  /** Creates the conversation with the first question; later questions tell of a changed system prompt. */
  ask(setup: Setup, content: string, onSaved: (id: string) => void): void {
    if (this.#setup === null && this.#id === null) {
      this.#setup = setup;
      this.#system = setup.system;
    } else if (setup.system !== this.#system) {
      this.#system = setup.system;
      const body = { system_prompt: setup.system };
      this.#items.push({ ...this.#item(body, () => undefined), method: 'PATCH', path: conversationPath });
    }
    this.save([{ role: 'user', content }], ([id]) => id !== undefined && onSaved(id));
  }

  save(messages: Said[], onSaved: (messageIds: string[]) => void): void {
    this.#items.push(this.#item({ messages }, onSaved));
    void this.retry();
  }

  async retry(): Promise<void> {
    if (this.#isRunning) return;
    this.#isRunning = true;
    let refusal: unknown = null;
    try {
      while (this.#items.length > 0) {
        await this.#sendNext().catch((error: unknown) => {
          if (!isRefusal(error)) throw error;
          this.#items.shift();
          refusal = error;
        });
      }
    } catch (error) {
      refusal = error;
    }
    this.#isRunning = false;
    this.#events.onError(refusal);
  }

  /** Whether something waits to be sent again. */
  get isWaiting(): boolean {
    return this.#items.length > 0;
  }

  async #sendNext(): Promise<void> {
    const id = this.#id ?? (await this.#create());
    const [item] = this.#items;
    if (!item) return;
    const { path, method, body, key } = item;
    const answer = await call<{ message_ids?: string[] }>(path(id), { method, body, idempotencyKey: key });
    this.#items.shift();
    item.onSaved(answer.message_ids ?? []);
  }

  async #create(): Promise<string> {
    const { model, system } = this.#setup ?? { model: '', system: '' };
    const made = await call<ConversationView>(`${WORKBENCH}/conversations`, {
      method: 'POST',
      body: { models: model === '' ? [] : [model], system_prompt: system },
      idempotencyKey: this.#createKey,
    });
    this.#id = made.id;
    this.#events.onCreated(made);
    return made.id;
  }

  #item(body: unknown, onSaved: Item['onSaved']): Item {
    return { path: messagesPath, method: 'POST', body, key: newIdempotencyKey(), onSaved };
  }
}

/** Sent again it would be refused again: it holds up nothing that comes after it. */
function isRefusal(error: unknown): boolean {
  if (!(error instanceof ProblemError)) return false;
  const { status, code } = error;
  const passes = [401, 408, 429].includes(status) || code === 'request.idempotency_in_progress';
  return status >= 400 && status < 500 && !passes;
}

const conversationPath = (id: string) => pathOf({ kind: 'conversation', id });
const messagesPath = (id: string) => `${conversationPath(id)}/messages`;
