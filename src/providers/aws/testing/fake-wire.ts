import { Refused } from './refused.ts';

/**
 * EC2's words on the wire, read and written by walking the schemas that AWS's own SDK carries: a parameter that they
 * do not know is refused, one that must be there and is not as well, and no shape of an answer is typed by hand.
 *
 * A schema is a number for a scalar, [0, namespace, name, traits, of] for one with a name, [1, namespace, name, traits, of] for a list, [3, namespace, name, traits, names,
 * members, how many of the first must be there] for a structure, a function that gives one, or [schema, traits].
 */
type Schema = unknown;
interface Traits {
  readonly xmlName?: string;
  readonly ec2QueryName?: string;
}
interface Member {
  readonly name: string;
  readonly schema: Schema;
  readonly traits: Traits;
}
type Node = Map<string, Node | string>;

const NUMBER = 1;
const BOOLEAN = 2;
const TIME = 4;
const BYTES = 21;
const LIST_OF = 64;

export function readForm(schema: Schema, form: URLSearchParams): Record<string, unknown> {
  const root: Node = new Map();
  for (const [key, value] of form) {
    if (key !== 'Action' && key !== 'Version') place(root, key.split('.'), value, key);
  }
  return readStruct(schema, root, '');
}

function place(node: Node, path: readonly string[], value: string, key: string): void {
  const [name = '', ...rest] = path;
  if (rest.length === 0) {
    if (node.has(name)) throw new Refused('InvalidParameterCombination', `${key} is there twice`);
    node.set(name, value);
    return;
  }
  const next = node.get(name) ?? new Map<string, Node | string>();
  if (typeof next === 'string')
    throw new Refused('UnknownParameter', `The parameter ${key} is not recognized`);
  node.set(name, next);
  place(next, rest, value, key);
}

function readStruct(schema: Schema, node: Node, path: string): Record<string, unknown> {
  const members = membersOf(schema);
  const byName = new Map(members.map((member) => [queryName(member), member]));
  const value: Record<string, unknown> = {};
  for (const [name, child] of node) {
    const member = byName.get(name);
    if (!member) throw new Refused('UnknownParameter', `The parameter ${path}${name} is not recognized`);
    value[member.name] = readValue(member.schema, child, `${path}${name}`);
  }
  for (const { name } of members.slice(0, requiredOf(schema))) {
    if (value[name] === undefined) {
      throw new Refused('MissingParameter', `The request must contain the parameter ${path}${name}`);
    }
  }
  return value;
}

function readValue(schema: Schema, child: Node | string, path: string): unknown {
  const item = itemOf(schema);
  if (typeof child !== 'string') {
    return item === undefined ? readStruct(schema, child, `${path}.`) : readItems(item, child, path);
  }
  if (item !== undefined || typeof schema !== 'number') throw Refused.value(child, path);
  switch (schema) {
    case NUMBER:
      if (!/^-?\d+$/.test(child)) throw Refused.value(child, path);
      return Number(child);
    case BOOLEAN:
      if (child !== 'true' && child !== 'false') throw Refused.value(child, path);
      return child === 'true';
    case BYTES:
      return Buffer.from(child, 'base64');
    default:
      return child;
  }
}

/** Numbered from one, without a gap. */
function readItems(item: Schema, node: Node, path: string): unknown[] {
  return Array.from({ length: node.size }, (_, index) => {
    const child = node.get(String(index + 1));
    if (child === undefined) throw Refused.value([...node.keys()].join(), path);
    return readValue(item, child, `${path}.${index + 1}`);
  });
}

/** The inside of an answer. @throws Error where the double says what AWS's own schema does not know */
export function writeXml(schema: Schema, value: object): string {
  const members = new Map(membersOf(schema).map((member) => [member.name, member]));
  return Object.entries(value)
    .filter(([, child]) => child !== undefined)
    .map(([name, child]) => {
      const member = members.get(name);
      if (!member) throw new Error(`the pretended AWS says ${name}, which the schema does not have`);
      return element(member.traits.xmlName ?? name, written(member.schema, child));
    })
    .join('');
}

function written(schema: Schema, value: unknown): string {
  const item = itemOf(schema);
  if (item !== undefined) {
    return (value as unknown[]).map((one) => element('item', written(item, one))).join('');
  }
  if (typeof schema !== 'number') return writeXml(schema, value as object);
  if (schema === TIME) return (value as Date).toISOString();
  if (value !== null && typeof value === 'object') throw new Error('a structure where a word is expected');
  return escaped(String(value));
}

export function element(name: string, inside: string): string {
  return inside === '' ? `<${name}/>` : `<${name}>${inside}</${name}>`;
}

export function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** Structures of an operation: what it takes and what it gives. */
export function shapesOf(operation: unknown): { input: Schema; output: Schema } {
  const [, , , , input, output] = operation as unknown[];
  return { input: resolved(input), output: resolved(output) };
}

function membersOf(schema: Schema): Member[] {
  const names = (schema as unknown[])[4];
  const members = (schema as unknown[])[5];
  if (!Array.isArray(names) || !Array.isArray(members)) throw new Error('not the schema of a structure');
  return names.map((name: string, index) => {
    const told: unknown = members[index];
    const isPair = Array.isArray(told) && typeof told[1] !== 'string';
    const traits = (isPair ? told[1] : {}) as Traits;
    return { name, schema: resolved(isPair ? told[0] : told), traits };
  });
}

function requiredOf(schema: Schema): number {
  return ((schema as unknown[])[6] as number | undefined) ?? 0;
}

/** What a list is of; undefined for anything else. */
function itemOf(schema: Schema): Schema | undefined {
  if (typeof schema === 'number') return schema & LIST_OF ? schema & ~LIST_OF : undefined;
  return (schema as unknown[])[0] === 1 ? resolved((schema as unknown[])[4]) : undefined;
}

function resolved(schema: Schema): Schema {
  if (typeof schema === 'function') return resolved((schema as () => Schema)());
  if (!Array.isArray(schema)) return schema;
  if (typeof schema[1] !== 'string') return resolved(schema[0]);
  return schema[0] === 0 ? resolved(schema[4]) : schema;
}

function queryName({ name, traits }: Member): string {
  const { ec2QueryName, xmlName } = traits;
  return ec2QueryName ?? (xmlName ? xmlName.charAt(0).toUpperCase() + xmlName.slice(1) : name);
}
