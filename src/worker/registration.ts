import type { AgentInfo, RegisterRequest, RegisterResponse } from '#contracts/worker.ts';
import type { Env } from '#kernel/env.ts';
import { messageOf } from '#kernel/errors.ts';
import { type Backoff, backoffMs } from '#kernel/retry.ts';
import { hashToken } from '#kernel/token.ts';
import type { ControlAnswer, ControlClient } from './control-client.ts';
import { pause } from './pause.ts';
import { readRegisterResponse } from './register-response.ts';
import { loadRegistration, type RegistrationState, saveRegistration } from './registration-file.ts';
import type { WorkerConfig } from './worker-config.ts';

/**
 * Exchanges the bootstrap token for this worker's own token, once; a restarted agent goes on with the stored one.
 *
 * Order: nonce to disk, ask, answer to disk, then return. A crash or a lost answer at any point leads to the same
 * question with the same nonce, which the control plane answers alike.
 */
export interface RegistrationDeps {
  readonly env: Env;
  readonly config: WorkerConfig;
  readonly control: ControlClient;
  readonly agent: AgentInfo;
  readonly machine: () => Promise<RegisterRequest['machine']>;
  readonly signal: AbortSignal;
}

export type Registration = RegistrationState & {
  readonly response: RegisterResponse;
  /** The first beat of this process has this number. */
  readonly seqFrom: number;
};

/** Beats are numbered upwards over all processes of one registration, by blocks reserved on disk. */
export const SEQ_BLOCK = 10_000;

const TRANSIENT: Backoff = { firstMs: 200, maxMs: 5_000 };
const REFUSED: Backoff = { firstMs: 30_000, maxMs: 300_000 };
const REQUEST_LIMIT_MS = 10_000;

/** Undefined only when the signal ended the attempt. */
export async function ensureRegistered(deps: RegistrationDeps): Promise<Registration | undefined> {
  const { env, config } = deps;
  const enrolment = hashToken(`${config.instanceId}\n${config.bootstrapToken.reveal()}`);
  const stored = loadRegistration(config.stateDir, enrolment, env.log);
  if (stored?.response) {
    env.log.info({ instance_id: stored.response.instance_id }, 'Going on with the stored registration.');
    return reserve(config.stateDir, { ...stored, response: stored.response });
  }
  const fresh = stored ?? freshState(env, enrolment);
  if (!stored) saveRegistration(config.stateDir, fresh);
  const response = await askUntilAnswered(deps, fresh.nonce);
  if (!response) return undefined;
  const registration = reserve(config.stateDir, { ...fresh, response });
  env.log.info({ instance_id: response.instance_id, epoch: response.epoch }, 'Registered.');
  return registration;
}

function reserve(
  stateDir: string,
  state: RegistrationState & { readonly response: RegisterResponse },
): Registration {
  const registration = { ...state, seqReserved: state.seqReserved + SEQ_BLOCK };
  saveRegistration(stateDir, registration);
  return { ...registration, seqFrom: state.seqReserved };
}

function freshState(env: Env, enrolment: string): RegistrationState {
  return {
    enrolment,
    nonce: Buffer.from(env.random.bytes(16)).toString('hex'),
    response: null,
    seqReserved: 0,
    superseded: false,
  };
}

async function askUntilAnswered(
  deps: RegistrationDeps,
  nonce: string,
): Promise<RegisterResponse | undefined> {
  const { env, signal } = deps;
  const body: RegisterRequest = {
    bootstrap_token: deps.config.bootstrapToken.reveal(),
    nonce,
    agent: deps.agent,
    machine: await deps.machine(),
  };
  let refusals = 0;
  for (let attempt = 1; !signal.aborted; attempt++) {
    const outcome = await askOnce(deps, body);
    if (outcome.kind === 'registered') return outcome.response;
    if (signal.aborted) break;
    let waitMs = backoffMs(TRANSIENT, attempt, env.random);
    if (outcome.kind === 'refused') {
      refusals += 1;
      waitMs = backoffMs(REFUSED, refusals, env.random);
      env.log.error(
        { code: outcome.reason, wait_ms: waitMs },
        'The control plane refuses the bootstrap token: it is unknown, used up, expired or revoked. Render the install script again for a new one.',
      );
    } else {
      env.log.warn({ reason: outcome.reason, attempt, wait_ms: waitMs }, 'Not registered yet.');
    }
    await pause(env, Math.max(waitMs, outcome.retryAfterMs ?? 0), signal);
  }
  return undefined;
}

type AskOutcome =
  | { readonly kind: 'registered'; readonly response: RegisterResponse }
  | {
      readonly kind: 'refused' | 'failed';
      readonly reason: string;
      readonly retryAfterMs?: number | undefined;
    };

async function askOnce(deps: RegistrationDeps, body: RegisterRequest): Promise<AskOutcome> {
  let answer: ControlAnswer;
  try {
    answer = await deps.control.post({
      path: '/internal/worker/register',
      body,
      bearer: undefined,
      timeoutMs: REQUEST_LIMIT_MS,
      signal: deps.signal,
    });
  } catch (error) {
    return { kind: 'failed', reason: messageOf(error) };
  }
  if (answer.status === 401 || answer.status === 403) {
    return { kind: 'refused', reason: String(answer.body?.['code'] ?? answer.status) };
  }
  if (answer.status !== 200 && answer.status !== 201) {
    return { kind: 'failed', reason: `HTTP ${answer.status}`, retryAfterMs: answer.retryAfterMs };
  }
  try {
    const response = readRegisterResponse(answer.body ?? {});
    if (response.instance_id === deps.config.instanceId) return { kind: 'registered', response };
    return { kind: 'failed', reason: `registered as another instance, ${response.instance_id}` };
  } catch (error) {
    return { kind: 'failed', reason: messageOf(error) };
  }
}
