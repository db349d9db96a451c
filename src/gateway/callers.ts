/** From an exchange to who asks, and what they may ask for. */
import type { KeyScope } from '#contracts/api-keys.ts';
import { authenticate, type GatewayCaller, hasScope, isUnknownKey, scopeMissing } from './authenticate.ts';
import type { Exchange } from './edge.ts';
import type { GatewayContext } from './gateway-context.ts';

const REREAD_LIMIT_MS = 1_000;

type CallerContext = Pick<GatewayContext, 'snapshot' | 'webBearerKey' | 'env' | 'keyUse' | 'admission'>;

/** @throws auth.ambiguous, auth.invalid_api_key, api_key.scope_missing */
export async function callerWith(
  scope: KeyScope,
  context: CallerContext,
  exchange: Exchange,
): Promise<GatewayCaller> {
  const caller = await callerOf(context, exchange);
  if (hasScope(caller, scope)) return caller;
  context.admission.metrics.refused('scope');
  throw scopeMissing(scope);
}

/** A key that was created a moment ago works at once: the one case in which a request waits for the database. */
async function callerOf(context: CallerContext, exchange: Exchange): Promise<GatewayCaller> {
  const { snapshot } = context;
  try {
    return callerNow(context, exchange);
  } catch (error) {
    if (!isUnknownKey(exchange.request, snapshot.current)) throw error;
  }
  await snapshot.reread(REREAD_LIMIT_MS);
  return callerNow(context, exchange);
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
