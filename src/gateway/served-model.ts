/** From the name in a request to the model that serves it: one's own, or one that another organisation offers. */
import type { UsageTerms } from '#contracts/usage.ts';
import { AppError } from '#kernel/errors.ts';
import type { OrgId } from '#kernel/ids.ts';
import { redact } from '#kernel/redact.ts';
import type { Refusal, Resolved } from '#routing/market.ts';
import type { SnapshotModel } from '#routing/snapshot.ts';
import { type GatewayCaller, mayCall, mayCallNamed, refuseUnactivated } from './authenticate.ts';
import type { GatewayContext } from './gateway-context.ts';
import type { Hold } from './spending.ts';

export interface ServedModel extends SnapshotModel {
  /** Whose workers serve it. */
  readonly ownerOrgId: OrgId;
  /** Under which it is used, when it is another organisation's. */
  readonly terms?: UsageTerms;
  /** Tokens that are paid for or given already. */
  readonly allowanceLeft?: number;
}

type ServingContext = Pick<GatewayContext, 'snapshot' | 'admission' | 'env'>;

const REFUSED: Readonly<Record<Refusal, (name: string) => AppError>> = {
  not_entitled: (name) =>
    new AppError('offering.not_entitled', {
      publicMessage: `Your organisation may not use \`${name}\`. An owner or manager can take it up or ask for access: POST /api/v1/entitlements or /api/v1/access-requests.`,
      details: { param: 'model' },
    }),
  allowance_used: () => new AppError('offering.allowance_used', { details: { param: 'model' } }),
  subscription_unpaid: () => new AppError('offering.subscription_unpaid', { details: { param: 'model' } }),
};

/**
 * What an organisation runs itself goes first: nobody else's offering can take the place of its own model.
 * @throws model.not_served, api_key.model_not_allowed, offering.not_entitled, offering.allowance_used,
 *   offering.subscription_unpaid
 */
export function findServedModel(context: ServingContext, caller: GatewayCaller, name: string): ServedModel {
  const snapshot = context.snapshot.current;
  const model = snapshot.findModel(name, caller.orgId);
  if (model) refuseUnactivated(snapshot, caller, model);
  if (model && isServedFor(context, caller.orgId, model)) {
    if (!mayCall(caller, model)) throw notAllowed(context);
    return { ...model, ownerOrgId: caller.orgId };
  }
  const resolved = snapshot.market.resolve(caller.orgId, name, context.env.clock.now());
  if (resolved.kind !== 'unknown') return offeredModel(context, caller, resolved);
  throw notServed(name);
}

/** On workers of others nobody goes before their owner: what a key may there was given by its own organisation. */
export function asGuest(caller: GatewayCaller): GatewayCaller {
  if (caller.key?.priorityMax !== 'high') return caller;
  return { ...caller, key: { ...caller.key, priorityMax: 'normal' } };
}

/** Sets aside what the request is expected to cost. @throws wallet.empty, offering.allowance_used */
export function holdCost(
  { spending, admission }: Pick<GatewayContext, 'spending' | 'admission'>,
  { orgId }: GatewayCaller,
  model: ServedModel,
  expected: { readonly inputTokens: number; readonly outputTokens: number },
): Hold {
  try {
    return spending.hold(orgId, model, expected);
  } catch (error) {
    const isUsedUp = error instanceof AppError && error.code === 'offering.allowance_used';
    admission.metrics.refused(isUsedUp ? 'entitlement' : 'wallet');
    throw error;
  }
}

function offeredModel(
  context: ServingContext,
  caller: GatewayCaller,
  resolved: Exclude<Resolved, { kind: 'unknown' }>,
): ServedModel {
  const { offering } = resolved;
  const model = context.snapshot.current.findModel(offering.modelId);
  if (!model) throw notServed(offering.name);
  if (resolved.kind === 'own') {
    if (!mayCallNamed(caller, [offering.name, offering.id, model.id, model.hfId])) throw notAllowed(context);
    if (!isServedFor(context, caller.orgId, model)) throw notServed(offering.name);
    return { ...model, ownerOrgId: caller.orgId };
  }
  if (!mayCallNamed(caller, [offering.name, offering.id])) throw notAllowed(context);
  if (resolved.kind !== 'usable') {
    context.admission.metrics.refused('entitlement');
    throw REFUSED[resolved.kind](offering.name);
  }
  const { terms, allowanceLeft } = resolved;
  return { ...model, ownerOrgId: offering.providerOrgId, terms, allowanceLeft };
}

function isServedFor({ snapshot }: ServingContext, orgId: OrgId, { id }: SnapshotModel): boolean {
  return snapshot.current.workersFor(orgId, id).length > 0 || snapshot.current.isAwaited(orgId, id);
}

function notAllowed({ admission }: ServingContext): AppError {
  admission.metrics.refused('model_not_allowed');
  return new AppError('api_key.model_not_allowed', { details: { param: 'model' } });
}

function notServed(name: string): AppError {
  return new AppError('model.not_served', {
    publicMessage: `The model \`${redact(name)}\` does not exist or is not served now. GET /v1/models lists those that are.`,
    details: { param: 'model' },
  });
}
