/**
 * The first step of every word: runs on the machine's own Node (20 or newer) before anything is installed.
 *
 *   node scripts/boot.mjs [--web] [--worker] [--child] [file [arguments...]]
 *
 * Installs what the lock file names when that changed, builds what was asked for (`--web` the dashboard, `--worker`
 * the worker's bundle) when its sources changed, then runs the file on Node 24. Each result appears by rename or is
 * stamped last, so a killed step is done again. One at a time: a second one waits. `--child` gives the file a channel
 * that closes when this process is killed.
 */
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { constants } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const NODE_MAJOR_MIN = 20;
const NODE_MAJOR = 24;
const INSTALL_LIMIT_MS = 15 * 60_000;
const BUILD_LIMIT_MS = 5 * 60_000;

const root = fileURLToPath(new URL('..', import.meta.url));
const installStamp = join(root, 'node_modules/.inventiv-lock');
const webOutput = join(root, 'web/dist');
const webStamp = join(webOutput, '.inventiv-sources');
const workerStamp = join(root, '.cache/worker/.boot-stamp');
const ownNode = join(root, `node_modules/node-${process.platform}-${process.arch}/bin/node`);

await main();

async function main() {
  const words = process.argv.slice(2);
  const flags = new Set();
  while (words[0]?.startsWith('--')) flags.add(words.shift());
  if (Number.parseInt(process.versions.node, 10) < NODE_MAJOR_MIN) {
    fail(`Node ${process.versions.node} is too old: version ${NODE_MAJOR_MIN} or newer is needed`);
  }
  if (!isInstalled() || (flags.has('--web') && !isWebBuilt())) {
    await alone(() => {
      if (!isInstalled()) install();
      if (flags.has('--web') && !isWebBuilt()) buildWeb();
    });
  }
  const node = findNode();
  if (flags.has('--worker') && !isWorkerBuilt()) buildWorker(node);
  if (words.length > 0) run(node, words, flags.has('--child'));
}

function isInstalled() {
  const wanted = sha256(readFileSync(join(root, 'package-lock.json')));
  if (existsSync(installStamp) && readFileSync(installStamp, 'utf8') === wanted) return true;
  if (!matchesInstalledTree()) return false;
  writeFileSync(installStamp, wanted);
  return true;
}

/** Somebody ran npm by hand: npm's own record of the tree says whether it is what the lock file names. */
function matchesInstalledTree() {
  const record = join(root, 'node_modules/.package-lock.json');
  if (!existsSync(record)) return false;
  const wanted = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages;
  const installed = JSON.parse(readFileSync(record, 'utf8')).packages;
  return Object.entries(wanted).every(([path, entry]) => {
    if (!path.startsWith('node_modules/') && !path.includes('/node_modules/')) return true;
    const found = installed[path];
    return found ? found.version === entry.version : entry.optional === true || entry.peer === true;
  });
}

function install() {
  say('Installing packages, this is needed once ...');
  const done = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    encoding: 'utf8',
    timeout: INSTALL_LIMIT_MS,
    // The production switch of npm would leave out what the web build and the checks need.
    env: { ...process.env, NODE_ENV: '', npm_config_production: '' },
  });
  if (done.error?.code === 'ENOENT') fail('npm is missing: install it (on Debian: apt-get install npm)');
  if (done.status !== 0) fail(explain('packages were not installed', done));
  writeFileSync(installStamp, sha256(readFileSync(join(root, 'package-lock.json'))));
}

function isWebBuilt() {
  return existsSync(webStamp) && readFileSync(webStamp, 'utf8') === hashWebSources();
}

function hashWebSources() {
  const hash = createHash('sha256').update(readFileSync(join(root, 'package-lock.json')));
  for (const path of [...listFiles('web'), ...listFiles('src/contracts')].sort()) {
    hash
      .update(`${path}\0`)
      .update(readFileSync(join(root, path)))
      .update('\0');
  }
  return hash.digest('hex');
}

function listFiles(folder) {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) return /^(node_modules|dist.*)$/.test(entry.name) ? [] : listFiles(path);
    return /\.test\.tsx?$/.test(entry.name) ? [] : [path];
  });
}

function buildWeb() {
  say('Building the dashboard ...');
  const sources = hashWebSources();
  const fresh = `${webOutput}.new`;
  const old = `${webOutput}.old`;
  for (const path of [fresh, old]) rmSync(path, { recursive: true, force: true });
  const vite = join(root, 'node_modules/vite/bin/vite.js');
  const words = [
    'build',
    '--config',
    'web/vite.config.ts',
    '--outDir',
    fresh,
    '--emptyOutDir',
    '--logLevel',
    'error',
  ];
  const done = spawnSync(findNode(), [vite, ...words], {
    cwd: root,
    encoding: 'utf8',
    timeout: BUILD_LIMIT_MS,
  });
  if (done.status !== 0) fail(explain('the dashboard was not built', done));
  writeFileSync(join(fresh, '.inventiv-sources'), sources);
  if (existsSync(webOutput)) renameSync(webOutput, old);
  renameSync(fresh, webOutput);
  rmSync(old, { recursive: true, force: true });
}

/**
 * Whether scripts/build-worker.ts would find nothing to do. It says itself from what it built and looks closer; this
 * saves starting it. The bundle holds the date of a commit, so another commit asks it again.
 */
function isWorkerBuilt() {
  return existsSync(workerStamp) && readFileSync(workerStamp, 'utf8') === hashWorkerInputs();
}

function hashWorkerInputs() {
  const hash = createHash('sha256').update(readHead());
  for (const name of ['stamp.json', 'engine-stamp.json']) {
    const path = join(root, '.cache/worker', name);
    if (!existsSync(path)) return undefined;
    const { inputs, manifest } = JSON.parse(readFileSync(path, 'utf8'));
    if (manifest && !existsSync(join(root, '.cache/worker', manifest.file))) return undefined;
    for (const input of Object.keys(inputs)) {
      if (!existsSync(join(root, input))) return undefined;
      hash
        .update(`${input}\0`)
        .update(readFileSync(join(root, input)))
        .update('\0');
    }
  }
  return hash.digest('hex');
}

function readHead() {
  const git = (path) =>
    existsSync(join(root, '.git', path)) ? readFileSync(join(root, '.git', path), 'utf8') : '';
  try {
    const head = git('HEAD');
    return head.startsWith('ref: ') ? `${git(head.slice(5).trim())}${git('packed-refs')}` : head;
  } catch {
    // A linked working tree keeps these elsewhere; then the builder is always asked.
    return `${process.pid}`;
  }
}

function buildWorker(node) {
  const built = spawnSync(node, ['scripts/build-worker.ts'], {
    cwd: root,
    encoding: 'utf8',
    timeout: BUILD_LIMIT_MS,
  });
  if (built.status !== 0) fail(explain('the worker was not built', built));
  const inputs = hashWorkerInputs();
  if (inputs) writeFileSync(workerStamp, inputs);
}

/** Node 24 comes as a package; where that has no binary for this machine, its own must be new enough. */
function findNode() {
  if (existsSync(ownNode)) return ownNode;
  if (Number.parseInt(process.versions.node, 10) >= NODE_MAJOR) return process.execPath;
  return fail(
    `there is no Node ${NODE_MAJOR} for ${process.platform} ${process.arch}: install it and try again`,
  );
}

/** Holds a name that the kernel frees when this process ends, however it ends. */
async function alone(work) {
  const name = `\0inventiv-boot-${sha256(root).slice(0, 16)}`;
  for (let waits = 0; ; waits++) {
    const lock = createServer();
    const isOurs = await new Promise((resolve) => {
      lock.once('error', () => resolve(false));
      lock.listen(name, () => resolve(true));
    });
    if (isOurs) {
      work();
      lock.close();
      return;
    }
    if (waits === 0) say('Waiting for another command that installs or builds ...');
    if (waits > INSTALL_LIMIT_MS / 200) fail('another command has been installing for too long: end it');
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

function run(node, words, withChannel) {
  const stdio = withChannel ? ['inherit', 'inherit', 'inherit', 'ipc'] : 'inherit';
  // Compiled code is kept between runs, which halves the time that a process takes to load.
  const env = { NODE_COMPILE_CACHE: join(root, '.cache/compiled'), ...process.env };
  const child = spawn(node, words, { cwd: root, stdio, env });
  // Ctrl-C reaches the child by the terminal; this process only waits for it to end.
  process.on('SIGINT', () => undefined);
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill('SIGTERM'));
  child.on('error', (error) => fail(`cannot run ${words[0]}: ${error.message}`));
  child.on('exit', (code, signal) => process.exit(signal ? 128 + constants.signals[signal] : code));
}

/** One line that says what to do, for the causes that lie outside. */
function explain(what, done) {
  const text = `${done.stderr ?? ''}\n${done.stdout ?? ''}\n${done.error?.message ?? ''}`;
  if (/ENOSPC|no space left/i.test(text)) return `${what}: the disk is full, free some space and try again`;
  if (/EACCES|EPERM|EROFS/.test(text)) {
    return `${what}: no permission to write in ${root}, correct its owner and try again`;
  }
  if (/ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|network/i.test(text)) {
    return `${what}: the package registry cannot be reached, look at the network and at \`npm config get registry\``;
  }
  if (done.error?.code === 'ETIMEDOUT') return `${what}: it took too long`;
  return `${what}:\n${text.trim()}`;
}

function sha256(content) {
  return createHash('sha256').update(content).digest('hex');
}

function say(line) {
  process.stderr.write(`${line}\n`);
}

function fail(line) {
  say(`inventiv: ${line}`);
  process.exit(1);
}
