/** The real simulated engine as a process, and an agent's data port that passes every byte between it and the gateway. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { request as ask } from 'node:http';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { FakeAgent } from './fake-agent.ts';

const ENGINE = fileURLToPath(new URL('../../../bin/engine.ts', import.meta.url));

export interface RealEngine {
  readonly port: number;
  stop(): Promise<void>;
}

export async function startEngineProcess(model: string): Promise<RealEngine> {
  const args = [
    ENGINE,
    '--model',
    model,
    '--port',
    '0',
    '--preset',
    'instant',
    '--enable-prompt-tokens-details',
  ];
  const child: ChildProcess = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  if (!child.stdout) throw new Error('the engine has no output');
  let port = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    const event = JSON.parse(line) as { event: string; port?: number };
    if (event.event === 'http') port = event.port ?? 0;
    if (event.event === 'ready') break;
  }
  return {
    port,
    async stop() {
      if (child.exitCode !== null) return;
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
  };
}

export function agentBefore(engine: RealEngine): FakeAgent {
  return new FakeAgent((received, response) => {
    const headers = {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(received.text),
    };
    const upstream = ask(
      { host: '127.0.0.1', port: engine.port, method: 'POST', path: received.path, headers },
      (answer) => {
        response.writeHead(answer.statusCode ?? 500, {
          'content-type': answer.headers['content-type'] ?? '',
        });
        answer.pipe(response);
      },
    );
    upstream.on('error', () => response.destroy());
    upstream.end(received.text);
  });
}
