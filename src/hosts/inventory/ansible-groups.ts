/**
 * Hosts, groups and variables of an Ansible inventory, put together as Ansible does: what a host says itself comes
 * first, then its groups, the deeper before the higher, then `all`.
 */
import { expandRanges, numberFrom, priceFrom } from './host-fields.ts';
import type { Findings } from './inventory.ts';

type Variables = Map<string, string>;

interface Group {
  readonly hosts: Set<string>;
  readonly children: Map<string, number>;
  readonly variables: Variables;
}

const HOSTS_MAX = 2_000;
/** Deeper than any inventory; a circle of groups ends here. */
const DEPTH_MAX = 50;

export class AnsibleGroups {
  readonly #groups = new Map<string, Group>([['all', newGroup()]]);
  readonly #hosts = new Map<string, { readonly line: number; readonly variables: Variables }>();
  readonly #findings: Findings;

  constructor(findings: Findings) {
    this.#findings = findings;
  }

  group(name: string): Group {
    const known = this.#groups.get(name) ?? newGroup();
    this.#groups.set(name, known);
    return known;
  }

  addChild(parent: string, child: string, line: number): void {
    this.group(parent).children.set(child, line);
    this.group(child);
  }

  addHosts(group: string, pattern: string, line: number, variables: ReadonlyMap<string, string>): void {
    const names = expandRanges(pattern, HOSTS_MAX);
    if (!names || this.#hosts.size + names.length > HOSTS_MAX) {
      const hint = names ? `more than ${HOSTS_MAX} machines` : `the range in ${pattern} is not like [01:10]`;
      this.#findings.refuse(line, hint);
      return;
    }
    for (const name of names) {
      const host = this.#hosts.get(name) ?? { line, variables: new Map<string, string>() };
      for (const [key, value] of variables) host.variables.set(key, value);
      this.#hosts.set(name, host);
      this.group(group).hosts.add(name);
    }
  }

  finish(): void {
    const circle = this.#findCircle();
    if (circle) {
      this.#findings.refuse(circle.line, `the group ${circle.name} is a child of itself`);
      return;
    }
    const ranked = this.#rankedGroups();
    for (const [name, { line, variables }] of this.#hosts) {
      const all = new Map<string, string>();
      for (const group of ranked) {
        if (!this.#holds(group, name)) continue;
        for (const [key, value] of this.group(group).variables) all.set(key, value);
      }
      for (const [key, value] of variables) all.set(key, value);
      this.#findings.add(line, fieldsOf(name, all));
    }
  }

  /** From `all` down: what comes later overrides. */
  #rankedGroups(): string[] {
    const depths = new Map<string, number>();
    const visit = (name: string, depth: number) => {
      if ((depths.get(name) ?? -1) >= depth) return;
      depths.set(name, depth);
      for (const child of this.group(name).children.keys()) visit(child, depth + 1);
    };
    for (const name of this.#groups.keys()) visit(name, name === 'all' ? 0 : 1);
    return [...depths.keys()].toSorted(
      (a, b) => (depths.get(a) ?? 0) - (depths.get(b) ?? 0) || (a < b ? -1 : 1),
    );
  }

  #holds(group: string, host: string): boolean {
    if (group === 'all') return true;
    const { hosts, children } = this.group(group);
    return hosts.has(host) || [...children.keys()].some((child) => this.#holds(child, host));
  }

  #findCircle(): { name: string; line: number } | undefined {
    const reaches = (from: string, target: string, depth: number): number | undefined => {
      if (depth > DEPTH_MAX) return 0;
      for (const [child, line] of this.group(from).children) {
        if (child === target) return line;
        const deeper = reaches(child, target, depth + 1);
        if (deeper !== undefined) return deeper;
      }
      return undefined;
    };
    for (const name of this.#groups.keys()) {
      const line = reaches(name, name, 0);
      if (line !== undefined) return { name, line };
    }
    return undefined;
  }
}

function newGroup(): Group {
  return { hosts: new Set(), children: new Map(), variables: new Map() };
}

function fieldsOf(name: string, variables: ReadonlyMap<string, string>): Record<string, unknown> {
  const value = (...names: string[]) =>
    names.map((one) => variables.get(one)).find((one) => one !== undefined);
  const port = value('ansible_port', 'ansible_ssh_port');
  const password = value('ansible_password', 'ansible_ssh_pass');
  const price = value('inventiv_price');
  return {
    name,
    address: value('ansible_host', 'ansible_ssh_host') ?? name,
    port: port === undefined ? undefined : numberFrom(port),
    username: value('ansible_user', 'ansible_ssh_user'),
    host_key: value('inventiv_host_key'),
    price: price === undefined ? undefined : priceFrom(price, value('inventiv_currency')),
    credential: password === undefined ? undefined : { kind: 'password', password },
  };
}
