/** Reference pages whose rows follow from the code: the row each name must have, and how a page differs from that. */
import type { AnyDefinition } from '#config/definitions.ts';

export function settingRow(name: string, definition: AnyDefinition): string {
  const fallback = definition.default === '' ? '' : `\`${definition.default}\``;
  return `| \`${name}\` | ${fallback} | ${rangeOf(definition)} | ${definition.about} |`;
}

/** Names listed under a heading of this text, as `NAME`, up to the next heading. */
export function namesUnder(heading: string, page: string): string[] {
  const lines = page.split('\n');
  const begin = lines.indexOf(heading) + 1;
  if (begin === 0) return [];
  const length = lines.slice(begin).findIndex((line) => line.startsWith('#'));
  const section = lines.slice(begin, length < 0 ? undefined : begin + length).join('\n');
  return [...section.matchAll(/`([A-Z0-9_]+)`/g)].flatMap((match) => match[1] ?? []);
}

export function errorRow(code: string, status: number, message: string): string {
  return `| \`${code}\` | ${status} | ${message} |`;
}

function rangeOf(definition: AnyDefinition): string {
  switch (definition.kind) {
    case 'text':
      return 'text';
    case 'choice':
      return definition.choices.map((choice) => `\`${choice}\``).join(', ');
    case 'integer':
      return `${definition.min} to ${definition.max}`;
  }
}

/** @param rows the wanted row of each name */
export function compareRows(rows: ReadonlyMap<string, string>, page: string, path: string): string[] {
  const lines = page.split('\n');
  const names = lines.flatMap((line) => /^\|\s*`([^`]+)`\s*\|/.exec(line)?.[1] ?? []);
  return [
    ...[...rows].flatMap(([name, row]) =>
      lines.includes(row) ? [] : [`${path} must have this row for ${name}:\n${row}`],
    ),
    ...names
      .filter((name) => !rows.has(name))
      .map((name) => `${path} describes ${name}, which does not exist`),
    ...names
      .filter((name, index) => names.indexOf(name) !== index)
      .map((name) => `${path} describes ${name} twice: keep one row`),
  ];
}

export function compareNames(known: readonly string[], listed: readonly string[], path: string): string[] {
  return [
    ...known.filter((name) => !listed.includes(name)).map((name) => `${path} does not name ${name}: add it`),
    ...listed
      .filter((name) => !known.includes(name))
      .map((name) => `${path} names ${name}, which does not exist`),
  ];
}
