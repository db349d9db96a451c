/**
 * Builds the worker agent into one file, named by its SHA-256: `.cache/worker/<sha256>.mjs` and `manifest.json`.
 *
 * The same sources give the same bytes: the build date is the date of the last commit that touched them. The source
 * checksum leaves the date out, so it can be committed beside the version in src/worker/released.json; `--check` then
 * refuses sources that changed without a new version. The simulated engine is built too, because it starts faster.
 *
 *   --version   prints the agent's version        --bump [patch|minor|major]   raises it and notes the checksum
 *   --checksum  prints the bundle's SHA-256       --check                      changed sources need a new version
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

export interface WorkerManifest {
  readonly version: string;
  readonly build_date: string;
  readonly sha256: string;
  /** Name of the bundle in the directory of the manifest. */
  readonly file: string;
  readonly source_sha256: string;
}

export interface WorkerBuild {
  readonly manifest: WorkerManifest;
  /** Absolute path of the bundle. */
  readonly file: string;
  /** Absolute path of the simulated engine's bundle; undefined where its sources are absent. */
  readonly engineFile: string | undefined;
}

/** What was built from what, so that the next build can see that nothing changed. */
interface Stamp {
  readonly inputs: Readonly<Record<string, string>>;
  readonly manifest: WorkerManifest;
}

const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const VERSION_FILE = 'src/worker/version.ts';
const RELEASED_FILE = 'src/worker/released.json';
const DATE_PLACEHOLDER = '@INVENTIV_BUILD_DATE@';
const UNCOMMITTED_DATE = '1970-01-01T00:00:00Z';
const ENGINE_ENTRY = 'bin/engine.ts';

/** Builds what changed; a few milliseconds when nothing did. Two builds at the same time do not disturb each other. */
export async function buildWorker(outDir = path.join(ROOT, '.cache/worker')): Promise<WorkerBuild> {
  await mkdir(outDir, { recursive: true });
  const [manifest, engineFile] = await Promise.all([buildAgent(outDir), buildEngine(outDir)]);
  return { manifest, file: path.join(outDir, manifest.file), engineFile };
}

async function buildAgent(outDir: string): Promise<WorkerManifest> {
  const stamp = await readStamp(path.join(outDir, 'stamp.json'));
  const buildDate = stamp && (await lastCommitDate(Object.keys(stamp.inputs)));
  const isFresh =
    stamp?.manifest.build_date === buildDate &&
    stamp !== undefined &&
    existsSync(path.join(outDir, stamp.manifest.file)) &&
    existsSync(path.join(outDir, 'manifest.json')) &&
    (await areUnchanged(stamp.inputs));
  if (isFresh) return stamp.manifest;
  const { text, inputs } = await bundle('bin/worker.ts');
  const date = await lastCommitDate(Object.keys(inputs));
  const final = text.replaceAll(DATE_PLACEHOLDER, date);
  const sha256 = sha256Of(final);
  const manifest = {
    version: await readVersion(),
    build_date: date,
    sha256,
    file: `${sha256}.mjs`,
    source_sha256: sha256Of(text),
  };
  await writeAtomic(path.join(outDir, manifest.file), final);
  await writeAtomic(path.join(outDir, 'manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  await writeAtomic(path.join(outDir, 'stamp.json'), JSON.stringify({ inputs, manifest }));
  return manifest;
}

async function buildEngine(outDir: string): Promise<string | undefined> {
  if (!existsSync(path.join(ROOT, ENGINE_ENTRY))) return undefined;
  const file = path.join(outDir, 'engine.mjs');
  const stampFile = path.join(outDir, 'engine-stamp.json');
  const stamp = await readStamp(stampFile);
  if (stamp && existsSync(file) && (await areUnchanged(stamp.inputs))) return file;
  const { text, inputs } = await bundle(ENGINE_ENTRY);
  await writeAtomic(file, text.replaceAll(DATE_PLACEHOLDER, UNCOMMITTED_DATE));
  await writeAtomic(stampFile, JSON.stringify({ inputs }));
  return file;
}

async function bundle(entry: string): Promise<{ text: string; inputs: Record<string, string> }> {
  // Loaded only when something changed: it costs more than everything else here.
  const { build } = await import('esbuild');
  const result = await build({
    absWorkingDir: ROOT,
    entryPoints: [entry],
    bundle: true,
    write: false,
    metafile: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    charset: 'utf8',
    legalComments: 'none',
    minifySyntax: true,
    minifyWhitespace: true,
    treeShaking: true,
    define: { INVENTIV_BUILD_DATE: JSON.stringify(DATE_PLACEHOLDER) },
    // CommonJS packages inside an ES module ask for `require`; the agent itself has none.
    ...(entry === ENGINE_ENTRY
      ? {
          banner: {
            js: 'import{createRequire}from"node:module";const require=createRequire(import.meta.url);',
          },
        }
      : {}),
    logLevel: 'warning',
  });
  const inputs: Record<string, string> = {};
  for (const name of [
    ...Object.keys(result.metafile.inputs),
    'scripts/build-worker.ts',
    'node_modules/esbuild/package.json',
  ].sort()) {
    inputs[name] = sha256Of(await readFile(path.join(ROOT, name)));
  }
  return { text: result.outputFiles[0]?.text ?? '', inputs };
}

async function areUnchanged(inputs: Readonly<Record<string, string>>): Promise<boolean> {
  const checks = Object.entries(inputs).map(async ([name, sha256]) => {
    const content = await readFile(path.join(ROOT, name)).catch(() => undefined);
    return content !== undefined && sha256Of(content) === sha256;
  });
  return (await Promise.all(checks)).every(Boolean);
}

async function lastCommitDate(files: readonly string[]): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)(
      'git',
      ['log', '-1', '--format=%cI', '--', ...files.filter((name) => !name.startsWith('scripts/'))],
      { cwd: ROOT, timeout: 5_000 },
    );
    return stdout.trim() === '' ? UNCOMMITTED_DATE : stdout.trim();
  } catch {
    // No git, or an archive without history.
    return UNCOMMITTED_DATE;
  }
}

async function readStamp(file: string): Promise<Stamp | undefined> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as Stamp;
  } catch {
    return undefined;
  }
}

async function readVersion(): Promise<string> {
  const version = /WORKER_VERSION = '([^']+)'/.exec(await readFile(path.join(ROOT, VERSION_FILE), 'utf8'));
  if (!version?.[1]) throw new Error(`${VERSION_FILE} holds no version.`);
  return version[1];
}

async function writeAtomic(file: string, text: string): Promise<void> {
  const draft = `${file}.${process.pid}.${Math.random().toString(36).slice(2)}.new`;
  await writeFile(draft, text);
  await rename(draft, file);
}

function sha256Of(content: string | Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}

async function bump(part: string): Promise<void> {
  const file = path.join(ROOT, VERSION_FILE);
  const [major = 0, minor = 0, patch = 0] = (await readVersion()).split('.').map(Number);
  const next =
    part === 'major'
      ? `${major + 1}.0.0`
      : part === 'minor'
        ? `${major}.${minor + 1}.0`
        : `${major}.${minor}.${patch + 1}`;
  const source = await readFile(file, 'utf8');
  await writeAtomic(file, source.replace(/WORKER_VERSION = '[^']+'/, `WORKER_VERSION = '${next}'`));
  await noteRelease();
  process.stdout.write(`${next}\n`);
}

async function noteRelease(): Promise<void> {
  const { version, source_sha256 } = (await buildWorker()).manifest;
  await writeAtomic(
    path.join(ROOT, RELEASED_FILE),
    `${JSON.stringify({ version, source_sha256 }, null, 2)}\n`,
  );
}

/** True when the sources are the released ones, or carry a new version. */
export function isVersionHonest(
  released: { readonly version: string; readonly source_sha256: string } | undefined,
  manifest: Pick<WorkerManifest, 'version' | 'source_sha256'>,
): boolean {
  if (!released) return true;
  return released.source_sha256 === manifest.source_sha256 || released.version !== manifest.version;
}

async function check(): Promise<number> {
  const { manifest } = await buildWorker();
  const file = path.join(ROOT, RELEASED_FILE);
  const released = existsSync(file)
    ? (JSON.parse(await readFile(file, 'utf8')) as { version: string; source_sha256: string })
    : undefined;
  if (isVersionHonest(released, manifest)) {
    process.stdout.write(`worker ${manifest.version} ${manifest.source_sha256.slice(0, 12)}: in order\n`);
    return 0;
  }
  process.stderr.write(
    `The worker changed since ${manifest.version} was released, but its version did not. Run make agent-version-bump.\n`,
  );
  return 1;
}

if (import.meta.main) {
  const [word, argument] = process.argv.slice(2);
  if (word === '--version') process.stdout.write(`${await readVersion()}\n`);
  else if (word === '--bump') await bump(argument ?? 'patch');
  else if (word === '--check') process.exitCode = await check();
  else {
    const { manifest } = await buildWorker();
    process.stdout.write(
      word === '--checksum' ? `${manifest.sha256}\n` : `${JSON.stringify(manifest, null, 2)}\n`,
    );
  }
}
