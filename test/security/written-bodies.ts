/** Right bodies of every write, made from the description: what is sent wrong is then the only thing that is wrong. */
import type { Route } from '#http/route.ts';
import { DOCUMENT } from '../contract/declared-answer.ts';
import type { Json } from '../contract/json-schema.ts';

interface Described {
  readonly operationId: string;
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Json }>> };
  readonly responses: Readonly<Record<string, Json>>;
}

const OPERATIONS = new Map(
  Object.values(DOCUMENT['paths'] as Record<string, Record<string, Described>>)
    .flatMap((methods) => Object.values(methods))
    .map((operation) => [operation.operationId, operation]),
);
const TIME = '2027-01-01T00:00:00.000Z';

/** The schema of the body of a write; undefined where there is none, or none that is described. */
export function bodySchemaOf(route: Route): Json | undefined {
  const schema = OPERATIONS.get(route.name)?.requestBody?.content['application/json']?.schema;
  return schema && resolved(schema);
}

/** A body that the schema takes, with all that it may have. */
export function sampleOf(given: Json, name = ''): unknown {
  const schema = resolved(given);
  if ('const' in schema) return schema['const'];
  if ('default' in schema) return schema['default'];
  const choices = (schema['enum'] ?? undefined) as unknown[] | undefined;
  if (choices) return choices[0];
  const any = (schema['anyOf'] ?? schema['oneOf']) as Json[] | undefined;
  if (any?.[0]) return sampleOf(any[0], name);
  switch ([schema['type']].flat()[0]) {
    case 'object':
      return Object.fromEntries(
        Object.entries((schema['properties'] ?? {}) as Record<string, Json>)
          .filter(([key]) => ((schema['required'] ?? []) as string[]).includes(key))
          .map(([key, inner]) => [key, sampleOf(inner, key)]),
      );
    case 'array':
      return schema['minItems'] ? [sampleOf(schema['items'] as Json)] : [];
    case 'integer':
    case 'number':
      return Math.max(1, Number(schema['minimum'] ?? 1));
    case 'boolean':
      return true;
    default:
      return textOf(schema, name);
  }
}

/** Every name of a property that any body or answer has, at any depth. */
export function everyPropertyName(): string[] {
  const names = new Set<string>();
  const look = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    const { properties } = value as Json;
    if (typeof properties === 'object' && properties !== null && !('type' in properties && 'in' in value)) {
      for (const name of Object.keys(properties)) names.add(name);
    }
    for (const inner of Object.values(value)) look(inner);
  };
  look(DOCUMENT['paths']);
  look(DOCUMENT['components']);
  return [...names].sort();
}

export function propertiesOf(schema: Json): Readonly<Record<string, Json>> {
  return (resolved(schema)['properties'] ?? {}) as Record<string, Json>;
}

function textOf(schema: Json, name: string): string {
  if (schema['format'] === 'date-time') return TIME;
  if (/email/.test(name)) return 'somebody@example.test';
  if (/url/.test(name)) return 'https://hooks.example.com/in';
  if (/password/.test(name)) return 'a long pass phrase of four';
  return 'a'.repeat(Math.max(1, Number(schema['minLength'] ?? 1)));
}

function resolved(schema: Json): Json {
  const reference = schema['$ref'];
  if (typeof reference !== 'string') return schema;
  const { schemas } = DOCUMENT['components'] as { schemas: Record<string, Json> };
  return schemas[reference.replace('#/components/schemas/', '')] ?? {};
}
