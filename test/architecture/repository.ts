import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';

export const ROOT = resolve(import.meta.dirname, '../..');
const OUTPUTS = /^(node_modules|\.git|\.cache|\.data|out|dist.*)$/;
const FILE_BYTES_MAX = 2 * 1024 * 1024;

export interface SourceFile {
  readonly path: string;
  readonly text: string;
}

/** Every file that is or would be committed, as text; pictures and other binaries left out. */
export function readRepository(): SourceFile[] {
  return listFiles().flatMap((path) => {
    const file = join(ROOT, path);
    if (!existsSync(file) || !statSync(file).isFile() || statSync(file).size > FILE_BYTES_MAX) return [];
    const text = readFileSync(file, 'utf8');
    return text.includes('\0') ? [] : [{ path, text }];
  });
}

function listFiles(): string[] {
  const words = ['ls-files', '--cached', '--others', '--exclude-standard', '-z'];
  const listed = spawnSync('git', words, {
    cwd: ROOT,
    encoding: 'utf8',
    timeout: 20_000,
    maxBuffer: 64 * 1024 * 1024,
  });
  // An unpacked archive has no history; then the tree itself is the list.
  return listed.status === 0 ? listed.stdout.split('\0').filter(Boolean).sort() : walk('');
}

function walk(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true })
    .flatMap((entry) => {
      if (OUTPUTS.test(entry.name)) return [];
      const path = folder ? `${folder}/${entry.name}` : entry.name;
      return entry.isDirectory() ? walk(path) : [path];
    })
    .sort();
}
