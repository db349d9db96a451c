import type { Env } from './env.ts';

/** Prefix of every id, by what it names. The prefix makes an id readable in a log and refuses mix-ups at compile time. */
export const ID_PREFIXES = {
  organisation: 'org',
  user: 'user',
  session: 'sess',
  apiKey: 'key',
  model: 'model',
  instanceType: 'type',
  deployment: 'dep',
  instance: 'inst',
  volume: 'vol',
  attempt: 'att',
  action: 'act',
  costEvent: 'cev',
  costInterval: 'cost',
  request: 'req',
  lease: 'lease',
  correlation: 'cor',
  installation: 'ins',
  providerAccount: 'acc',
  alert: 'alert',
  reinstall: 'rein',
  sweepRound: 'round',
  finding: 'find',
  confirmation: 'conf',
  reconcile: 'rec',
  catalogueSync: 'sync',
  file: 'file',
  batch: 'batch',
  invitation: 'invt',
  project: 'proj',
  offering: 'off',
  offeringTerms: 'terms',
  contract: 'con',
  accessRequest: 'ask',
  plan: 'plan',
  entitlement: 'ent',
  subscriptionPeriod: 'month',
  walletMove: 'move',
  mail: 'mail',
  accountLink: 'link',
  accountEntry: 'entry',
  audit: 'aud',
  webhook: 'hook',
  delivery: 'dlv',
  conversation: 'conv',
  conversationLink: 'shared',
  message: 'msg',
  chatProject: 'chat',
  prompt: 'prompt',
  host: 'host',
  hostClaim: 'claim',
  flavour: 'flav',
  hostEnrolment: 'enrol',
} as const;

export type IdKind = keyof typeof ID_PREFIXES;
export type Id<K extends IdKind> = `${(typeof ID_PREFIXES)[K]}_${string}`;

export type OrgId = Id<'organisation'>;
export type ReinstallId = Id<'reinstall'>;
export type UserId = Id<'user'>;
export type SessionId = Id<'session'>;
export type ApiKeyId = Id<'apiKey'>;
export type ModelId = Id<'model'>;
export type InstanceTypeId = Id<'instanceType'>;
export type DeploymentId = Id<'deployment'>;
export type InstanceId = Id<'instance'>;
export type VolumeId = Id<'volume'>;
export type AttemptId = Id<'attempt'>;
export type ProviderAccountId = Id<'providerAccount'>;
export type CorrelationId = Id<'correlation'>;
export type RequestId = Id<'request'>;
export type FileId = Id<'file'>;
export type BatchId = Id<'batch'>;
export type InvitationId = Id<'invitation'>;
export type ProjectId = Id<'project'>;
export type OfferingId = Id<'offering'>;
export type ContractId = Id<'contract'>;
export type EntitlementId = Id<'entitlement'>;
export type PlanId = Id<'plan'>;
export type AccessRequestId = Id<'accessRequest'>;
export type WebhookId = Id<'webhook'>;
export type DeliveryId = Id<'delivery'>;
export type ConversationId = Id<'conversation'>;
export type ChatProjectId = Id<'chatProject'>;
export type PromptId = Id<'prompt'>;
export type HostId = Id<'host'>;
export type FlavourId = Id<'flavour'>;

const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';
/** Each two characters by the ten bits that they stand for. */
const PAIRS: readonly string[] = Array.from(
  { length: 1_024 },
  (_none, bits) => `${ALPHABET[bits >> 5]}${ALPHABET[bits & 31]}`,
);
const BODY = /^[0-9a-hjkmnp-tv-z]{26}$/;

/** A new id: prefix, then 48 bits of time and 80 of randomness in base 32, so ids sort by creation. */
export function newId<K extends IdKind>(env: Pick<Env, 'clock' | 'random'>, kind: K): Id<K> {
  return `${ID_PREFIXES[kind]}_${encodeTime(env.clock.now())}${encodeBytes(env.random.bytes(10))}` as Id<K>;
}

/** The same id for the same bytes, of which there must be at least 26; their low bits should be random. */
export function idFrom<K extends IdKind>(kind: K, bytes: Uint8Array): Id<K> {
  const body = Array.from(bytes.subarray(0, 26), (byte) => ALPHABET[byte & 31]).join('');
  return `${ID_PREFIXES[kind]}_${body}` as Id<K>;
}

export function isId<K extends IdKind>(kind: K, text: string): text is Id<K> {
  const prefix = `${ID_PREFIXES[kind]}_`;
  return text.startsWith(prefix) && BODY.test(text.slice(prefix.length));
}

/** The text of a millisecond is asked for as often as it has requests. */
let encodedMs = -1;
let encodedTime = '';

function encodeTime(ms: number): string {
  if (ms === encodedMs) return encodedTime;
  let rest = ms;
  let text = '';
  for (let i = 0; i < 10; i++) {
    text = ALPHABET[rest % 32] + text;
    rest = Math.floor(rest / 32);
  }
  encodedMs = ms;
  encodedTime = text;
  return text;
}

/** Ten bytes are two times five, and five bytes are eight characters of five bits. */
function encodeBytes(bytes: Uint8Array): string {
  return encodeFive(bytes, 0) + encodeFive(bytes, 5);
}

function encodeFive(bytes: Uint8Array, at: number): string {
  const middle = bytes[at + 2] as number;
  const high = ((bytes[at] as number) << 12) | ((bytes[at + 1] as number) << 4) | (middle >> 4);
  const low = ((middle & 15) << 16) | ((bytes[at + 3] as number) << 8) | (bytes[at + 4] as number);
  return encodeTwenty(high) + encodeTwenty(low);
}

function encodeTwenty(bits: number): string {
  return (PAIRS[bits >> 10] as string) + (PAIRS[bits & 1_023] as string);
}
