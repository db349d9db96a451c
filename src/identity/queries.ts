import type { OrganisationRole, SessionView } from '#contracts/management.ts';
import type { Queryable } from '#database/database.ts';
import { AppError } from '#kernel/errors.ts';
import type { OrgId, SessionId, UserId } from '#kernel/ids.ts';
import type { OrgScope } from '#kernel/scope.ts';
import { hashToken, parseToken } from '#kernel/token.ts';
import { updateApiKeysUsed } from './api-key-snapshot-store.ts';
import { selectApiKey } from './api-key-store.ts';
import {
  type SessionRow,
  selectLimitedOrganisations,
  selectSessionByHash,
  selectSessionById,
} from './store.ts';

/** A live session: who, in which organisation, with which role there today. */
export interface Session {
  readonly id: SessionId;
  readonly userId: UserId;
  readonly orgId: OrgId;
  readonly role: OrganisationRole;
  readonly isPlatformAdmin: boolean;
  /** Its use was noted more than a minute ago. */
  readonly isNoteDue: boolean;
  readonly createdAt: Date;
  readonly view: SessionView;
}

/** Null is no limit. */
export interface Limits {
  readonly requestsPerMinute: number | null;
  readonly tokensPerMinute: number | null;
  readonly concurrentRequests: number | null;
}

export interface LimitedOrganisation extends Limits {
  readonly orgId: OrgId;
}

/** The session of a cookie's token; undefined when it is unknown, expired, revoked or its user has left. */
export async function findSessionByToken(db: Queryable, token: string): Promise<Session | undefined> {
  // Garbage is dropped before the database is asked.
  if (parseToken(token)?.type !== 'sess') return undefined;
  const row = await selectSessionByHash(db, hashToken(token));
  return row && toSession(row);
}

/** @throws auth.required when it has ended */
export async function getSessionById(db: Queryable, id: SessionId): Promise<Session> {
  const row = await selectSessionById(db, id);
  if (!row) throw new AppError('auth.required');
  return toSession(row);
}

/** Organisations that are limited at all, for the gateways' memory. */
export async function listLimitedOrganisations(db: Queryable): Promise<LimitedOrganisation[]> {
  return selectLimitedOrganisations(db);
}

/** Remembers that keys were used, at most once a minute each. */
export async function touchApiKeys(db: Queryable, ids: readonly string[]): Promise<void> {
  if (ids.length > 0) await updateApiKeysUsed(db, ids);
}

function toSession(row: SessionRow): Session {
  return {
    id: row.id,
    userId: row.user_id,
    orgId: row.org_id,
    role: row.role,
    isPlatformAdmin: row.is_platform_admin,
    isNoteDue: row.is_note_due,
    createdAt: row.created_at,
    view: {
      user: {
        id: row.user_id,
        username: row.username,
        email: row.email,
        is_platform_admin: row.is_platform_admin,
        language: row.language,
      },
      organisation: {
        id: row.org_id,
        slug: row.org_slug,
        name: row.org_name,
        kind: row.org_kind,
        role: row.role,
      },
      expires_at: row.expires_at.toISOString(),
    },
  };
}

/** Also one that was revoked. */
export async function existsApiKey(db: Queryable, scope: OrgScope, id: string): Promise<boolean> {
  return (await selectApiKey(db, scope, id)) !== undefined;
}
