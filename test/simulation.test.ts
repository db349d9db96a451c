/**
 * The proof that the control plane cannot leak: seeded histories in which processes die, providers lose answers and
 * workers lie, with everything accounted for in the end. And the proof that the proof can fail.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { MUTANTS } from '#simulation/world/mutants.ts';
import { patchedSources } from '../bin/sim-mutation.ts';

const ROOT = join(import.meta.dirname, '..');
/** A machine that is busy with other things takes longer; what is found does not depend on it. */
const LIMIT_MS = 880_000;
/** Among them those that were two histories once, when several transactions that waited for one row raced for it. */
const SEEDS_TWICE = ['2', '3', '5', '11', '35', '51', '57', '60'];

interface Figures {
  readonly histories: number;
  readonly violations: number;
  readonly event_hash: string;
  readonly transitions: number;
}

test('three hundred histories: nothing leaks, nothing is paid twice, everything ends', {
  timeout: LIMIT_MS,
}, async () => {
  const { figures, told } = await play({});
  const { histories, seed, ...rest } = figures;
  assert.equal(histories, 300);
  const { violations, leaks, double_creates, wrong_kills, bill_mismatches, unended } = rest;
  const counts = { violations, leaks, double_creates, wrong_kills, bill_mismatches, unended };
  const none = { violations: 0, leaks: 0, double_creates: 0, wrong_kills: 0, bill_mismatches: 0, unended: 0 };
  assert.deepEqual(counts, none, told);
  assert.ok(Number(rest.transitions) > 3_000, 'the histories are about something');
  for (const played of Object.values(rest['manners'] as Record<string, number>)) assert.ok(played > 30);
});

test('two orchestrators over four hours of troubles: nothing that a job does happens twice', {
  timeout: LIMIT_MS,
}, async () => {
  const { figures, told } = await play({ SEED: '3', HOURS: '4' });
  assert.equal(figures.violations, 0, told);
  assert.ok(Number(figures['simulated_minutes']) >= 240);
  assert.ok(Number(figures['process_deaths']) > 3, 'the orchestrators had troubles');
});

test('the same seed gives the same history, whatever ran before it', { timeout: LIMIT_MS }, async () => {
  const { figures: once } = await play({ SEED: SEEDS_TWICE.join(',') });
  const { figures: again } = await play({ SEED: SEEDS_TWICE.toReversed().join(',') });
  assert.equal(once.histories, SEEDS_TWICE.length);
  assert.equal(once.event_hash, again.event_hash);
});

test('a history whose rule was taken out breaks, whatever provider the rule is there for', {
  timeout: LIMIT_MS,
}, async () => {
  const mutants = ['volumes-left-behind', 'started-unprepared', 'ended-unstarted-is-the-end'];
  const { figures } = await play({ MUTANT: mutants.join(',') }, 'bin/sim-mutants.ts');
  assert.deepEqual(figures, { mutants: mutants.length, found: mutants.length, missed: [] });
});

test('every mutant still fits the code it changes', () => {
  assert.ok(MUTANTS.length >= 73);
  assert.equal(new Set(MUTANTS.map(({ name }) => name)).size, MUTANTS.length);
  for (const mutant of MUTANTS) {
    const sources = patchedSources(mutant);
    assert.ok(sources.size > 0, mutant.name);
  }
});

/** The last line of a word that prints figures, and what it told on the way. */
async function play(
  wishes: Record<string, string>,
  file = 'bin/sim.ts',
): Promise<{ figures: Figures & Record<string, unknown>; told: string }> {
  const env = {
    ...process.env,
    HISTORIES: '',
    SEED: '',
    UNTIL: '',
    HOURS: '',
    MANNER: '',
    MUTANT: '',
    ...wishes,
  };
  const child = spawn(process.execPath, [join(ROOT, file)], { cwd: ROOT, env });
  let printed = '';
  let told = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    printed += chunk;
  });
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    told += chunk;
  });
  const status = await new Promise((resolve) => child.on('close', resolve));
  assert.equal(status, 0, told);
  return { figures: JSON.parse(printed.trim().split('\n').at(-1) ?? ''), told };
}
