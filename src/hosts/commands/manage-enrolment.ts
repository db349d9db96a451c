/**
 * A machine that nobody can dial is enrolled by a command that is pasted there. Its token is good for one machine and
 * one hour; it is shown once and kept as a hash.
 */
import type { CreateHostEnrolment, HostEnrolmentView } from '#contracts/host-enrolments.ts';
import type { Queryable, Transaction } from '#database/database.ts';
import { requireLiving } from '#identity/organisations/queries.ts';
import { noteChange } from '#kernel/change-notes.ts';
import { AppError } from '#kernel/errors.ts';
import { newId } from '#kernel/ids.ts';
import type { OrgScope } from '#kernel/scope.ts';
import { hashToken, mintToken, tokenIdOf } from '#kernel/token.ts';
import { BARE_METAL } from '#providers/host-book.ts';
import { announceHost } from '../announce-hosts.ts';
import {
  countOpenEnrolments,
  type EnrolmentRow,
  insertEnrolment,
  lockEnrolment,
  selectEnrolments,
  writeRevoked,
} from '../enrolment-store.ts';
import { countHosts, selectHosts } from '../host-store.ts';
import { HOSTS_MAX, type HostRules } from './register-host.ts';

export const INSTALL_PATH = '/internal/host/install.sh';
const ENROLMENT_TTL_MS = 3_600_000;
const OPEN_MAX = 100;

export interface EnrolmentRules extends HostRules {
  /** Where machines reach us. */
  readonly publicUrl: string;
  /** @throws control_url.* when machines elsewhere do not reach it */
  readonly requireReachable: () => void;
  /** Whether a gateway takes tunnels. */
  readonly hasTunnels: (db: Queryable) => Promise<boolean>;
}

export interface CreatedEnrolment extends HostEnrolmentView {
  readonly command: string;
}

/**
 * @throws organisation.deleting, provider.not_enabled, control_url.*, host.no_tunnel, host.too_many,
 * host.too_many_enrolments, host.name_taken
 */
export async function createEnrolment(
  rules: EnrolmentRules,
  tx: Transaction,
  scope: OrgScope,
  wanted: CreateHostEnrolment,
  by: { readonly userId: string; readonly name: string },
): Promise<CreatedEnrolment> {
  await requireLiving(tx, scope);
  if (!rules.enabledProviders.includes(BARE_METAL)) {
    throw new AppError('provider.not_enabled', {
      publicMessage: `Own machines are not enabled here: an administrator adds ${BARE_METAL} to ENABLED_PROVIDERS.`,
    });
  }
  rules.requireReachable();
  if (!(await rules.hasTunnels(tx))) throw new AppError('host.no_tunnel');
  if ((await countHosts(tx, scope)) >= HOSTS_MAX) throw new AppError('host.too_many');
  if ((await countOpenEnrolments(tx, scope)) >= OPEN_MAX) throw new AppError('host.too_many_enrolments');
  const isTaken =
    wanted.name !== null && (await selectHosts(tx, scope)).some(({ name }) => name === wanted.name);
  if (isTaken) throw new AppError('host.name_taken');
  const id = newId(rules.env, 'hostEnrolment');
  const token = mintToken(rules.env.random, 'enr', tokenIdOf(id)).reveal();
  const order = { ...wanted, id, tokenHash: hashToken(token), ttlMs: ENROLMENT_TTL_MS };
  await insertEnrolment(tx, scope, { ...order, createdBy: by.userId, createdByName: by.name });
  const row = await lockEnrolment(tx, scope, id);
  if (!row) throw new Error('an enrolment that was just made is not there');
  const url = `${rules.publicUrl.replace(/\/+$/, '')}${INSTALL_PATH}`;
  return { ...toEnrolmentView(row), command: `curl -fsSL ${url} | sudo sh -s -- ${token}` };
}

/** Its token is worth nothing from now on. @throws host.enrolment_not_found, host.enrolment_ended */
export async function revokeEnrolment(
  tx: Transaction,
  scope: OrgScope,
  id: string,
  correlationId: string,
): Promise<HostEnrolmentView> {
  const row = await lockEnrolment(tx, scope, id);
  if (!row) throw new AppError('host.enrolment_not_found');
  if (row.usedAt !== null) throw new AppError('host.enrolment_ended');
  noteChange({ before: { state: stateOfEnrolment(row) }, after: { state: 'revoked' } });
  await writeRevoked(tx, scope, row.id);
  await announceHost(tx, scope, row.id, correlationId);
  const now = await lockEnrolment(tx, scope, id);
  return toEnrolmentView(now ?? row);
}

export async function listEnrolments(db: Queryable, scope: OrgScope): Promise<HostEnrolmentView[]> {
  return (await selectEnrolments(db, scope)).map(toEnrolmentView);
}

export function stateOfEnrolment(row: EnrolmentRow): HostEnrolmentView['state'] {
  if (row.usedAt !== null) return 'used';
  if (row.revokedAt !== null) return 'revoked';
  return row.isExpired ? 'expired' : 'open';
}

function toEnrolmentView(row: EnrolmentRow): HostEnrolmentView {
  const { nanosPerHour, currency } = row;
  return {
    id: row.id,
    name: row.name,
    price: nanosPerHour === null || currency === null ? null : { nanos_per_hour: nanosPerHour, currency },
    state: stateOfEnrolment(row),
    host_id: row.hostId,
    created_by: `user:${row.createdBy}`,
    created_at: row.createdAt.toISOString(),
    expires_at: row.expiresAt.toISOString(),
    used_at: row.usedAt?.toISOString() ?? null,
    revoked_at: row.revokedAt?.toISOString() ?? null,
  };
}
