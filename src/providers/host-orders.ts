/**
 * What the agent of a machine that nobody can dial is given to run: the same commands as by SSH, each with its input in
 * one file, so that it can be compared with its checksum as a whole. Pure.
 */
import { createHash } from 'node:crypto';
import { launchCommand, uninstallCommand } from './host-commands.ts';
import { UNINSTALL_SCRIPT } from './uninstall-script.ts';

/** Starts the script and leaves it alone, as by SSH. Nothing on the machine listens to its network. */
export function installOrder(claim: string, script: string): string {
  const closed = onLoopback(script);
  return withInput(launchCommand(claim, closed), closed);
}

export function uninstallOrder(claim: string): string {
  return withInput(uninstallCommand(claim), UNINSTALL_SCRIPT);
}

export function checksumOf(order: string): string {
  return createHash('sha256').update(order).digest('hex');
}

/** Its worker is reached through its tunnel alone. */
function onLoopback(script: string): string {
  const whole = script.endsWith('\n') ? script : `${script}\n`;
  const lines = `: "\${INVENTIV_MACHINE_ADDRESS:=127.0.0.1}"\nexport INVENTIV_MACHINE_ADDRESS\n`;
  const head = /^#![^\n]*\n/.exec(whole)?.[0] ?? '';
  return `${head}${lines}${whole.slice(head.length)}`;
}

function withInput(command: string, input: string): string {
  const end = `INPUT-${checksumOf(input).slice(0, 32)}`;
  return `#!/bin/sh\n${command} <<'${end}'\n${input}${end}\n`;
}
