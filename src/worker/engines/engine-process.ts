import { type ChildProcess, spawn } from 'node:child_process';
import type { Env } from '#kernel/env.ts';
import { within } from '../pause.ts';
import type { EngineExit, EngineRun } from './engine.ts';

export interface EngineCommand {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /**
   * For an engine that starts processes of its own: it leads a process group, and ending it ends them all. Without,
   * it stays in the agent's group and ends with whoever ends that.
   */
  readonly hasOwnGroup: boolean;
}

const LINE_BYTES_MAX = 16 * 1024;
const LAST_LINES = 20;
const REAP_MS = 5_000;

/**
 * A child process with a pipe as its stdin that stays open for as long as the agent lives: the kernel closes it with
 * the agent, even on `kill -9`, and the child ends by that.
 */
export function spawnEngine(
  env: Env,
  command: EngineCommand,
  /** True when the line is for people and may explain the engine's end. */
  onLine: (line: string, stream: 'stdout' | 'stderr') => boolean,
): EngineRun {
  const lastLines: string[] = [];
  const child = spawn(command.command, command.args, {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: command.env,
    detached: command.hasOwnGroup,
  });
  const signal = (name: NodeJS.Signals): void => {
    if (command.hasOwnGroup) signalGroup(child, name);
    else child.kill(name);
  };
  // Writing to a dead child is not our error; its exit is reported below.
  child.stdin.on('error', () => undefined);
  for (const stream of ['stdout', 'stderr'] as const) {
    eachLine(child[stream], (line) => {
      if (!onLine(line, stream)) return;
      lastLines.push(line);
      if (lastLines.length > LAST_LINES) lastLines.shift();
    });
  }
  const exited = new Promise<EngineExit>((resolve) => {
    child.once('error', (error) => resolve({ reason: error.message, lastLines }));
    child.once('close', (code, signal) => {
      resolve({ reason: signal ? `killed by ${signal}` : `exit status ${code}`, lastLines });
    });
    // What the engine started may outlive it, and would keep the pipes and the GPUs.
    child.once('exit', () => signal('SIGKILL'));
  });
  return {
    exited,
    async stop(graceMs) {
      signal('SIGTERM');
      if ((await within(env, graceMs, exited)) === undefined) {
        signal('SIGKILL');
        await within(env, REAP_MS, exited);
      }
    },
  };
}

function signalGroup(child: ChildProcess, name: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

function eachLine(stream: NodeJS.ReadableStream, onLine: (line: string) => void): void {
  let rest = '';
  stream.setEncoding('utf8');
  stream.on('data', (text: string) => {
    // Progress bars rewrite their line with a carriage return.
    const lines = (rest + text).split(/[\r\n]+/);
    rest = (lines.pop() ?? '').slice(-LINE_BYTES_MAX);
    for (const line of lines) if (line.trim() !== '') onLine(line.slice(0, LINE_BYTES_MAX));
  });
  stream.on('end', () => {
    if (rest.trim() !== '') onLine(rest);
  });
  stream.on('error', () => undefined);
}
