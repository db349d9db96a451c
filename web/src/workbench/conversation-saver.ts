import type { paths } from '#contracts/openapi-types.gen.ts';
import type { ChatParameters, ConversationView } from '#contracts/workbench.ts';
import { answerOf, api, given, newIdempotencyKey } from '../api/client.ts';
import { ProblemError } from '../api/problem-error.ts';

type AddMessages = paths['/api/v1/workbench/conversations/{id}/messages']['post'];
type Said = AddMessages['requestBody']['content']['application/json']['messages'][number];

interface Item {
  /** Sends it, with the same key each time. Returns the ids of messages that are kept by it. */
  send: (conversationId: string) => Promise<string[]>;
  onSaved: (messageIds: string[]) => void;
}

interface SaverEvents {
  onCreated: (conversation: ConversationView) => void;
  /** Null when all is kept again. */
  onError: (error: unknown) => void;
}

export interface Setup {
  /** Those that answer side by side. */
  models: readonly string[];
  system: string;
  /** The kept prompt that the text was taken from. */
  promptId: string | null;
  parameters: ChatParameters;
}

/** A question's setup, and the chat project that a conversation which begins with it goes into. */
export interface Asked extends Setup {
  projectId: string | null;
}

const NOTHING: Asked = { models: [], system: '', promptId: null, parameters: {}, projectId: null };

/**
 * Keeps what is said, one thing after another, while answers stream. What fails stays in line and is sent again with
 * the same key, so that nothing is kept twice; whoever leaves the page meanwhile loses nothing that was in line.
 */
export class ConversationSaver {
  readonly #events: SaverEvents;
  readonly #items: Item[] = [];
  readonly #createKey = newIdempotencyKey();
  #id: string | null;
  #told: Setup;
  #setup: Asked | null = null;
  #isRunning = false;

  constructor(opened: ({ id: string } & Setup) | null, events: SaverEvents) {
    this.#id = opened?.id ?? null;
    this.#told = opened ?? NOTHING;
    this.#events = events;
  }

  /** Creates the conversation with the first question; later questions tell of what changed: prompt, models, parameters. */
  ask(setup: Asked, content: string, onSaved: (id: string) => void): void {
    if (this.#setup === null && this.#id === null) {
      this.#setup = setup;
    } else {
      const changes = changesOf(this.#told, setup);
      if (Object.keys(changes).length > 0) {
        this.#items.push({ send: (id) => changeSetup(id, changes), onSaved: () => undefined });
      }
    }
    this.#told = setup;
    this.save([{ role: 'user', content }], ([id]) => id !== undefined && onSaved(id));
  }

  save(messages: Said[], onSaved: (messageIds: string[]) => void): void {
    const key = newIdempotencyKey();
    this.#items.push({ send: (id) => addMessages(id, messages, key), onSaved });
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
    const messageIds = await item.send(id);
    this.#items.shift();
    item.onSaved(messageIds);
  }

  async #create(): Promise<string> {
    const setup = this.#setup ?? NOTHING;
    const made = await begin(setup, this.#createKey).catch((error: unknown) => {
      if (setup.projectId === null || !isProjectClosed(error)) throw error;
      // The chat project went away meanwhile: the question is kept all the same, outside of it.
      this.#setup = { ...setup, projectId: null };
      return begin(this.#setup, `${this.#createKey}-loose`);
    });
    this.#id = made.id;
    this.#events.onCreated(made);
    return made.id;
  }
}

/** Sent again it would be refused again: it holds up nothing that comes after it. */
function isRefusal(error: unknown): boolean {
  if (!(error instanceof ProblemError)) return false;
  const { status, code } = error;
  const passes = [401, 408, 429].includes(status) || code === 'request.idempotency_in_progress';
  return status >= 400 && status < 500 && !passes;
}

const PROJECT_CLOSED: readonly string[] = ['workbench.project_not_found', 'workbench.project_archived'];

function isProjectClosed(error: unknown): boolean {
  return error instanceof ProblemError && PROJECT_CLOSED.includes(error.code);
}

function begin(
  { models, system, promptId, parameters, projectId }: Asked,
  key: string,
): Promise<ConversationView> {
  const params = { header: { 'Idempotency-Key': key } };
  const prompt = given({ prompt_id: promptId ?? undefined });
  const body = { models: [...models], system_prompt: system, ...prompt, project_id: projectId };
  return answerOf(
    api.POST('/api/v1/workbench/conversations', { params, body: { ...body, parameters: given(parameters) } }),
  );
}

interface SetupChanges {
  models?: string[];
  system_prompt?: string;
  prompt_id?: string;
  parameters?: ReturnType<typeof given<ChatParameters>>;
}

function changesOf(told: Setup, next: Setup): SetupChanges {
  const prompt = next.promptId === null ? {} : { prompt_id: next.promptId };
  const isSamePrompt = next.system === told.system && next.promptId === told.promptId;
  return {
    ...(isSamePrompt ? {} : { system_prompt: next.system, ...prompt }),
    ...(JSON.stringify(next.parameters) === JSON.stringify(told.parameters)
      ? {}
      : { parameters: given(next.parameters) }),
    ...(next.models.join('\n') === told.models.join('\n') ? {} : { models: [...next.models] }),
  };
}

async function changeSetup(id: string, body: SetupChanges): Promise<string[]> {
  await answerOf(api.PATCH('/api/v1/workbench/conversations/{id}', { params: { path: { id } }, body }));
  return [];
}

async function addMessages(id: string, messages: Said[], key: string): Promise<string[]> {
  const params = { path: { id }, header: { 'Idempotency-Key': key } };
  const sent = api.POST('/api/v1/workbench/conversations/{id}/messages', { params, body: { messages } });
  return (await answerOf(sent)).message_ids;
}
