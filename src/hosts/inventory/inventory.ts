/**
 * Lists of machines in the forms in which people keep them, read into what registers one machine. All of a list is
 * read before anything is said: each error names its line, and a list with an error is taken not at all. Pure.
 */
import {
  type ImportHosts,
  type InventoryFormat,
  type RegisterHost,
  registerHostSchema,
} from '#contracts/hosts.ts';
import { readAnsibleIni } from './ansible-ini.ts';
import { readAnsibleYaml } from './ansible-yaml.ts';
import { readCsv } from './csv.ts';
import { readJsonLines } from './json-lines.ts';

export interface InventoryError {
  /** Counts from 1; 0 is the whole list. */
  readonly line: number;
  readonly message: string;
}

/** One machine as its line says it; what it does not say comes from the defaults. */
export interface InventoryHost {
  readonly line: number;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** Where readers collect what they found, good or bad. */
export class Findings {
  readonly hosts: InventoryHost[] = [];
  readonly errors: InventoryError[] = [];

  add(line: number, fields: Record<string, unknown>): void {
    this.hosts.push({ line, fields });
  }

  refuse(line: number, message: string): void {
    this.errors.push({ line, message });
  }
}

const READERS: Readonly<Record<InventoryFormat, (content: string, into: Findings) => void>> = {
  csv: readCsv,
  json_lines: readJsonLines,
  ansible_ini: readAnsibleIni,
  ansible_yaml: readAnsibleYaml,
};

export function readInventory({ format, content, defaults }: ImportHosts): {
  readonly hosts: readonly { readonly line: number; readonly host: RegisterHost }[];
  readonly errors: readonly InventoryError[];
} {
  const findings = new Findings();
  READERS[format](content.replace(/^\uFEFF/, ''), findings);
  const names = new Map<string, number>();
  const addresses = new Map<string, number>();
  const hosts = findings.hosts.flatMap(({ line, fields }) => {
    const parsed = registerHostSchema.safeParse(withDefaults(fields, defaults));
    if (!parsed.success) {
      for (const { path, message } of parsed.error.issues) {
        const isMissing =
          path[0] === 'credential' && fields['credential'] === undefined && !defaults.credential;
        const why = isMissing
          ? 'no credential: give `defaults.credential`'
          : `${path.join('.') || 'host'}: ${message}`;
        findings.refuse(line, why);
      }
      return [];
    }
    const host = parsed.data;
    refuseTwice(findings, names, host.name, line);
    refuseTwice(findings, addresses, `${host.address} port ${host.port}`, line);
    return [{ line, host }];
  });
  if (hosts.length === 0 && findings.errors.length === 0) findings.refuse(0, 'the list names no machine');
  return { hosts, errors: findings.errors.toSorted((a, b) => a.line - b.line) };
}

/** Groups name the same machine often: a reader has put that together, so what is left is a slip. */
function refuseTwice(findings: Findings, seen: Map<string, number>, what: string, line: number): void {
  const before = seen.get(what);
  if (before === undefined) seen.set(what, line);
  else findings.refuse(line, `${what} is in line ${before} already`);
}

function withDefaults(fields: InventoryHost['fields'], defaults: ImportHosts['defaults']): object {
  const given = Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
  const known = Object.fromEntries(Object.entries(defaults).filter(([, value]) => value !== undefined));
  return { ...known, ...given };
}
