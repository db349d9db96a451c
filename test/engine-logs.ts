import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readTokenLog, type TokenTally } from '#simulation/engine/token-log.ts';
import type { Stack } from './stack.ts';

/** What the engines of all machines of a stack say themselves that they produced, one entry per request and engine. */
export function readEngineLogs(stack: Stack): TokenTally[] {
  const servers = join(stack.dataDir, 'mock-cloud', 'servers');
  return readdirSync(servers)
    .map((server) => join(servers, server, 'var', 'log', 'engine-tokens.jsonl'))
    .filter((path) => existsSync(path))
    .flatMap((path) => readTokenLog(readFileSync(path, 'utf8')));
}
