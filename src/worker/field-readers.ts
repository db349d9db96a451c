import { AppError } from '#kernel/errors.ts';

/**
 * Light checks of JSON from outside. The contracts' schemas are types here: loading the validator would cost
 * the agent a tenth of its start and most of its size.
 */
export type Fields = Readonly<Record<string, unknown>>;

/** @throws request.malformed */
export function parseFields(text: string, what: string): Fields {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new AppError('request.malformed', { publicMessage: `${what} is not valid JSON.`, cause: error });
  }
  return asFields(value, what);
}

/** @throws request.invalid */
export function asFields(value: unknown, what: string): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrong(what, 'an object');
  return value as Fields;
}

/** @throws request.invalid */
export function textField(fields: Fields, name: string): string {
  const value = fields[name];
  if (typeof value !== 'string' || value === '') throw wrong(name, 'a text');
  return value;
}

/** @throws request.invalid */
export function wholeField(fields: Fields, name: string): number {
  const value = fields[name];
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) {
    throw wrong(name, 'a whole number');
  }
  return value;
}

/** @throws request.invalid */
export function textListField(fields: Fields, name: string): string[] {
  const value = fields[name];
  if (!Array.isArray(value) || !value.every((item) => typeof item === 'string')) {
    throw wrong(name, 'a list of texts');
  }
  return value;
}

/** @throws request.invalid */
export function portField(fields: Fields, name: string, fallback: number): number {
  if (fields[name] === undefined) return fallback;
  const port = wholeField(fields, name);
  if (port < 1 || port > 65_535) throw wrong(name, 'a port');
  return port;
}

function wrong(name: string, expected: string): AppError {
  return new AppError('request.invalid', { publicMessage: `\`${name}\` must be ${expected}.` });
}
