/** An Ansible inventory in INI form: groups, `:children`, `:vars`, ranges, variables behind a host. */
import { AnsibleGroups } from './ansible-groups.ts';
import type { Findings } from './inventory.ts';

const SECTION = /^\[([A-Za-z0-9_.-]+)(?::(children|vars|hosts))?\]$/;

export function readAnsibleIni(content: string, into: Findings): void {
  const groups = new AnsibleGroups(into);
  let group = 'ungrouped';
  let kind = 'hosts';
  for (const [index, whole] of content.split(/\r?\n/).entries()) {
    const line = index + 1;
    const text = withoutComment(whole).trim();
    if (text === '') continue;
    if (text.startsWith('[')) {
      const [, name, suffix] = SECTION.exec(text) ?? [];
      if (name === undefined) {
        into.refuse(line, `${text} is no section such as [gpu], [gpu:children] or [gpu:vars]`);
        kind = 'skipped';
        continue;
      }
      [group, kind] = [name, suffix ?? 'hosts'];
      groups.group(group);
    } else if (kind === 'children') groups.addChild(group, text, line);
    else if (kind === 'vars') {
      const pair = pairOf(text);
      if (pair) groups.group(group).variables.set(...pair);
      else into.refuse(line, 'this line is no variable such as ansible_user=root');
    } else if (kind === 'hosts') readHost(groups, { group, text, line }, into);
  }
  groups.finish();
}

function readHost(
  groups: AnsibleGroups,
  { group, text, line }: { readonly group: string; readonly text: string; readonly line: number },
  into: Findings,
): void {
  const words = wordsOf(text);
  const [pattern, ...rest] = words ?? [];
  if (pattern === undefined) {
    into.refuse(line, 'a quote is not closed in this line');
    return;
  }
  const pairs = rest.map((word) => ({ word, pair: pairOf(word) }));
  const wrong = pairs.find(({ pair }) => pair === undefined);
  if (wrong) {
    into.refuse(line, 'behind the host stand variables, such as ansible_host=10.0.0.5');
    return;
  }
  groups.addHosts(group, pattern, line, new Map(pairs.flatMap(({ pair }) => (pair ? [pair] : []))));
}

function pairOf(text: string): [string, string] | undefined {
  const [, name, value] = /^([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*)$/.exec(text) ?? [];
  if (name === undefined || value === undefined) return undefined;
  const [, , quoted] = /^(["'])(.*)\1$/.exec(value) ?? [];
  return [name, quoted ?? value];
}

/** Words with their quotes taken off; undefined when a quote is left open. */
function wordsOf(text: string): string[] | undefined {
  const words: string[] = [];
  let word = '';
  let quote = '';
  for (const letter of text) {
    if (quote !== '') {
      if (letter === quote) quote = '';
      else word += letter;
    } else if (letter === '"' || letter === "'") quote = letter;
    else if (/\s/.test(letter)) {
      if (word !== '') words.push(word);
      word = '';
    } else word += letter;
  }
  if (quote !== '') return undefined;
  return word === '' ? words : [...words, word];
}

/** A hash begins a comment at the start of a line or behind a space, unless it stands in quotes. */
function withoutComment(text: string): string {
  let quote = '';
  for (let at = 0; at < text.length; at++) {
    const letter = text[at] ?? '';
    if (quote !== '') {
      if (letter === quote) quote = '';
    } else if (letter === '"' || letter === "'") quote = letter;
    else if ((letter === '#' || letter === ';') && (at === 0 || /\s/.test(text[at - 1] ?? ''))) {
      return text.slice(0, at);
    }
  }
  return text;
}
