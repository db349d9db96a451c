/**
 * What the agent of a machine asks, and what it is told. The agent is given at most one order, which is read from the
 * machine's claim each time: an install that is wanted and not done, or an uninstall. Orders may be repeated; an
 * answer to an order that is not wanted any more changes nothing.
 */
import type { AgentAsk } from '#contracts/host-enrolments.ts';
import type { Database, Transaction } from '#database/database.ts';
import { enqueue } from '#jobs/jobs.ts';
import { AppError } from '#kernel/errors.ts';
import type { CorrelationId } from '#kernel/ids.ts';
import type { Sealer } from '#kernel/sealing.ts';
import { hashToken, parseToken } from '#kernel/token.ts';
import { EXIT_CODES } from '#providers/host-commands.ts';
import { checksumOf, installOrder, uninstallOrder } from '#providers/host-orders.ts';
import {
  type AgentClaim,
  type AgentHost,
  lockAgentHost,
  lockOpenClaim,
  TRIES_MAX,
  writeHandedOut,
  writeInstalled,
  writeSeen,
  writeTry,
} from '../agent-store.ts';
import { announceHost } from '../announce-hosts.ts';
import { writeHostFailure, writeReleased } from '../claim-store.ts';
import { askForProbe } from '../host-store.ts';
import { scriptPlace } from '../sealed-hosts.ts';
import { WATCH_HOST } from './enrol-host.ts';
import { recordAgentProbe } from './record-agent-probe.ts';

export interface AnswerAgentDeps {
  readonly db: Database;
  readonly sealer: Sealer;
}

export interface AgentAnswer {
  readonly pauseSeconds: number;
  readonly wantsProbe: boolean;
  readonly order: { readonly id: string; readonly sha256: string } | undefined;
}

export interface AgentOrigin {
  readonly address: string;
  readonly correlationId: CorrelationId;
}

const PAUSE_SECONDS = 5;
/** What failed is not tried again at once. */
const PAUSE_AFTER_FAILURE_SECONDS = 20;

/** @throws host.agent_refused */
export function answerAgent(deps: AnswerAgentDeps, ask: AgentAsk, from: AgentOrigin): Promise<AgentAnswer> {
  const tokenHash = agentTokenHash(ask.host_token);
  return deps.db.transaction(async (tx) => {
    const host = await requireAgentHost(tx, tokenHash);
    const isChanged = await takeReport(tx, host, ask, from.address);
    if (ask.probe) {
      await recordAgentProbe(tx, host, host, ask.probe);
    }
    await noteSeen(tx, host, ask, from);
    if (isChanged || ask.probe || host.isSilent) await announceHost(tx, host, host.id, from.correlationId);
    const claim = await lockOpenClaim(tx, host, host.id);
    const order = claim && orderOf(deps.sealer, claim);
    const hasFailed = ask.done !== undefined && ask.done.code !== 0;
    return {
      pauseSeconds: hasFailed ? PAUSE_AFTER_FAILURE_SECONDS : PAUSE_SECONDS,
      wantsProbe: !ask.probe && host.probesAsked > host.probesDone,
      order: order && { id: order.id, sha256: checksumOf(order.text) },
    };
  });
}

/** The text of an order, which is noted as handed out first. @throws host.agent_refused, host.order_gone */
export function handOutOrder(
  deps: AnswerAgentDeps,
  ask: { readonly host_token: string; readonly order: string },
): Promise<string> {
  const tokenHash = agentTokenHash(ask.host_token);
  return deps.db.transaction(async (tx) => {
    const host = await requireAgentHost(tx, tokenHash);
    const claim = await lockOpenClaim(tx, host, host.id);
    const order = claim && orderOf(deps.sealer, claim);
    if (!claim || order?.id !== ask.order) throw new AppError('host.order_gone');
    await writeHandedOut(tx, host, claim.id);
    return order.text;
  });
}

/** Garbage is dropped before the database is asked. */
function agentTokenHash(token: string): string {
  if (parseToken(token)?.type !== 'host') throw new AppError('host.agent_refused');
  return hashToken(token);
}

async function requireAgentHost(tx: Transaction, tokenHash: string): Promise<AgentHost> {
  const host = await lockAgentHost(tx, tokenHash);
  if (!host) throw new AppError('host.agent_refused');
  return host;
}

function orderOf(sealer: Sealer, claim: AgentClaim): { id: string; text: string } | undefined {
  if (claim.releaseAskedAt !== null) {
    // Never given up: what is on the machine must go.
    return claim.launchedAt === null ? undefined : { id: uninstallId(claim), text: uninstallOrder(claim.id) };
  }
  const isWanted = claim.installsAsked > claim.installsDone && claim.failures < TRIES_MAX;
  if (!isWanted || claim.script === null) return undefined;
  const script = sealer.open(claim.script, scriptPlace(claim)).reveal();
  return { id: installId(claim), text: installOrder(claim.id, script) };
}

const uninstallId = (claim: AgentClaim) => `${claim.id}.uninstall`;
const installId = (claim: AgentClaim) => `${claim.id}.install.${claim.installsAsked}`;

/** True when something about the claim has changed. */
async function takeReport(
  tx: Transaction,
  host: AgentHost,
  { done }: AgentAsk,
  address: string,
): Promise<boolean> {
  if (!done) return false;
  const claim = await lockOpenClaim(tx, host, host.id);
  if (!claim || claim.launchedAt === null) return false;
  const isUninstall = done.order === uninstallId(claim) && claim.releaseAskedAt !== null;
  if (!isUninstall && done.order !== installId(claim)) return false;
  if (done.code !== 0) {
    await noteFailure(tx, host, claim, { ...done, isUninstall });
  } else if (isUninstall) {
    await writeReleased(tx, claim.id, null);
    // Whatever it was left with, it is looked at before it is offered again.
    await askForProbe(tx, host, host.id);
  } else {
    await writeInstalled(tx, host, claim.id, { number: claim.installsAsked, address });
  }
  return true;
}

async function noteFailure(
  tx: Transaction,
  host: AgentHost,
  claim: AgentClaim,
  failure: { readonly code: number; readonly words: string; readonly isUninstall: boolean },
): Promise<void> {
  const isInUse = !failure.isUninstall && failure.code === EXIT_CODES.otherClaim;
  const words = failure.words.replace(/[^\x20-\x7e]/g, '').slice(0, 300) || 'no word';
  await writeTry(tx, host, claim.id, isInUse ? TRIES_MAX : 1);
  const isGivenUp = isInUse || failure.isUninstall || claim.failures + 1 >= TRIES_MAX;
  if (!isGivenUp) return;
  await writeHostFailure(tx, claim.id, {
    error: isInUse ? 'in_use' : 'command_failed',
    message: isInUse
      ? `${words}, which is not known here: remove it there first`
      : `${failure.isUninstall ? 'the uninstallation' : 'the installation'} ended with ${failure.code}: ${words}`,
    seenHostKey: undefined,
  });
}

/** Written now and then only: many machines ask all the time. */
async function noteSeen(tx: Transaction, host: AgentHost, ask: AgentAsk, from: AgentOrigin): Promise<void> {
  const sha256 = ask.agent_sha256 ?? null;
  const isSame = host.address === from.address && (sha256 === null || sha256 === host.sha256);
  if (!host.isStale && isSame) return;
  await writeSeen(tx, host, host.id, { address: from.address, sha256 });
  if (!host.isSilent) return;
  const { id: subjectId, orgId } = host;
  await enqueue(tx, { kind: WATCH_HOST, subjectId, orgId, correlationId: from.correlationId });
}
