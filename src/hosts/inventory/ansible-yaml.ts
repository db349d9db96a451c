/**
 * An Ansible inventory in YAML form: `hosts`, `vars` and `children` of groups, as nested mappings of plain or quoted
 * scalars. What inventories hardly use (lists, anchors, blocks of text, flow mappings) is refused with its line.
 */
import { AnsibleGroups } from './ansible-groups.ts';
import type { Findings } from './inventory.ts';

interface Node {
  readonly line: number;
  readonly value: string | undefined;
  readonly children: Map<string, Node>;
}

export function readAnsibleYaml(content: string, into: Findings): void {
  const root = parse(content, into);
  if (into.errors.length > 0) return;
  const groups = new AnsibleGroups(into);
  for (const [name, node] of root.children) readGroup(groups, name, node, into);
  if (into.errors.length === 0) groups.finish();
}

function readGroup(groups: AnsibleGroups, name: string, node: Node, into: Findings): void {
  groups.group(name);
  for (const [key, part] of node.children) {
    switch (key) {
      case 'hosts':
        for (const [pattern, host] of part.children) {
          groups.addHosts(name, pattern, host.line, variablesOf(host, into));
        }
        break;
      case 'vars':
        for (const [variable, value] of variablesOf(part, into))
          groups.group(name).variables.set(variable, value);
        break;
      case 'children':
        for (const [child, group] of part.children) {
          groups.addChild(name, child, group.line);
          readGroup(groups, child, group, into);
        }
        break;
      default:
        into.refuse(part.line, `a group has hosts, vars and children, and no ${key}`);
    }
  }
}

/** Variables that are mappings themselves mean nothing to us. */
function variablesOf(node: Node, into: Findings): Map<string, string> {
  if (node.value !== undefined && node.value !== '') {
    into.refuse(node.line, 'here belongs a mapping, such as ansible_host: 10.0.0.5 in the next line');
  }
  return new Map(
    [...node.children].flatMap(([key, { value }]) => (value === undefined ? [] : [[key, value] as const])),
  );
}

function parse(content: string, into: Findings): Node {
  const root: Node = { line: 0, value: undefined, children: new Map() };
  const open: { readonly indent: number; readonly node: Node }[] = [{ indent: -1, node: root }];
  for (const [index, whole] of content.split(/\r?\n/).entries()) {
    const line = index + 1;
    const text = withoutComment(whole);
    if (text.trim() === '' || text.trim() === '---' || text.trim() === '...') continue;
    if (/^\s*\t/.test(text)) {
      into.refuse(line, 'YAML is indented with spaces, not with tabs');
      continue;
    }
    const indent = text.length - text.trimStart().length;
    const entry = entryOf(text.trim());
    if (!entry) {
      into.refuse(line, 'this is no line such as ansible_host: 10.0.0.5');
      continue;
    }
    while (indent <= (open.at(-1)?.indent ?? -1)) open.pop();
    const parent = open.at(-1)?.node ?? root;
    if (parent.value !== undefined && parent.value !== '') {
      into.refuse(line, 'this line is indented under one that has a value already');
      continue;
    }
    if (parent.children.has(entry.key)) into.refuse(line, `${entry.key} stands here twice`);
    const node: Node = { line, value: entry.value, children: new Map() };
    parent.children.set(entry.key, node);
    open.push({ indent, node });
  }
  return root;
}

/** Undefined for what this subset does not know. */
function entryOf(text: string): { key: string; value: string | undefined } | undefined {
  const match =
    /^(?:"([^"]*)"|'([^']*)'|([^\s"'{}&*!|>%@`#,-][^:{}]*(?::(?!\s)[^:{}]*)*)):(?:\s+(.*))?$/.exec(text);
  if (!match) return undefined;
  const key = (match[1] ?? match[2] ?? match[3] ?? '').trim();
  const value = (match[4] ?? '').trim();
  if (value === '' || value === '{}' || value === 'null' || value === '~') return { key, value: undefined };
  const [, double] = /^"((?:[^"\\]|\\.)*)"$/.exec(value) ?? [];
  if (double !== undefined) return { key, value: double.replace(/\\(["\\])/g, '$1') };
  const [, single] = /^'((?:[^']|'')*)'$/.exec(value) ?? [];
  if (single !== undefined) return { key, value: single.replaceAll("''", "'") };
  return /^[[{&*!|>%@`"']/.test(value) ? undefined : { key, value };
}

function withoutComment(text: string): string {
  let quote = '';
  for (let at = 0; at < text.length; at++) {
    const letter = text[at] ?? '';
    if (quote !== '') {
      if (letter === "'" && quote === "'" && text[at + 1] === "'") at++;
      else if (letter === quote) quote = '';
    } else if ((letter === '"' || letter === "'") && /[\s:]/.test(text[at - 1] ?? ' ')) quote = letter;
    else if (letter === '#' && (at === 0 || /\s/.test(text[at - 1] ?? '')))
      return text.slice(0, at).trimEnd();
  }
  return text.trimEnd();
}
