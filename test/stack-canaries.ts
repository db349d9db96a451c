/**
 * A stack's own secrets, and everything it writes: its logs, what its processes were started with, its pages of
 * metrics. Each stack of each test is looked through when it ends; a find fails the file (see canaries.ts).
 */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { nameSecret, watchText } from '#kernel/testing/canaries.ts';

const METRICS_PORTS = [8001, 8005, 9103, 9100];
const METRICS_LIMIT_MS = 5_000;
const FILE_BYTES_MAX = 256 * 1024 * 1024;

/** What the stack made for itself at its first start. */
export function nameSecretsOf(dataDir: string): void {
  const folder = join(dataDir, 'secrets');
  for (const name of existsSync(folder) ? readdirSync(folder) : []) {
    const text = readFileSync(join(folder, name), 'utf8').trim();
    // Of an address only the password is secret.
    const value = name.endsWith('_url') ? decodeURIComponent(URL.parse(text)?.password ?? '') : text;
    nameSecret(`the secret file ${name}`, value);
  }
}

/** While it runs: the command lines that every user of the machine can read, and what monitoring reads. */
export async function watchRunning(stack: { supervisorPid: number; portOffset: number }): Promise<void> {
  for (const pid of descendantsOf(stack.supervisorPid)) {
    watchText(`the command line of process ${pid}`, tryRead(`/proc/${pid}/cmdline`).replaceAll('\0', ' '));
  }
  await Promise.all(
    METRICS_PORTS.map(async (port) => {
      const url = `http://127.0.0.1:${port + stack.portOffset}/metrics`;
      const signal = AbortSignal.timeout(METRICS_LIMIT_MS);
      const page = await fetch(url, { signal }).then(
        (answer) => answer.text(),
        () => '',
      );
      watchText(`the metrics of port ${port}`, page);
    }),
  );
}

/** After its end: all that it said. */
export function watchWritten(dataDir: string, output: string): void {
  watchText('the output of the supervisor', output);
  const folder = join(dataDir, 'logs');
  for (const name of existsSync(folder) ? readdirSync(folder) : []) {
    const file = join(folder, name);
    const isText = statSync(file).isFile() && statSync(file).size <= FILE_BYTES_MAX;
    if (isText) watchText(`the log ${name}`, tryRead(file));
  }
}

function descendantsOf(root: number): number[] {
  const parents = new Map<number, number>();
  for (const entry of readdirSync('/proc')) {
    const parent = /^\d+$/.test(entry) && /^\d+ \(.*\) \S (\d+)/s.exec(tryRead(`/proc/${entry}/stat`))?.[1];
    if (parent) parents.set(Number(entry), Number(parent));
  }
  const found = [root];
  for (const pid of found) {
    for (const [child, parent] of parents) if (parent === pid) found.push(child);
  }
  return found;
}

/** A process may end, and a file go, while they are read. */
function tryRead(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
