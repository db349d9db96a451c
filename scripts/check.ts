/** `make check`: format, lint, types of backend and dashboard, architecture, two at a time. Prints what failed. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';

const ROOT = resolve(import.meta.dirname, '..');
const LIMIT_MS = 120_000;
const AT_ONCE = 2;

interface Step {
  readonly name: string;
  readonly words: readonly string[];
}

const module = (path: string) => join(ROOT, 'node_modules', path);
const steps: Step[] = [
  { name: 'format and lint', words: [module('@biomejs/biome/bin/biome'), 'check', '.'] },
  { name: 'types', words: [module('typescript/bin/tsc'), '-p', ROOT] },
  { name: 'types of the dashboard', words: [module('typescript/bin/tsc'), '-p', join(ROOT, 'web')] },
  { name: 'architecture', words: ['--test', '--test-reporter=spec', 'test/architecture.test.ts'] },
];

const startedAt = performance.now();
const queue = [...steps];
let failures = 0;
await Promise.all(Array.from({ length: AT_ONCE }, drain));
const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
process.stdout.write(
  failures === 0
    ? `check: all in order, ${seconds} s\n`
    : `check: ${failures} of ${steps.length} failed, ${seconds} s\n`,
);
process.exitCode = failures === 0 ? 0 : 1;

async function drain(): Promise<void> {
  for (let step = queue.shift(); step; step = queue.shift()) {
    const began = performance.now();
    const { status, output } = await execute(step);
    const took = ((performance.now() - began) / 1000).toFixed(1);
    process.stdout.write(`${status === 0 ? 'ok    ' : 'FAILED'} ${step.name}, ${took} s\n`);
    if (status === 0) continue;
    failures += 1;
    process.stdout.write(`${output.trimEnd()}\n`);
  }
}

function execute(step: Step): Promise<{ status: number; output: string }> {
  const [file = ''] = step.words;
  if (file.includes('node_modules') && !existsSync(file)) {
    return Promise.resolve({ status: 1, output: `${file} is missing: run make again` });
  }
  return new Promise((done) => {
    const child = spawn(process.execPath, step.words, { cwd: ROOT, timeout: LIMIT_MS });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (chunk: string) => {
        output += chunk;
      });
    }
    child.on('error', (error) => done({ status: 1, output: error.message }));
    child.on('close', (code, signal) =>
      done({
        status: code ?? 1,
        output: signal ? `${output}\nended by ${signal} after ${LIMIT_MS / 1000} s` : output,
      }),
    );
  });
}
