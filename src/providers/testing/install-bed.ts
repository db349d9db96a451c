/** A machine that is a folder, and a control plane that serves the agent, for tests of the install script. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { after, afterEach, before, beforeEach } from 'node:test';
import { Secret } from '#kernel/secret.ts';
import type { InstallOrder } from '../install-script.ts';

export const WORKER = "console.log('the agent ran with ' + process.argv.slice(2).join(' '));\n";
export const NODE = '#!/bin/sh\necho pretended node "$@"\n';
export const TOKEN = `inv_boot_'"$(touch /tmp/never)\`x\`\\`;

export const bed = {
  base: '',
  requests: [] as string[],
  /** Bodies that came to the control plane. */
  told: [] as string[],
  /** When set, a download sends half of the file and then waits. */
  stallDownloads: false,
  toldStatus: 204,
  root: '',
};
let server: http.Server;

export function closeConnections(): void {
  server.closeAllConnections();
}

/** To be called in a suite: the bed stands while it runs, and each test has an empty machine. */
export function installBed(): void {
  before(async () => {
    server = http.createServer((request, response) => {
      if (request.method === 'POST') {
        let body = '';
        request.setEncoding('utf8').on('data', (text: string) => {
          body += text;
        });
        request.once('end', () => {
          bed.told.push(`${request.url} ${body}`);
          response.writeHead(bed.toldStatus).end();
        });
        return undefined;
      }
      bed.requests.push(request.url ?? '');
      const body = request.url === '/worker.mjs' ? WORKER : request.url === '/node' ? NODE : undefined;
      if (body === undefined) return response.writeHead(404).end();
      response.writeHead(200, { 'content-length': Buffer.byteLength(body) });
      if (bed.stallDownloads) return response.write(body.slice(0, 10));
      return response.end(body);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    bed.base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });

  after(() => {
    server.closeAllConnections();
    server.close();
  });

  beforeEach(() => {
    bed.root = fs.mkdtempSync(path.join(os.tmpdir(), 'install test-'));
    bed.requests = [];
    bed.told = [];
    bed.toldStatus = 204;
    bed.stallDownloads = false;
  });

  afterEach(() => fs.rmSync(bed.root, { recursive: true, force: true }));
}

export function order(changes: Partial<InstallOrder> = {}): InstallOrder {
  return {
    controlUrl: 'http://127.0.0.1:8003',
    instanceId: 'inst_1',
    bootstrapToken: new Secret(TOKEN),
    workerUrl: `${bed.base}/worker.mjs`,
    workerSha256: sha256(WORKER),
    nodeUrl: `${bed.base}/node`,
    nodeSha256: sha256(NODE),
    mayPowerOff: true,
    ...changes,
  };
}

export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

export interface Outcome {
  readonly code: number | null;
  readonly stderr: string;
}

export function start(script: string, env: Record<string, string> = {}): ChildProcess {
  const file = path.join(bed.root, 'user-data');
  fs.writeFileSync(file, script);
  return spawn('/bin/sh', [file], {
    env: {
      PATH: process.env['PATH'] ?? '',
      INVENTIV_MACHINE_ROOT: bed.root,
      INVENTIV_SKIP_OS: '1',
      INVENTIV_NODE: process.execPath,
      INVENTIV_MACHINE_ADDRESS: '127.4.5.6',
      ...env,
    },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
}

export function outcomeOf(child: ChildProcess): Promise<Outcome> {
  let stderr = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, stderr })));
}

export function run(script: string, env: Record<string, string> = {}): Promise<Outcome> {
  return outcomeOf(start(script, env));
}

export function installed(name: string): string {
  return path.join(bed.root, name);
}

/** Programs of the system that answer what a machine would, and write down what they were told. */
export function pretend(answers: Record<string, string>): Record<string, string> {
  const bin = installed('pretended');
  fs.mkdirSync(bin, { recursive: true });
  for (const [name, body] of Object.entries(answers)) {
    const line = `printf '%s %s\\n' ${name} "$*" >>'${installed('told')}'`;
    fs.writeFileSync(path.join(bin, name), `#!/bin/sh\n${line}\n${body}\n`, { mode: 0o755 });
  }
  return { PATH: `${bin}:${process.env['PATH']}` };
}

/** What a program left behind did when it was run, of the things that change a machine. */
export function runLeft(name: string, env: Record<string, string>): string[] {
  fs.rmSync(installed('told'), { force: true });
  execFileSync(installed(`opt/inventiv/${name}`), {
    env: { ...process.env, ...env },
    timeout: 30_000,
    stdio: 'ignore',
  });
  const told = fs.existsSync(installed('told')) ? fs.readFileSync(installed('told'), 'utf8') : '';
  return told.split('\n').filter((line) => /^(mkfs|mount )/.test(line));
}
