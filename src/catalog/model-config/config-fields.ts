/**
 * Reads fields of a Hugging Face `config.json`, whose names differ from family to family. Nonsense is refused with the
 * name of the field; what is not asked for is nobody's business here.
 */
import { AppError } from '#kernel/errors.ts';

export type ConfigObject = Readonly<Record<string, unknown>>;

/** No published model comes near; a figure beyond it is a slip. */
const COUNT_MAX = 1_000_000_000;

export class ConfigFields {
  readonly #config: ConfigObject;
  /** Where a field stands that the inner configuration leaves out. */
  readonly #outer: ConfigObject;
  readonly #path: string;

  constructor(config: ConfigObject, path = '', outer: ConfigObject = {}) {
    this.#config = config;
    this.#outer = outer;
    this.#path = path;
  }

  /** The first of the names that is there; null counts as not there. */
  value(...names: readonly string[]): { readonly name: string; readonly value: unknown } | undefined {
    for (const [fields, path] of [[this.#config, this.#path] as const, [this.#outer, ''] as const]) {
      for (const name of names) {
        const value = fields[name];
        if (value !== undefined && value !== null) return { name: path + name, value };
      }
    }
    return undefined;
  }

  /** A whole number, not negative. @throws request.invalid */
  count(...names: readonly string[]): number | undefined {
    const found = this.value(...names);
    if (!found) return undefined;
    const { name, value } = found;
    if (typeof value !== 'number' || !Number.isInteger(value) || value < 0 || value > COUNT_MAX) {
      throw wrongField(name, `must be a whole number from 0 to ${COUNT_MAX}, and is ${shown(value)}`);
    }
    return value;
  }

  /** A whole number above zero. @throws request.invalid */
  size(...names: readonly string[]): number | undefined {
    const count = this.count(...names);
    if (count === 0)
      throw wrongField(this.value(...names)?.name ?? '', 'must be a whole number from 1, and is 0');
    return count;
  }

  /** @throws request.invalid */
  required(...names: readonly string[]): number {
    const size = this.size(...names);
    if (size !== undefined) return size;
    const other = names.length > 1 ? ` (or ${names.slice(1).join(', ')})` : '';
    throw wrongField(
      this.#path + (names[0] ?? ''),
      `is missing${other}: post the whole config.json of the model`,
    );
  }

  /** @throws request.invalid */
  factor(name: string): number | undefined {
    const found = this.value(name);
    if (!found) return undefined;
    const { value } = found;
    if (typeof value !== 'number' || !Number.isFinite(value) || value <= 0 || value > COUNT_MAX) {
      throw wrongField(found.name, `must be a number above 0, and is ${shown(value)}`);
    }
    return value;
  }

  /** @throws request.invalid */
  flag(name: string): boolean | undefined {
    const found = this.value(name);
    if (!found) return undefined;
    if (typeof found.value !== 'boolean') {
      throw wrongField(found.name, `must be true or false, and is ${shown(found.value)}`);
    }
    return found.value;
  }

  /** @throws request.invalid */
  text(...names: readonly string[]): string | undefined {
    const found = this.value(...names);
    if (!found) return undefined;
    if (typeof found.value !== 'string') {
      throw wrongField(found.name, `must be a text, and is ${shown(found.value)}`);
    }
    return found.value.slice(0, 200);
  }

  /** @throws request.invalid */
  texts(name: string): readonly string[] | undefined {
    const found = this.value(name);
    if (!found) return undefined;
    if (!Array.isArray(found.value) || !found.value.every((one) => typeof one === 'string')) {
      throw wrongField(found.name, `must be a list of texts, and is ${shown(found.value)}`);
    }
    return found.value;
  }

  /** @throws request.invalid */
  numbers(name: string): readonly number[] | undefined {
    const found = this.value(name);
    if (!found) return undefined;
    if (!Array.isArray(found.value) || !found.value.every((one) => Number.isInteger(one))) {
      throw wrongField(found.name, `must be a list of whole numbers, and is ${shown(found.value)}`);
    }
    return found.value;
  }

  /** @throws request.invalid */
  object(name: string): ConfigFields | undefined {
    const found = this.value(name);
    if (!found) return undefined;
    if (!isObject(found.value))
      throw wrongField(found.name, `must be an object, and is ${shown(found.value)}`);
    return new ConfigFields(found.value, `${found.name}.`);
  }

  /** Its objects, whatever they are called. */
  objects(): ConfigFields[] {
    return Object.entries(this.#config).flatMap(([name, value]) =>
      isObject(value) ? [new ConfigFields(value, `${this.#path}${name}.`)] : [],
    );
  }

  /** Refuses one of its own values. */
  wrong(name: string, what: string): AppError {
    return wrongField(this.value(name)?.name ?? this.#path + name, what);
  }

  /** Whether the field stands here itself. */
  has(name: string): boolean {
    return this.#config[name] !== undefined && this.#config[name] !== null;
  }
}

export function isObject(value: unknown): value is ConfigObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function wrongField(name: string, what: string): AppError {
  return new AppError('model.config_invalid', {
    publicMessage: `config: \`${name}\` ${what}.`,
    details: { param: `config.${name}` },
  });
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
