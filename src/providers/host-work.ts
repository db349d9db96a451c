/** The pieces of work on one machine, each within one connection, with failures told in sentences for people. */
import { isAllowedAddress } from '#kernel/address-rules.ts';
import { EXIT_CODES, launchCommand, PROBE, uninstallCommand } from './host-commands.ts';
import { type ProbeReport, readProbe } from './host-facts.ts';
import { type CommandResult, type SshCall, SshFailure, type SshTarget, withSsh } from './host-ssh.ts';
import { UNINSTALL_SCRIPT } from './uninstall-script.ts';

export type WorkFailureKind =
  | SshFailure['kind']
  | 'no_sudo'
  | 'wrong_checksum'
  | 'in_use'
  | 'missing_tools'
  | 'command_failed';

/** A machine that was reached, or not, and on which the work was not done. */
export class WorkFailure extends Error {
  override readonly name = 'WorkFailure';
  readonly kind: WorkFailureKind;
  readonly seenHostKey: string | undefined;

  constructor(kind: WorkFailureKind, message: string, seenHostKey?: string, cause?: unknown) {
    super(message, cause === undefined ? {} : { cause });
    this.kind = kind;
    this.seenHostKey = seenHostKey;
  }
}

/** The control plane's own address is no owner's machine; addresses inside a network may be. */
export function mayDial(address: string): boolean {
  return isAllowedAddress(address, true) && !address.startsWith('127.') && address !== '::1';
}

/** @throws WorkFailure */
export function probeHost(target: SshTarget, call: SshCall): Promise<ProbeReport> {
  return failing(() =>
    withSsh(target, call, async (session) => {
      const result = await session.run(PROBE);
      const report = readProbe(result.stdout);
      if (!report) throw new WorkFailure('command_failed', `the probe gave no answer: ${lastWords(result)}`);
      if (!report.hasRoot) throw noSudo(target);
      if (report.missingTools.length > 0) {
        const message = `nothing can be installed there without ${report.missingTools.join(', ')}`;
        throw new WorkFailure('missing_tools', message);
      }
      return report;
    }),
  );
}

/** Starts the script and leaves it alone. The machine's address in digits. @throws WorkFailure */
export function launchOnHost(
  target: SshTarget,
  call: SshCall,
  work: { readonly claim: string; readonly script: string },
): Promise<string> {
  return failing(() =>
    withSsh(target, call, async (session) => {
      // Compared as it arrives there: the command trims nothing of its input.
      const result = await session.run(launchCommand(work.claim, work.script), work.script);
      if (result.code !== 0) throw failureOf(target, result);
      return session.address;
    }),
  );
}

/** Returns when nothing is left on the machine. @throws WorkFailure */
export function uninstallFromHost(target: SshTarget, call: SshCall, claim: string): Promise<void> {
  return failing(() =>
    withSsh(target, call, async (session) => {
      const result = await session.run(uninstallCommand(claim), UNINSTALL_SCRIPT);
      if (result.code !== 0) throw failureOf(target, result);
    }),
  );
}

async function failing<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof SshFailure)) throw error;
    throw new WorkFailure(error.kind, error.message, error.seenHostKey, error);
  }
}

function failureOf(target: SshTarget, result: CommandResult): WorkFailure {
  switch (result.code) {
    case EXIT_CODES.noSudo:
      return noSudo(target);
    case EXIT_CODES.wrongChecksum:
      return new WorkFailure('wrong_checksum', 'the script arrived damaged and was not run');
    case EXIT_CODES.otherClaim:
      return new WorkFailure(
        'in_use',
        `${lastWords(result)}, which is not known here: remove it there first`,
      );
    default:
      return new WorkFailure('command_failed', `ended with ${result.code}: ${lastWords(result)}`);
  }
}

function noSudo({ username }: SshTarget): WorkFailure {
  const line = `${username} ALL=(ALL) NOPASSWD: ALL`;
  return new WorkFailure(
    'no_sudo',
    `the user ${username} may not run sudo without a password. Put "${line}" into /etc/sudoers.d/inventiv, or give another user.`,
  );
}

function lastWords({ stderr, stdout }: CommandResult): string {
  const text = (stderr.trim() || stdout.trim()).split('\n').at(-1) ?? '';
  return text.replace(/[^\x20-\x7e]/g, '').slice(0, 300) || 'no word';
}
