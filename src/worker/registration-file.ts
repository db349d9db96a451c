import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import path from 'node:path';
import type { RegisterResponse } from '#contracts/worker.ts';
import { messageOf } from '#kernel/errors.ts';
import type { Logger } from '#kernel/log.ts';
import { asFields, parseFields, textField, wholeField } from './field-readers.ts';
import { readRegisterResponse } from './register-response.ts';

/**
 * What survives an agent: the nonce of its registration and, once answered, the answer with its own token.
 *
 * The nonce is on disk before the first request, so that a registration whose answer was lost is asked again with
 * the same nonce and gets the same answer. Writes are atomic; a reader sees the old or the new text. A file of
 * another enrolment, or one that cannot be read, counts as none.
 */
export interface RegistrationState {
  /** SHA-256 of the bootstrap token: a new token means a new enrolment. */
  readonly enrolment: string;
  readonly nonce: string;
  readonly response: RegisterResponse | null;
  /** Every beat of this process is numbered below this; the next process starts here. */
  readonly seqReserved: number;
  /** A newer worker took over: this registration serves no more, not even after a restart. */
  readonly superseded: boolean;
}

const FILE_NAME = 'registration.json';

export function loadRegistration(
  stateDir: string,
  enrolment: string,
  log: Logger,
): RegistrationState | undefined {
  let text: string;
  try {
    text = readFileSync(path.join(stateDir, FILE_NAME), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    const fields = parseFields(text, FILE_NAME);
    if (textField(fields, 'enrolment') !== enrolment) return undefined;
    return {
      enrolment,
      nonce: textField(fields, 'nonce'),
      response:
        fields['response'] === null ? null : readRegisterResponse(asFields(fields['response'], 'response')),
      seqReserved: wholeField(fields, 'seq_reserved'),
      superseded: fields['superseded'] === true,
    };
  } catch (error) {
    log.warn({ error: messageOf(error) }, 'The stored registration cannot be read; registering anew.');
    return undefined;
  }
}

export function saveRegistration(stateDir: string, state: RegistrationState): void {
  mkdirSync(stateDir, { recursive: true, mode: 0o700 });
  const target = path.join(stateDir, FILE_NAME);
  const draft = `${target}.new`;
  const file = openSync(draft, 'w', 0o600);
  try {
    writeSync(
      file,
      JSON.stringify({
        enrolment: state.enrolment,
        nonce: state.nonce,
        response: state.response,
        seq_reserved: state.seqReserved,
        superseded: state.superseded,
      }),
    );
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(draft, target);
}
