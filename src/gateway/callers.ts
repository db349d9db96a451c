/** From an exchange to who asks, and what they may ask for. */
import type { KeyScope } from '#contracts/api-keys.ts';
import { authenticate, type GatewayCaller, hasScope, isUnknownKey, scopeMissing } from './authenticate.ts';
import type { Exchange } from './edge.ts';
import type { GatewayContext } from './gateway-context.ts';

const REREAD_LIMIT_MS = 1_000;

type CallerContext = Pick<GatewayContext, 'snapshot' | 'webBearerKey' | 'env' | 'keyUse' | 'admission'>;

/**
 * Who asks, if they have the scope. A promise only where the database must be asked.
 * @throws auth.ambiguous, auth.invalid_api_key, api_key.scope_missing
 */
export function callerWith(
  scope: KeyScope,
  context: CallerContext,
  exchange: Exchange,
): GatewayCaller | Promise<GatewayCaller> {
  let caller: GatewayCaller;
  try {
    caller = callerNow(context, exchange);
  } catch (error) {
    if (!isUnknownKey(exchange.request, context.snapshot.current)) throw error;
    return rereadCaller(scope, context, exchange);
  }
  return withScope(scope, context, caller);
}

/** A key that was created a moment ago works at once: the one case in which a request waits for the database. */
async function rereadCaller(
  scope: KeyScope,
  context: CallerContext,
  exchange: Exchange,
): Promise<GatewayCaller> {
  await context.snapshot.reread(REREAD_LIMIT_MS);
  return withScope(scope, context, callerNow(context, exchange));
}

function withScope(scope: KeyScope, { admission }: CallerContext, caller: GatewayCaller): GatewayCaller {
  if (hasScope(caller, scope)) return caller;
  admission.metrics.refused('scope');
  throw scopeMissing(scope);
}

function callerNow(
  { snapshot, webBearerKey, env, keyUse }: CallerContext,
  exchange: Exchange,
): GatewayCaller {
  const caller = authenticate(exchange.request, {
    snapshot: snapshot.current,
    webBearerKey,
    nowMs: env.clock.now(),
  });
  if (caller.apiKeyId !== null) keyUse.add(caller.apiKeyId);
  return caller;
}
