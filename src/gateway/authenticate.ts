import type { KeyScope } from '#contracts/api-keys.ts';
import { missingError } from '#identity/activation/rules.ts';
import { isLineBearer, verifyLineBearer } from '#identity/line-bearer.ts';
import { isWebBearer, verifyWebBearer } from '#identity/web-bearer.ts';
import { AppError } from '#kernel/errors.ts';
import type { OrgId, RequestId, UserId } from '#kernel/ids.ts';
import type { Secret } from '#kernel/secret.ts';
import { hashToken, parseToken, sameHash } from '#kernel/token.ts';
import type { KeyBlock, Snapshot, SnapshotKey, SnapshotModel } from '#routing/snapshot.ts';
import type { EdgeRequest } from './edge.ts';

/** Who asks: by an API key, by a browser session that the api vouches for, or by a batch that a key made. */
export interface GatewayCaller {
  readonly orgId: OrgId;
  readonly userId: UserId;
  readonly apiKeyId: string | null;
  /** What it may do and how much; a browser session may do what its person may, and has no limits of its own. */
  readonly key?: SnapshotKey;
  /** What its request is called, for a line of a batch. */
  readonly requestId?: RequestId;
}

export interface AuthenticationContext {
  readonly snapshot: Snapshot;
  readonly webBearerKey: Secret;
  readonly nowMs: number;
}

const BEARER = /^bearer +(\S+) *$/i;
const KEY_BEGINNING = 'inv_key_';
const HOW = 'Send your API key in one header: `Authorization: Bearer inv_key_...` or `x-api-key`.';

/** @throws auth.ambiguous, auth.invalid_api_key, api_key.suspended, activation.missing */
export function authenticate(request: EdgeRequest, context: AuthenticationContext): GatewayCaller {
  const credential = extractCredential(request.rawHeaders);
  const caller = callerOf(credential, context);
  if (!caller) throw new AppError('auth.invalid_api_key');
  if (caller.key?.block) throw blockError(caller.key.block);
  return caller;
}

/** A key that is known and may not be used now. */
function blockError(block: KeyBlock): AppError {
  if (block.kind === 'suspended') return new AppError('api_key.suspended');
  return missingError({ kind: 'api_key' }, block.missing);
}

/** @throws activation.missing, for a model that the organisation has and may not use */
export function refuseUnactivated(snapshot: Snapshot, { orgId }: GatewayCaller, model: SnapshotModel): void {
  const lacking = snapshot.unactivated(orgId, model.id);
  if (!lacking) return;
  const name = lacking.kind === 'model' ? model.hfId : `of ${model.hfId}`;
  throw missingError({ kind: lacking.kind, name }, lacking.missing);
}

export function hasScope({ key }: GatewayCaller, scope: KeyScope): boolean {
  return !key || key.scopes.includes(scope);
}

export function scopeMissing(scope: KeyScope): AppError {
  return new AppError('api_key.scope_missing', {
    publicMessage: `This API key has not the scope \`${scope}\`. Use another key, or add the scope to this one.`,
  });
}

/** Whether the key's list of models, if it has one, names this one. */
export function mayCall(caller: GatewayCaller, model: SnapshotModel): boolean {
  return mayCallNamed(caller, [model.id, model.hfId]);
}

/** An offering is allowed by its own names: it costs something, which the model that it serves does not. */
export function mayCallNamed({ key }: GatewayCaller, names: readonly string[]): boolean {
  const models = key?.models ?? null;
  return models === null || names.some((name) => models.includes(name));
}

/** A key of our form that this snapshot does not hold: revoked, made up, or created a moment ago. */
export function isUnknownKey(request: EdgeRequest, snapshot: Snapshot): boolean {
  const credential = extractCredential(request.rawHeaders);
  return parseToken(credential)?.type === 'key' && snapshot.findKey(hashToken(credential)) === undefined;
}

/** Whose key it is, also one that has expired; for writing down what was refused. Undefined for anything else. */
export function ownerOf(request: EdgeRequest, snapshot: Snapshot): GatewayCaller | undefined {
  try {
    const credential = extractCredential(request.rawHeaders);
    const key = parseToken(credential)?.type === 'key' ? snapshot.findKey(hashToken(credential)) : undefined;
    return key && { orgId: key.orgId, userId: key.userId, apiKeyId: key.id };
  } catch {
    return undefined;
  }
}

/** The one place that takes a credential from a request. */
function extractCredential(rawHeaders: readonly string[]): string {
  let credential: string | undefined;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = (rawHeaders[i] ?? '').toLowerCase();
    if (name !== 'x-api-key' && name !== 'authorization') continue;
    if (credential !== undefined) throw new AppError('auth.ambiguous');
    const value = rawHeaders[i + 1] ?? '';
    credential = name === 'x-api-key' ? value.trim() : (BEARER.exec(value)?.[1] ?? '');
  }
  if (!credential) throw new AppError('auth.invalid_api_key', { publicMessage: HOW });
  return credential;
}

function callerOf(credential: string, context: AuthenticationContext): GatewayCaller | undefined {
  if (isWebBearer(credential)) return callerOfBearer(credential, context);
  if (isLineBearer(credential)) return callerOfLine(credential, context);
  return callerOfKey(credential, context);
}

/** As the key that made the batch, as long as that key may speak itself. */
function callerOfLine(text: string, { snapshot, webBearerKey, nowMs }: AuthenticationContext) {
  const claims = verifyLineBearer(webBearerKey, text, nowMs);
  const key = claims && snapshot.findKeyById(claims.apiKeyId);
  if (!key || key.orgId !== claims.orgId || (key.expiresAtMs !== null && key.expiresAtMs <= nowMs))
    return undefined;
  const { orgId, userId, id: apiKeyId } = key;
  return { orgId, userId, apiKeyId, key, requestId: claims.requestId };
}

function callerOfKey(text: string, { snapshot, nowMs }: AuthenticationContext): GatewayCaller | undefined {
  if (!text.startsWith(KEY_BEGINNING)) return undefined;
  // Hashed every time: a cache of keys in clear text would save half a microsecond. What has the hash of a key has its
  // checksum too, so that is looked at only where the database would be asked.
  const hash = hashToken(text);
  const key = snapshot.findKey(hash);
  if (!key || !sameHash(key.tokenHash, hash) || (key.expiresAtMs !== null && key.expiresAtMs <= nowMs))
    return undefined;
  return { orgId: key.orgId, userId: key.userId, apiKeyId: key.id, key };
}

function callerOfBearer(text: string, context: AuthenticationContext): GatewayCaller | undefined {
  const claims = verifyWebBearer(context.webBearerKey, text, context.nowMs);
  return claims && { orgId: claims.orgId, userId: claims.userId, apiKeyId: null };
}
