import { errorOfUnreadable } from '#providers/call-errors.ts';
import { type Inspection, neededRights, type RightFinding, type ZoneFinding } from '#providers/inspection.ts';
import { type CallContext, type Capabilities, ProviderError } from '#providers/provider.ts';
import { ACTIONS, type Action } from './actions.ts';
import type { AwsClient } from './client.ts';
import { hasCode } from './errors.ts';
import { readPrices } from './prices.ts';
import { regionOf } from './zones.ts';

/**
 * What an account may do: each action is tried dry, in the first region that answers, because IAM knows no regions
 * of its own. What AWS refuses for another reason than a right stays unknown: it looked at that reason first.
 */
const OPERATION = 'inspect';
/** EC2 allows an account few calls a second, and other programs share them. */
const AT_ONCE = 4;

interface Order {
  readonly capabilities: Capabilities;
  readonly zones: readonly string[];
}

/** @throws ProviderError `auth` for a wrong key, and what a region answered where none of them answers. */
export async function inspectAccount(
  client: AwsClient,
  context: CallContext,
  { capabilities, zones }: Order,
): Promise<Inspection> {
  const regions = [...new Set(zones.map(regionOf))];
  const home = regions[0] ?? 'us-east-1';
  const identity = await identityOf(client, context, home);
  const failures = new Map<string, ProviderError>();
  for (const region of regions) {
    const failure = await failureOf(client, context, region);
    if (failure) failures.set(region, failure);
  }
  const reached = regions.find((region) => !failures.has(region));
  const [failure] = failures.values();
  if (reached === undefined && failure) throw failure;
  const needed = neededRights(capabilities);
  const rights: RightFinding[] = [];
  for (let done = 0; done < ACTIONS.length; done += AT_ONCE) {
    const some = ACTIONS.slice(done, done + AT_ONCE).map(async (action): Promise<RightFinding> => {
      const state = await stateOf(client, context, reached ?? home, action);
      return { right: action.right, state, isNeeded: needed.has(action.right), name: action.name };
    });
    rights.push(...(await Promise.all(some)));
  }
  return {
    identity,
    expiresAtMs: null,
    rights,
    quotas: [],
    zones: zones.map((zone): ZoneFinding => {
      const error = failures.get(regionOf(zone))?.facts.kind ?? null;
      return { zone, isReachable: error === null, error };
    }),
  };
}

async function identityOf(client: AwsClient, context: CallContext, region: string) {
  const call = { operation: OPERATION, region, isMutation: false };
  const { Account, Arn } = await client.sts(context, call, (sts, options) =>
    sts.getCallerIdentity({}, options),
  );
  if (!Account) throw errorOfUnreadable({ ...call, provider: client.provider }, 200);
  return { account: Account, principal: Arn ?? null };
}

/** A region may be switched off for an account, or away. A missing right is no matter of regions. */
async function failureOf(
  client: AwsClient,
  context: CallContext,
  region: string,
): Promise<ProviderError | undefined> {
  try {
    const call = { operation: OPERATION, region, isMutation: false };
    await client.ec2(context, call, (ec2, options) => ec2.describeInstances({ MaxResults: 5 }, options));
    return undefined;
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    return error.facts.kind === 'permission' ? undefined : error;
  }
}

async function stateOf(
  client: AwsClient,
  context: CallContext,
  region: string,
  { dry }: Action,
): Promise<RightFinding['state']> {
  try {
    if (dry) await client.ec2(context, { operation: OPERATION, region, isMutation: false }, dry);
    else await readPrices(client, context, OPERATION, region);
    return 'granted';
  } catch (error) {
    if (hasCode(error, 'DryRunOperation')) return 'granted';
    if (!(error instanceof ProviderError)) throw error;
    return error.facts.kind === 'permission' ? 'missing' : 'unknown';
  }
}
