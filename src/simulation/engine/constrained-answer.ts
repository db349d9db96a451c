/**
 * Answers of a prescribed form: JSON that fits a schema, or the arguments of a tool that must be called. Such an answer
 * is made up as a whole and cut into the tokens of our tokenizer, so that it streams and counts like any other.
 */
import type { CalledTool } from './answer-format.ts';
import { ANSWER_WORDS } from './answer-text.ts';
import { finish, seedOf } from './block-hash.ts';
import type { Body } from './request-body.ts';
import { detokenize, tokenize } from './tokenizer.ts';

export interface Constraint {
  readonly tokens: readonly string[];
  readonly tool: CalledTool | undefined;
}

/** A tool as every protocol can say it. */
export interface OfferedTool {
  readonly name: string;
  readonly schema: unknown;
}

const DEPTH_MAX = 8;

/** `tool_choice` and `response_format` of a chat; undefined when the answer is free text. */
export function constraintOfChat(body: Body, prompt: readonly number[]): Constraint | undefined {
  const choice = body['tool_choice'];
  const named = isRecord(choice) && isRecord(choice['function']) ? choice['function']['name'] : undefined;
  const tools = listOf(body['tools']).map((tool) => {
    const called = isRecord(tool['function']) ? tool['function'] : {};
    return { name: String(called['name']), schema: called['parameters'] };
  });
  const call = callConstraint(tools, { named, isRequired: choice === 'required' }, prompt);
  if (call) return call;
  const format = body['response_format'];
  if (!isRecord(format)) return undefined;
  if (format['type'] === 'json_object') return jsonConstraint({ type: 'object' }, prompt);
  if (format['type'] !== 'json_schema' || !isRecord(format['json_schema'])) return undefined;
  return jsonConstraint(format['json_schema']['schema'], prompt);
}

/** The call of the named tool, or of the first one when some call is required. */
export function callConstraint(
  tools: readonly OfferedTool[],
  { named, isRequired }: { named: unknown; isRequired: boolean },
  prompt: readonly number[],
): Constraint | undefined {
  const tool = typeof named === 'string' ? tools.find(({ name }) => name === named) : undefined;
  const called = tool ?? (isRequired ? tools[0] : undefined);
  if (!called) return undefined;
  const { tokens } = jsonConstraint(called.schema ?? { type: 'object' }, prompt);
  return { tokens, tool: { name: called.name, isNamed: tool !== undefined } };
}

export function jsonConstraint(schema: unknown, prompt: readonly number[]): Constraint {
  const text = JSON.stringify(new Example(schema, seedOf(prompt)).value()).replace(
    // A token is up to six bytes: other scripts would be cut within a character.
    /[\u0080-\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return { tokens: tokenize(text).map((token) => detokenize([token])), tool: undefined };
}

/** A value that a schema allows; what it does not understand of it, it leaves open. */
class Example {
  readonly #root: unknown;
  #seed: number;

  constructor(root: unknown, seed: number) {
    this.#root = root;
    this.#seed = seed;
  }

  value(schema: unknown = this.#root, depth = 0): unknown {
    const wanted = this.#resolve(schema);
    if (wanted['const'] !== undefined) return wanted['const'];
    if (Array.isArray(wanted['enum'])) return wanted['enum'][this.#next() % wanted['enum'].length] as unknown;
    const [first] = [...listOf(wanted['anyOf']), ...listOf(wanted['oneOf'])];
    if (first && depth < DEPTH_MAX) return this.value(first, depth + 1);
    const type: unknown = Array.isArray(wanted['type']) ? wanted['type'][0] : wanted['type'];
    switch (type) {
      case 'string':
        return this.#words();
      case 'integer':
      case 'number':
        return this.#number(wanted);
      case 'boolean':
        return this.#next() % 2 === 0;
      case 'null':
        return null;
      case 'array':
        return this.#list(wanted, depth);
      default:
        return this.#record(wanted, depth);
    }
  }

  #record(schema: Body, depth: number): Body {
    const properties = isRecord(schema['properties']) ? schema['properties'] : undefined;
    if (!properties || depth >= DEPTH_MAX) return depth === 0 && !properties ? { answer: this.#words() } : {};
    return Object.fromEntries(
      Object.entries(properties).map(([name, each]) => [name, this.value(each, depth + 1)]),
    );
  }

  #list(schema: Body, depth: number): unknown[] {
    if (depth >= DEPTH_MAX) return [];
    const least = typeof schema['minItems'] === 'number' ? Math.min(schema['minItems'], 100) : 1;
    return Array.from({ length: Math.max(1, least) }, () => this.value(schema['items'] ?? {}, depth + 1));
  }

  #number(schema: Body): number {
    const least = typeof schema['minimum'] === 'number' ? Math.ceil(schema['minimum']) : 1;
    const most = typeof schema['maximum'] === 'number' ? Math.floor(schema['maximum']) : least + 99;
    return least + (this.#next() % Math.max(1, most - least + 1));
  }

  #words(): string {
    return Array.from({ length: 3 }, () => ANSWER_WORDS[this.#next() % ANSWER_WORDS.length]).join(' ');
  }

  #next(): number {
    this.#seed = finish(this.#seed + 0x9e3779b9) >>> 0;
    return this.#seed;
  }

  #resolve(schema: unknown): Body {
    let wanted = isRecord(schema) ? schema : {};
    for (let i = 0; i < DEPTH_MAX && typeof wanted['$ref'] === 'string'; i++) {
      let at: unknown = this.#root;
      for (const name of wanted['$ref'].split('/').slice(1)) at = isRecord(at) ? at[name] : undefined;
      wanted = isRecord(at) ? at : {};
    }
    return wanted;
  }
}

function listOf(value: unknown): Body[] {
  return Array.isArray(value) ? value.filter(isRecord) : [];
}

function isRecord(value: unknown): value is Body {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
