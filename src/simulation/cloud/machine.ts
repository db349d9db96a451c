import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, type FSWatcher, watch } from 'node:fs';
import { open } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Env } from '#kernel/env.ts';
import { messageOf } from '#kernel/errors.ts';
import { backoffMs } from '#kernel/retry.ts';
import { type MachineFiles, quoted, rotateConsole } from './machine-files.ts';
import { endTree, ROOT_VARIABLE, sendKill } from './processes.ts';

/**
 * One powered machine. It runs its user data once, like cloud-init, and then keeps the agent running which the user
 * data installed, like systemd.
 *
 * Each program runs in a process group of its own, together with a guard: a shell that waits at a pipe from this
 * process. When this process ends, in whatever way, the pipe closes and the guard kills the group: a power cut.
 * While the group's number is in use by the guard it cannot be given to strangers, so killing the group is safe.
 */
export interface MachineOrder {
  readonly files: MachineFiles;
  readonly address: string;
  readonly nodePath: string;
  /** Search path behind the machine's own `bin`. */
  readonly searchPath: string;
  /** See MachineParts. */
  /** A program on board that serves models in place of vLLM; without it the agent looks for one. */
  readonly vllmProgram?: string;
  readonly llamaPackage?: string | undefined;
  /** False when an earlier boot ran the user data to its end. */
  readonly needsUserData: boolean;
  /** Told before the agent starts; what it throws stops the machine. */
  readonly onUserDataExit: (code: number) => Promise<void>;
  /** A program on board has switched it off. Told once or more; whoever hears it ends the machine. */
  readonly onSwitchedOff: () => void;
}

const RESTART_BACKOFF = { firstMs: 200, maxMs: 5_000 };
/** An agent that lived this long starts again at the first delay. */
const HEALTHY_LIFE_MS = 10_000;

const GUARD = '(read -r nothing <&3; kill -9 0) </dev/null >/dev/null 2>&1 &';
/** User data gets no input, as on a real machine. */
const USER_DATA_SHELL = `exec 3<&0; ${GUARD} exec "$1" </dev/null 3<&-`;
/** The agent keeps the pipe as its standard input, so that it can see the power go as well. */
const AGENT_SHELL = `exec 3<&0; ${GUARD} exec "$1" 3<&-`;

export class Machine {
  readonly #env: Env;
  readonly #order: MachineOrder;
  readonly #power = new AbortController();
  #child: ChildProcess | undefined;
  #life: Promise<void> | undefined;
  #restartCount = 0;
  #isOn = false;
  #switch: FSWatcher | undefined;

  constructor(env: Env, order: MachineOrder) {
    this.#env = env;
    this.#order = order;
  }

  powerOn(): void {
    this.#isOn = true;
    this.#life ??= this.#live()
      .catch((error: unknown) => {
        if (!this.#power.signal.aborted) this.#env.log.error({ reason: messageOf(error) }, 'machine halted');
      })
      .finally(() => {
        this.#isOn = false;
        // A machine whose programs have ended is still on, and could be switched off by nobody.
        this.#switch?.close();
      });
  }

  /** Everything that ran on it is dead when this resolves. */
  async powerOff(): Promise<void> {
    this.#power.abort();
    const pid = this.#child?.pid;
    if (pid !== undefined) await endTree(this.#env, pid);
    await this.#life;
  }

  /** False once it was switched off or has nothing more to run. */
  get isOn(): boolean {
    return this.#isOn;
  }

  /** Process number of what runs now. */
  get pid(): number | undefined {
    return this.#child?.pid;
  }

  get restartCount(): number {
    return this.#restartCount;
  }

  async #live(): Promise<void> {
    const { files } = this.#order;
    this.#watchSwitch();
    await rotateConsole(files);
    if (this.#order.needsUserData) {
      const code = await this.#run(USER_DATA_SHELL, files.userData);
      if (this.#power.signal.aborted || this.#isSwitchedOff()) return;
      this.#env.log.info({ code }, 'user data ended');
      await this.#order.onUserDataExit(code);
      if (this.#power.signal.aborted) return;
      if (code !== 0) return;
    }
    if (existsSync(files.run)) await this.#keepRunning();
  }

  /** Looked at again after each program, so that a lost notification only costs time. */
  #watchSwitch(): void {
    try {
      this.#switch = watch(dirname(this.#order.files.switchedOff), () => this.#isSwitchedOff());
      this.#switch.on('error', () => this.#switch?.close());
    } catch (error) {
      this.#env.log.warn({ reason: messageOf(error) }, 'switching off is seen only when the agent ends');
    }
  }

  #isSwitchedOff(): boolean {
    if (!existsSync(this.#order.files.switchedOff)) return false;
    if (!this.#power.signal.aborted) this.#order.onSwitchedOff();
    return true;
  }

  async #keepRunning(): Promise<void> {
    let failures = 0;
    while (!this.#power.signal.aborted) {
      const startedAt = this.#env.clock.monotonic();
      const code = await this.#run(AGENT_SHELL, this.#order.files.run);
      if (this.#power.signal.aborted || this.#isSwitchedOff()) return;
      const livedMs = this.#env.clock.monotonic() - startedAt;
      failures = livedMs >= HEALTHY_LIFE_MS ? 1 : failures + 1;
      this.#restartCount += 1;
      const delayMs = backoffMs(RESTART_BACKOFF, failures, this.#env.random);
      this.#env.log.warn({ code, livedMs: Math.round(livedMs), delayMs }, 'agent ended and starts again');
      await this.#env.sleep(delayMs, this.#power.signal);
    }
  }

  /** Runs one program to its end; whatever it left behind in its group ends with it. */
  async #run(shell: string, program: string): Promise<number> {
    const { files } = this.#order;
    const console = await open(files.console, 'a', 0o600);
    try {
      if (this.#power.signal.aborted) return -1;
      const child = spawn('/bin/sh', ['-c', shell, 'machine', program], {
        cwd: files.root,
        detached: true,
        env: this.#environment(),
        stdio: ['pipe', console.fd, console.fd],
      });
      this.#child = child;
      return await ended(child);
    } finally {
      const pid = this.#child?.pid;
      if (pid !== undefined) sendKill(-pid);
      this.#child?.stdin?.destroy();
      this.#child = undefined;
      await console.close();
    }
  }

  #environment(): Record<string, string> {
    const { files, address, nodePath, searchPath, llamaPackage, vllmProgram } = this.#order;
    return {
      PATH: `${files.root}/bin:${searchPath}`,
      HOME: files.root,
      TMPDIR: `${files.root}/tmp`,
      LANG: 'C.UTF-8',
      [ROOT_VARIABLE]: files.root,
      INVENTIV_SKIP_OS: '1',
      INVENTIV_MACHINE_ADDRESS: address,
      INVENTIV_NODE: nodePath,
      INVENTIV_SIMULATED_ENGINE: files.engine,
      ...(llamaPackage === undefined ? {} : { INVENTIV_LLAMA_CPP: llamaPackage }),
      ...(vllmProgram === undefined ? {} : { INVENTIV_VLLM_PROGRAM: vllmProgram }),
      INVENTIV_DIE_WITH_PARENT: '1',
      INVENTIV_POWER_OFF_COMMAND: quoted(files.powerOff),
    };
  }
}

/** Exit code; 128 and more for a signal, as a shell counts. */
function ended(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    // A write end whose reader died reports an error that says nothing more than `exit` does.
    child.stdin?.on('error', () => {});
    child.once('exit', (code, signal) => resolve(code ?? (signal ? 128 + signalNumber(signal) : 1)));
  });
}

function signalNumber(signal: NodeJS.Signals): number {
  return signal === 'SIGKILL' ? 9 : signal === 'SIGTERM' ? 15 : 1;
}
