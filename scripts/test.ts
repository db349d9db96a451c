/**
 * `make test [file...]`: every test, or the named files. Beside-the-code tests run a few at a time; those in test/
 * start whole stacks and run one after the other, so their limits hold on a small machine. One summary at the end.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, globSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';

const ROOT = resolve(import.meta.dirname, '..');
const NEAR_CODE = ['src/**/*.test.ts', 'scripts/**/*.test.ts', 'bench/**/*.test.ts', 'web/src/**/*.test.ts'];
const WHOLE_STACK = ['test/**/*.test.ts'];
const FILE_LIMIT_MS = 180_000;
const STACK_FILE_LIMIT_MS = 900_000;
/** A file whose tests have ended ends too, whatever it left running: one that hangs would hang the whole run. */
const END_WITH_TESTS = ['--test-force-exit'];
/** Debian's packages, and where one sees that they are there. */
const TOOLS = [
  {
    name: 'chromium',
    paths: ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'],
  },
  { name: 'openssh-server', paths: ['/usr/sbin/sshd'] },
  { name: 'shellcheck', paths: ['/usr/bin/shellcheck'] },
];
/** A stack or a server of the person who runs the tests must not be touched by them. */
const FOREIGN = ['INVENTIV_DATA_DIR', 'PORT_OFFSET', 'DATABASE_URL', 'SECRETS_DIR', 'PUBLIC_URL', 'FAULT'];

interface Phase {
  readonly files: string[];
  readonly concurrency: number;
  readonly timeout: number;
}

type Totals = Map<string, number>;

process.chdir(ROOT);
for (const name of FOREIGN) delete process.env[name];
const named = process.argv.slice(2);
if (named.length === 0) ensureTools();
process.exitCode = await runPhases(phasesFor(named));

function phasesFor(named: readonly string[]): Phase[] {
  const isWanted = (file: string) =>
    named.length === 0 || named.some((one) => resolve(one) === resolve(file));
  const files = (patterns: string[]) => globSync(patterns).filter(isWanted).sort();
  const near = files(NEAR_CODE);
  const whole = files(WHOLE_STACK);
  if (near.length + whole.length === 0) {
    process.stderr.write(`no test file ${named.join(', ')}\n`);
    process.exit(1);
  }
  return [
    { files: near, concurrency: Math.max(2, availableParallelism() - 1), timeout: FILE_LIMIT_MS },
    { files: whole, concurrency: 1, timeout: STACK_FILE_LIMIT_MS },
  ];
}

async function runPhases(phases: readonly Phase[]): Promise<number> {
  const totals: Totals = new Map();
  await pipeline(Readable.from(eventsOf(phases, totals)), new spec(), process.stdout, { end: false });
  return (totals.get('fail') ?? 0) + (totals.get('cancelled') ?? 0) > 0 ? 1 : 0;
}

/** The events of all phases as if they were one run: each phase's own summary is added up and told once. */
async function* eventsOf(phases: readonly Phase[], totals: Totals) {
  for (const phase of phases) {
    if (phase.files.length === 0) continue;
    for await (const event of run({ ...phase, cwd: ROOT, execArgv: END_WITH_TESTS })) {
      const figure =
        event.type === 'test:diagnostic' && event.data.nesting === 0 && figureOf(event.data.message);
      if (!figure) yield event;
      else totals.set(figure.name, (totals.get(figure.name) ?? 0) + figure.value);
    }
  }
  for (const [name, value] of totals) {
    yield { type: 'test:diagnostic', data: { nesting: 0, level: 'info', message: `${name} ${value}` } };
  }
}

function figureOf(message: string): { name: string; value: number } | undefined {
  const match = /^(tests|suites|pass|fail|cancelled|skipped|todo|duration_ms) ([\d.]+)$/.exec(message);
  return match?.[1] ? { name: match[1], value: Number(match[2]) } : undefined;
}

/** In CI a missing tool is a failure, and root installs it; elsewhere its tests are skipped. */
function ensureTools(): void {
  if (!process.env['CI']) return;
  const missing = TOOLS.filter(({ paths }) => !paths.some((path) => existsSync(path))).map(
    ({ name }) => name,
  );
  if (missing.length === 0) return;
  const all = missing.join(' ');
  if (process.getuid?.() !== 0) {
    process.stderr.write(`Only root can install what is missing: apt-get install ${all}\n`);
    process.exit(1);
  }
  process.stderr.write(`Installing ${all} ...\n`);
  const options = { env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }, encoding: 'utf8' } as const;
  for (const words of [['update'], ['install', '-y', '--no-install-recommends', ...missing]]) {
    const done = spawnSync('apt-get', ['-qq', ...words], options);
    if (done.status === 0) continue;
    process.stderr.write(`apt-get ${words.join(' ')} failed:\n${done.stderr ?? done.error?.message}\n`);
    process.exit(1);
  }
}
