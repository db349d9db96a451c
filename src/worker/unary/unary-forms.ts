/**
 * Knows for which paths a whole answer can be made of a stream, because it has seen this engine do both: each time the
 * engine becomes ready the same question is asked both ways, and only when the folded stream has exactly the members
 * of the whole answer is the path used. An engine that does not answer so keeps its own whole answers.
 */
import type { Env } from '#kernel/env.ts';
import type { EngineClient } from '../engine-client.ts';
import { AnswerFold, type AnswerTemplate, isJson, type Json } from './answer-fold.ts';
import { streamedForm } from './streamed-form.ts';

const QUESTIONS: ReadonlyMap<string, Json> = new Map<string, Json>([
  ['/v1/chat/completions', { messages: [{ role: 'user', content: 'Hello' }] }],
  ['/v1/completions', { prompt: 'Hello' }],
]);
const LIMIT_MS = 30_000;

export class UnaryForms {
  readonly #templates = new Map<string, AnswerTemplate>();

  async learn(env: Env, client: EngineClient, servedName: string): Promise<void> {
    this.#templates.clear();
    for (const [path, question] of QUESTIONS) {
      const template = await learnTemplate(env, client, path, { model: servedName, ...question });
      if (template) this.#templates.set(path, template);
      else env.log.info({ path }, 'Whole answers of the engine pass as they are.');
    }
  }

  mayFold(path: string): boolean {
    return this.#templates.has(path);
  }

  /** The request to send instead, and what puts its answer together; undefined when it goes through as it is. */
  asStream(path: string, body: Buffer): { readonly body: Buffer; readonly fold: AnswerFold } | undefined {
    const template = this.#templates.get(path);
    const streamed = template && streamedForm(body);
    return streamed && { body: streamed, fold: new AnswerFold(template) };
  }
}

async function learnTemplate(
  env: Env,
  client: EngineClient,
  path: string,
  question: Json,
): Promise<AnswerTemplate | undefined> {
  const ask = (body: Buffer) => {
    const id = `warmup-${Buffer.from(env.random.bytes(8)).toString('hex')}`;
    return client.post(path, JSON.parse(body.toString('utf8')), { 'x-request-id': id }, LIMIT_MS);
  };
  const body = Buffer.from(JSON.stringify({ ...question, max_tokens: 2, temperature: 0, seed: 1 }));
  const whole = await ask(body);
  const template = whole?.status === 200 ? templateOf(whole.text) : undefined;
  const streamed = template && streamedForm(body);
  if (!whole || !streamed) return undefined;
  const stream = await ask(streamed);
  if (stream?.status !== 200) return undefined;
  const fold = new AnswerFold(template);
  fold.push(Buffer.from(stream.text));
  const isSame =
    fold.isDone && !fold.error && hasSameMembers(JSON.parse(whole.text), JSON.parse(fold.answer()));
  return isSame ? template : undefined;
}

function templateOf(text: string): AnswerTemplate | undefined {
  const top: unknown = JSON.parse(text);
  if (!isJson(top) || !Array.isArray(top['choices'])) return undefined;
  const [choice] = top['choices'] as unknown[];
  const usage = top['usage'];
  if (!isJson(choice) || !isJson(usage)) return undefined;
  const message = choice['message'];
  return { top, choice, message: isJson(message) ? message : undefined, usage };
}

/** The same names in the same order, down to the last; values of the same kind. */
function hasSameMembers(a: unknown, b: unknown): boolean {
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((item, index) => hasSameMembers(item, b[index]));
  }
  if (!isJson(a) || !isJson(b)) return kindOf(a) === kindOf(b);
  const [names, others] = [Object.keys(a), Object.keys(b)];
  return names.join() === others.join() && names.every((name) => hasSameMembers(a[name], b[name]));
}

function kindOf(value: unknown): string {
  return value === null ? 'null' : Array.isArray(value) ? 'list' : typeof value;
}
