/** Whether a value is what a schema of the OpenAPI document says: the part of JSON Schema that the document uses. */

export type Json = Record<string, unknown>;

/** The first thing that is wrong, with its place; undefined when nothing is. An unknown keyword is an error too. */
export function schemaProblem(
  root: Json,
  schema: Json,
  value: unknown,
  place = 'answer',
): string | undefined {
  for (const [keyword, wanted] of Object.entries(schema)) {
    const check = CHECKS[keyword];
    if (!check) return `${place}: the test does not know the keyword ${keyword}`;
    const problem = check({ root, schema, wanted, value, place });
    if (problem !== undefined) return problem;
  }
  return undefined;
}

interface Place {
  readonly root: Json;
  readonly schema: Json;
  readonly wanted: unknown;
  readonly value: unknown;
  readonly place: string;
}

type Check = (at: Place) => string | undefined;

const says = (isRight: boolean, at: Place, what: string): string | undefined =>
  isRight
    ? undefined
    : `${at.place} ${what} ${JSON.stringify(at.wanted)}: ${String(JSON.stringify(at.value)).slice(0, 200)}`;
const none: Check = () => undefined;

const CHECKS: Readonly<Record<string, Check>> = {
  description: none,
  default: none,
  examples: none,
  format: none,
  propertyNames: none,
  $ref: (at) => {
    const name = String(at.wanted).replace('#/components/schemas/', '');
    const { schemas } = at.root['components'] as { schemas: Record<string, Json> };
    const target = schemas[name];
    return target ? schemaProblem(at.root, target, at.value, at.place) : `${at.place}: no schema ${name}`;
  },
  type: (at) =>
    says(
      [at.wanted].flat().some((type) => isOfType(type, at.value)),
      at,
      'is not of type',
    ),
  const: (at) => says(at.value === at.wanted, at, 'is not'),
  enum: (at) => says((at.wanted as unknown[]).includes(at.value), at, 'is none of'),
  anyOf: (at) => {
    const problems = (at.wanted as Json[]).map((one) => schemaProblem(at.root, one, at.value, at.place));
    return problems.includes(undefined) ? undefined : problems.join('; or ');
  },
  oneOf: (at) => CHECKS['anyOf']?.(at),
  allOf: (at) => {
    const problems = (at.wanted as Json[]).map((one) => schemaProblem(at.root, one, at.value, at.place));
    return problems.find((problem) => problem !== undefined);
  },
  properties: (at) => {
    if (!isObject(at.value)) return undefined;
    for (const [name, inner] of Object.entries(at.wanted as Record<string, Json>)) {
      if (!Object.hasOwn(at.value, name)) continue;
      const problem = schemaProblem(at.root, inner, at.value[name], `${at.place}.${name}`);
      if (problem !== undefined) return problem;
    }
    return undefined;
  },
  required: (at) => {
    const { value } = at;
    if (!isObject(value)) return undefined;
    const missing = (at.wanted as string[]).find((name) => !Object.hasOwn(value, name));
    return missing === undefined ? undefined : `${at.place}.${missing} is missing`;
  },
  additionalProperties: (at) => {
    if (!isObject(at.value)) return undefined;
    const known = Object.keys((at.schema['properties'] ?? {}) as Json);
    for (const [name, inner] of Object.entries(at.value).filter(([key]) => !known.includes(key))) {
      if (at.wanted === false) return `${at.place}.${name} is not declared`;
      const problem = schemaProblem(at.root, at.wanted as Json, inner, `${at.place}.${name}`);
      if (problem !== undefined) return problem;
    }
    return undefined;
  },
  items: (at) => {
    for (const [index, inner] of (Array.isArray(at.value) ? at.value : []).entries()) {
      const problem = schemaProblem(at.root, at.wanted as Json, inner, `${at.place}[${index}]`);
      if (problem !== undefined) return problem;
    }
    return undefined;
  },
  minimum: (at) => says(typeof at.value !== 'number' || at.value >= Number(at.wanted), at, 'is less than'),
  maximum: (at) => says(typeof at.value !== 'number' || at.value <= Number(at.wanted), at, 'is more than'),
  minLength: (at) =>
    says(!isText(at.value) || [...at.value].length >= Number(at.wanted), at, 'is shorter than'),
  maxLength: (at) =>
    says(!isText(at.value) || [...at.value].length <= Number(at.wanted), at, 'is longer than'),
  minItems: (at) =>
    says(!Array.isArray(at.value) || at.value.length >= Number(at.wanted), at, 'has fewer than'),
  maxItems: (at) =>
    says(!Array.isArray(at.value) || at.value.length <= Number(at.wanted), at, 'has more than'),
  pattern: (at) =>
    says(!isText(at.value) || new RegExp(String(at.wanted), 'u').test(at.value), at, 'does not match'),
};

function isOfType(type: unknown, value: unknown): boolean {
  switch (type) {
    case 'null':
      return value === null;
    case 'array':
      return Array.isArray(value);
    case 'object':
      return isObject(value);
    case 'integer':
      return Number.isSafeInteger(value);
    default:
      // String, number and boolean are called alike in both.
      return typeof value === type;
  }
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}
