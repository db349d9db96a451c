import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import { StartError } from '#config/start-error.ts';

export interface WantedPort {
  /** What will listen there. */
  readonly name: string;
  readonly host: string;
  readonly port: number;
}

/** Tries each port and lets go of it again. @throws StartError that names the taken one and who has it */
export async function requireFreePorts(wanted: readonly WantedPort[]): Promise<void> {
  const failures = await Promise.all(wanted.map(tryToListen));
  const at = failures.findIndex((code) => code !== undefined);
  const port = wanted[at];
  if (!port) return;
  if (failures[at] === 'EADDRINUSE') {
    const holder = findHolder(port.port);
    throw new StartError(
      `port ${port.port} for ${port.name} is taken${holder && ` by ${holder}`}: end that process, or set PORT_OFFSET to use other ports`,
    );
  }
  throw new StartError(
    `${port.name} cannot listen on ${port.host} port ${port.port} (${failures[at]}): correct BIND_HOST or PORT_OFFSET`,
  );
}

function tryToListen({ host, port }: WantedPort): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen(port, host, () => server.close(() => resolve(undefined)));
  });
}

/** `name (pid 12)` of the process that listens there, as far as we may see it; else empty. */
export function findHolder(port: number): string {
  const inodes = new Set(listeningInodes(port).map((inode) => `socket:[${inode}]`));
  if (inodes.size === 0) return '';
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      for (const fd of readdirSync(`/proc/${pid}/fd`)) {
        if (!inodes.has(readlinkSync(`/proc/${pid}/fd/${fd}`))) continue;
        return `${readFileSync(`/proc/${pid}/comm`, 'utf8').trim()} (pid ${pid})`;
      }
    } catch {
      // Ended in between, or another user's.
    }
  }
  return '';
}

/** Lines of /proc/net/tcp: local address in hex, state 0A is LISTEN, the tenth field is the inode. */
function listeningInodes(port: number): string[] {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  return ['/proc/net/tcp', '/proc/net/tcp6'].flatMap((path) => {
    try {
      return readFileSync(path, 'utf8')
        .split('\n')
        .map((line) => line.trim().split(/\s+/))
        .filter((fields) => fields[1]?.endsWith(suffix) && fields[3] === '0A')
        .map((fields) => fields[9] ?? '');
    } catch {
      return [];
    }
  });
}
