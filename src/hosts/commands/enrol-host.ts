/**
 * The token of a pasted command becomes a machine with an identity of its own, once. An exchange whose answer was lost
 * is repeated with the same nonce and gets the same answer: the machine's token derives from our key, its id and the
 * nonce, and only its hash is stored.
 */
import type { EnrolHost } from '#contracts/host-enrolments.ts';
import type { Database, Transaction } from '#database/database.ts';
import { requireLiving } from '#identity/organisations/queries.ts';
import { enqueue } from '#jobs/jobs.ts';
import { noteChange } from '#kernel/change-notes.ts';
import { AppError } from '#kernel/errors.ts';
import { type CorrelationId, type HostId, newId } from '#kernel/ids.ts';
import type { OrgScope } from '#kernel/scope.ts';
import type { Secret } from '#kernel/secret.ts';
import { deriveToken, hashToken, parseToken, tokenIdOf } from '#kernel/token.ts';
import { insertAgentHost } from '../agent-store.ts';
import { announceHost } from '../announce-hosts.ts';
import { type EnrolmentRow, lockEnrolmentByToken, writeUsed } from '../enrolment-store.ts';
import { countHosts, selectHost, selectHosts } from '../host-store.ts';
import { recordAgentProbe } from './record-agent-probe.ts';
import { HOSTS_MAX, type HostRules, named, zoneOf } from './register-host.ts';

export const WATCH_HOST = 'watch-host';

export interface EnrolHostDeps extends Pick<HostRules, 'env'> {
  readonly db: Database;
  readonly keys: { readonly control: Secret };
}

export interface EnrolledHost {
  readonly id: HostId;
  readonly name: string;
  readonly token: Secret;
}

/**
 * @throws host.enrolment_unknown, host.enrolment_expired, host.enrolment_used, host.enrolment_revoked, host.too_many,
 * organisation.deleting
 */
export function enrolHost(
  deps: EnrolHostDeps,
  request: EnrolHost,
  from: { readonly address: string; readonly correlationId: CorrelationId },
): Promise<EnrolledHost> {
  if (parseToken(request.token)?.type !== 'enr') throw new AppError('host.enrolment_unknown');
  return deps.db.transaction(async (tx) => {
    const enrolment = await lockEnrolmentByToken(tx, hashToken(request.token));
    if (!enrolment) throw new AppError('host.enrolment_unknown');
    return enrolment.hostId === null
      ? admit(deps, tx, enrolment, request, from)
      : repeat(deps, tx, enrolment, enrolment.hostId, request.nonce);
  });
}

/** The same machine asks again, at most until the command's hour is over. */
async function repeat(
  deps: EnrolHostDeps,
  tx: Transaction,
  enrolment: EnrolmentRow,
  hostId: HostId,
  nonce: string,
): Promise<EnrolledHost> {
  if (enrolment.nonceHash !== hashToken(nonce)) throw new AppError('host.enrolment_used');
  if (enrolment.isExpired) throw new AppError('host.enrolment_expired');
  const host = await selectHost(tx, enrolment, hostId);
  if (!host) throw new AppError('host.enrolment_used');
  return { id: hostId, name: host.name, token: hostTokenOf(deps.keys.control, hostId, nonce) };
}

async function admit(
  deps: EnrolHostDeps,
  tx: Transaction,
  enrolment: EnrolmentRow,
  request: EnrolHost,
  from: { readonly address: string; readonly correlationId: CorrelationId },
): Promise<EnrolledHost> {
  if (enrolment.revokedAt !== null) throw new AppError('host.enrolment_revoked');
  if (enrolment.isExpired) throw new AppError('host.enrolment_expired');
  await requireLiving(tx, enrolment);
  if ((await countHosts(tx, enrolment)) >= HOSTS_MAX) throw new AppError('host.too_many');
  const id = newId(deps.env, 'host');
  const token = hostTokenOf(deps.keys.control, id, request.nonce);
  const name = await freeName(tx, enrolment, enrolment.name ?? request.hostname);
  const { nanosPerHour, currency, orgId } = enrolment;
  const price =
    nanosPerHour === null || currency === null ? null : { nanos_per_hour: nanosPerHour, currency };
  const createdBy = `user:${enrolment.createdBy}`;
  const identity = { tokenHash: hashToken(token.reveal()), address: from.address };
  const host = { id, name, zone: zoneOf(orgId), price, createdBy };
  await named(() => insertAgentHost(tx, enrolment, { ...host, ...identity }));
  await recordAgentProbe(tx, enrolment, { id, probesAsked: 1 }, request.probe);
  await writeUsed(tx, enrolment, { id: enrolment.id, hostId: id, nonceHash: hashToken(request.nonce) });
  noteChange({
    subject: { kind: 'hosts', id },
    actor: { id: enrolment.createdBy, name: enrolment.createdByName, orgId },
    after: { name, enrolment: enrolment.id },
  });
  const { correlationId } = from;
  await enqueue(tx, { kind: WATCH_HOST, subjectId: id, orgId, correlationId });
  await announceHost(tx, enrolment, id, correlationId);
  return { id, name, token };
}

/** Machines made from one image are all called the same. */
async function freeName(tx: Transaction, scope: OrgScope, wanted: string): Promise<string> {
  const plain =
    wanted
      .replace(/[^\p{L}\p{N} ._-]/gu, '')
      .trim()
      .slice(0, 90) || 'machine';
  const taken = new Set((await selectHosts(tx, scope)).map(({ name }) => name));
  for (let number = 1; ; number++) {
    const name = number === 1 ? plain : `${plain}-${number}`;
    if (!taken.has(name)) return name;
  }
}

function hostTokenOf(key: Secret, id: HostId, nonce: string): Secret {
  return deriveToken(key, 'host', tokenIdOf(id), nonce);
}
