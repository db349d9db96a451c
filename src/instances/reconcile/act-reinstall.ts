/**
 * Carries out the installation of a worker anew. Each way begins with a token of its own, written before anything is
 * said to anybody: a crash repeats the same order with the same token, and the present worker's token goes on until
 * the new worker has registered.
 */
import { notify } from '#database/channels.ts';
import type { Transaction } from '#database/database.ts';
import { newId } from '#kernel/ids.ts';
import type { Secret } from '#kernel/secret.ts';
import { hashToken } from '#kernel/token.ts';
import { replaceInstance } from '../commands/replace-instance.ts';
import type { ReinstallRow } from '../rows.ts';
import { announce, noteRestart, setServer } from '../store/instances.ts';
import { insertReinstall, markReinstallOrdered, takeNextPath } from '../store/reinstalls.ts';
import { renewBootstrap } from '../store/workers.ts';
import { reinstallTokenOf } from '../worker-tokens.ts';
import { agentCall } from './act-start.ts';
import {
  actorOf,
  apply,
  callProvider,
  describeError,
  holdBack,
  log,
  logOnceInAWhile,
  providerOf,
  RECONCILER,
  type Run,
} from './run.ts';
import type { Decision } from './situation.ts';

type Of<What extends Decision['do']> = Extract<Decision, { do: What }>;

/** Nobody asked for it but the settings. */
export async function beginAutomatic(run: Run): Promise<void> {
  const { instance, automaticReinstalls } = run.situation;
  const id = newId(run.deps.env, 'reinstall');
  await apply(run, 'begin-reinstall', async (tx) => {
    const order = { id, instanceId: instance.id, isAutomatic: true };
    if (!(await insertReinstall(tx, instance, order, actorOf(run)))) return;
    const metadata = { automatic: true, number: automaticReinstalls + 1 };
    await log(run, tx, { code: 'WORKER_REINSTALL', status: 'started', metadata });
  });
}

/** Orders the agent, or asks one that has taken the order how far it is: the same order twice is one order. */
export async function orderReinstall(run: Run, { reinstall }: Of<'order_reinstall'>): Promise<void> {
  const { env, link, agentFiles } = run.deps;
  const call = agentCall(run);
  if (!call) {
    run.seen.order = 'refused';
    return;
  }
  const bootstrapToken = await prepareToken(run, reinstall);
  await env.crashPoint(`${RECONCILER}.reinstall.before`);
  const startedAt = env.clock.monotonic();
  const answer = await link.orderReinstall(call, { ...agentFiles, id: reinstall.id, bootstrapToken });
  const durationMs = env.clock.monotonic() - startedAt;
  await env.crashPoint(`${RECONCILER}.reinstall.after`);
  run.seen.order = answer.outcome;
  const { path } = reinstall;
  await apply(run, 'reinstall-ordered', async (tx) => {
    if (answer.outcome === 'accepted') {
      await markReinstallOrdered(tx, run.situation.instance, reinstall.id);
      if (reinstall.orderedAtMs !== null) return;
      await log(run, tx, { code: 'WORKER_REINSTALL', status: 'started', durationMs, metadata: { path } });
    } else {
      const metadata = { path, error: answer.error };
      const failed = { status: 'failed', durationMs, errorCode: answer.outcome, metadata } as const;
      await logOnceInAWhile(run, tx, { code: 'WORKER_REINSTALL', ...failed });
    }
  });
}

/** New user data, then a hard reboot: the machine installs as at its first boot. */
export async function rebootAnew(run: Run, decision: Of<'reboot_anew'>): Promise<void> {
  const { instance } = run.situation;
  const { reinstall } = decision;
  const ref = { id: decision.serverRef, zone: instance.zone };
  const bootstrapToken = await prepareToken(run, reinstall);
  const { id: instanceId, providerId } = instance;
  const userData = run.deps.renderUserData({ instanceId, providerId, bootstrapToken });
  const provider = providerOf(run);
  const answer = await callProvider(run, 'reboot-anew', async (context) => {
    await provider.replaceUserData(context, ref, userData);
    await provider.rebootServer(context, ref);
  });
  if (!answer.ok) {
    if (answer.error.isDefiniteRefusal) run.seen.order = 'refused';
    return holdBack(run, decision, 'PROVIDER_REBOOT', answer);
  }
  // What was seen before the reboot says nothing about after it.
  run.seen.servers.delete(ref.id);
  const { durationMs } = answer;
  await apply(run, 'rebooted', async (tx) => {
    await markReinstallOrdered(tx, instance, reinstall.id);
    await log(run, tx, {
      code: 'PROVIDER_REBOOT',
      status: 'succeeded',
      durationMs,
      metadata: { anew: true },
    });
  });
}

/** The install script with a new token, run by SSH on a machine that goes on as it is. */
export async function installBySsh(run: Run, decision: Of<'install_by_ssh'>): Promise<void> {
  const { instance } = run.situation;
  const { reinstall } = decision;
  const ref = { id: decision.serverRef, zone: instance.zone };
  const bootstrapToken = await prepareToken(run, reinstall);
  const { id: instanceId, providerId } = instance;
  const script = run.deps.renderUserData({ instanceId, providerId, bootstrapToken });
  const provider = providerOf(run);
  const answer = await callProvider(run, 'install-by-ssh', async (context) => {
    await provider.installAnew?.(context, ref, script);
  });
  if (!answer.ok) {
    if (answer.error.isDefiniteRefusal) run.seen.order = 'refused';
    return holdBack(run, decision, 'WORKER_REINSTALL', answer);
  }
  const { durationMs } = answer;
  const metadata = { path: reinstall.path };
  await apply(run, 'installed-by-ssh', async (tx) => {
    await markReinstallOrdered(tx, instance, reinstall.id);
    await log(run, tx, { code: 'WORKER_REINSTALL', status: 'started', durationMs, metadata });
  });
}

export async function takePath(run: Run, { reinstall, path, reason }: Of<'next_path'>): Promise<void> {
  const { instance } = run.situation;
  run.seen.order = undefined;
  await apply(run, 'next-path', async (tx) => {
    await takeNextPath(tx, instance, reinstall.id, { path, reason });
    const metadata = { left: reinstall.path, path };
    await log(run, tx, { code: 'WORKER_REINSTALL', status: 'failed', errorCode: reason, metadata });
    await announce(tx, instance, instance.id);
  });
}

/** The last way: another machine with the same order, and this one is to go. Both commit together. */
export async function replace(run: Run, { reinstall }: Of<'replace'>): Promise<void> {
  const { instance } = run.situation;
  await apply(run, 'replace', async (tx) => {
    const by = actorOf(run);
    const replacedBy = await replaceInstance(run.deps.env, tx, instance, instance.id, by);
    const metadata = { path: reinstall.path, replaced_by: replacedBy };
    await log(run, tx, { code: 'WORKER_REINSTALL', status: 'succeeded', metadata });
  });
}

/** The server had stopped by itself: switched off by its worker, or by its provider. */
export async function restartServer(run: Run, decision: Of<'restart_server'>): Promise<void> {
  const { instance } = run.situation;
  const ref = { id: decision.serverRef, zone: instance.zone };
  const provider = providerOf(run);
  const answer = await callProvider(run, 'restart', (context) => provider.startServer(context, ref));
  if (!answer.ok && !answer.error.isDefiniteRefusal) {
    return holdBack(run, decision, 'PROVIDER_RESTART', answer);
  }
  const { durationMs } = answer;
  const number = instance.serverRestarts + 1;
  run.seen.servers.delete(ref.id);
  await apply(run, 'restart', async (tx) => {
    // A refusal counts as well: a provider that has no room is not asked for ever.
    await noteRestart(tx, instance, instance.id);
    const metadata = { reason: 'server_stopped', number };
    if (answer.ok) {
      await log(run, tx, { code: 'PROVIDER_RESTART', status: 'succeeded', durationMs, metadata });
    } else {
      const told = { ...metadata, ...describeError(answer.error) };
      const failed = { status: 'failed', errorCode: answer.error.facts.kind, metadata: told } as const;
      await log(run, tx, { code: 'PROVIDER_RESTART', durationMs, ...failed });
    }
  });
}

export async function noteAddress(run: Run, { serverRef, address }: Of<'note_address'>): Promise<void> {
  const { instance } = run.situation;
  await apply(run, 'note-address', async (tx) => {
    await setServer(tx, instance, instance.id, { ref: serverRef, address });
    await announce(tx, instance, instance.id);
    await notify(tx, 'routing', instance.id);
    // The api compares where beats come from with where the machine is.
    await notify(tx, 'workers', instance.id);
  });
}

async function prepareToken(run: Run, reinstall: ReinstallRow): Promise<Secret> {
  const { instance } = run.situation;
  const token = reinstallTokenOf(run.deps.controlKey, instance.id, reinstall);
  const bootstrap = { hash: hashToken(token.reveal()), ttlMs: run.settings.bootstrapTtlMs };
  const renew = (tx: Transaction) => renewBootstrap(tx, instance, instance.id, bootstrap);
  await apply(run, 'renew-token', renew);
  return token;
}
