/**
 * Whether machines elsewhere can reach this installation at the URL that is written into their install scripts.
 *
 * A rented machine that cannot call home costs money until somebody sees it, so this is known before one is ordered:
 * the name is resolved, and the api asks itself at that URL, from the outside in. Only we can give the answer, so
 * another server under the same name is told from us.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { lookup } from 'node:dns/promises';
import { BlockList, isIP } from 'node:net';
import { Agent, request } from 'undici';
import { kindOfAddress } from '#kernel/address-rules.ts';
import type { Env } from '#kernel/env.ts';
import { AppError, messageOf } from '#kernel/errors.ts';
import type { Secret } from '#kernel/secret.ts';

export const REACH_PATH = '/api/v1/reach';
export const CHALLENGE_FORM = /^[0-9a-f]{32}$/;

export interface PublicAddress {
  /** @throws control_url.local, control_url.unencrypted, control_url.unreachable */
  require(): void;
}

export type ReachTrouble =
  | { readonly code: 'control_url.local' | 'control_url.unencrypted' }
  | { readonly code: 'control_url.unreachable'; readonly reason: string };

/** What is asked of the world; a test has its own. */
export interface ReachQuestions {
  /** Every address of a name; throws when it has none. */
  readonly resolve: (hostname: string) => Promise<readonly string[]>;
  /** Undefined when we answered ourselves, else what went wrong. */
  readonly ask: (url: string) => Promise<string | undefined>;
}

const GOOD_FOR_MS = 60_000;
const BAD_FOR_MS = 5_000;
const ASK_LIMIT_MS = 5_000;
const ANSWER_BYTES_MAX = 4_096;

/** This machine itself, also where version 6 wraps version 4. */
const LOCAL = new BlockList();
LOCAL.addSubnet('127.0.0.0', 8, 'ipv4');
LOCAL.addAddress('0.0.0.0', 'ipv4');
LOCAL.addSubnet('::ffff:7f00:0', 104, 'ipv6');
for (const address of ['::', '::1', '::ffff:0:0']) LOCAL.addAddress(address, 'ipv6');

/** The answer that only an installation with this key can give. */
export function answerChallenge(key: Secret, challenge: string): string {
  return createHmac('sha256', key.reveal()).update(`reach\n${challenge}`).digest('hex');
}

export function reachQuestions(env: Env, key: Secret): ReachQuestions {
  return {
    resolve: async (hostname) => (await lookup(hostname, { all: true })).map(({ address }) => address),
    ask: (url) => askOurselves(env, key, url),
  };
}

/** Undefined: machines elsewhere reach us there, as far as can be seen from here. */
export async function findReachTrouble(
  publicUrl: string,
  { resolve, ask }: ReachQuestions,
): Promise<ReachTrouble | undefined> {
  const { hostname, protocol } = new URL(publicUrl);
  const host = hostname.replace(/^\[|\]$/g, '');
  if (host === 'localhost' || host.endsWith('.localhost')) return { code: 'control_url.local' };
  let addresses: readonly string[];
  try {
    addresses = isIP(host) ? [host] : await resolve(host);
  } catch (error) {
    return unreachable(`its name cannot be resolved (${messageOf(error)})`);
  }
  if (addresses.length === 0) return unreachable('its name has no address');
  if (addresses.some(isLocal)) return { code: 'control_url.local' };
  const isPlain = protocol !== 'https:';
  if (isPlain && addresses.some((address) => kindOfAddress(address) === 'public')) {
    return { code: 'control_url.unencrypted' };
  }
  const reason = await ask(publicUrl);
  return reason === undefined ? undefined : unreachable(reason);
}

export interface WatchedAddress extends PublicAddress {
  start(): void;
  stop(): Promise<void>;
}

/** Where nobody shall look. */
export const UNWATCHED: WatchedAddress = { require() {}, start() {}, async stop() {} };

/** Looks now and then, so that an order learns at once what was seen last. */
export class PublicAddressWatch implements WatchedAddress {
  readonly #env: Env;
  readonly #url: string;
  readonly #questions: ReachQuestions;
  readonly #stopping = new AbortController();
  #trouble: ReachTrouble | undefined = unreachable('it was not looked at yet: try again in a moment');
  #loop: Promise<void> | undefined;

  constructor(env: Env, publicUrl: string, questions: ReachQuestions) {
    this.#env = env;
    this.#url = publicUrl;
    this.#questions = questions;
  }

  start(): void {
    this.#loop ??= this.#run();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#loop;
  }

  require(): void {
    if (!this.#trouble) return;
    const { code } = this.#trouble;
    const reason = 'reason' in this.#trouble ? `: ${this.#trouble.reason}` : '';
    throw new AppError(code, { publicMessage: `${MESSAGES[code](this.#url)}${reason}.` });
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      const before = this.#trouble?.code;
      this.#trouble = await findReachTrouble(this.#url, this.#questions);
      // Nothing about it changes by itself: it is our own setting.
      if (this.#trouble?.code === 'control_url.local') return;
      if (this.#trouble && this.#trouble.code !== before) {
        this.#env.log.warn({ ...this.#trouble, url: this.#url }, 'machines elsewhere cannot reach us');
      }
      const pauseMs = this.#trouble ? BAD_FOR_MS : GOOD_FOR_MS;
      await this.#env.sleep(pauseMs, signal).catch(() => undefined);
    }
  }
}

const MESSAGES: Readonly<Record<ReachTrouble['code'], (url: string) => string>> = {
  'control_url.local': (url) =>
    `Machines elsewhere cannot reach this installation at ${url}. Set PUBLIC_URL to an address that they reach, or in development start with make expose`,
  'control_url.unencrypted': (url) =>
    `Machines would speak to ${url} over a public network without encryption. Set PUBLIC_URL to its https:// address`,
  'control_url.unreachable': (url) => `This installation does not find itself at PUBLIC_URL ${url}`,
};

function isLocal(address: string): boolean {
  return LOCAL.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
}

function unreachable(reason: string): ReachTrouble {
  return { code: 'control_url.unreachable', reason };
}

async function askOurselves(env: Env, key: Secret, publicUrl: string): Promise<string | undefined> {
  const challenge = Buffer.from(env.random.bytes(16)).toString('hex');
  const dispatcher = new Agent({ connect: { timeout: ASK_LIMIT_MS }, maxResponseSize: ANSWER_BYTES_MAX });
  try {
    const answer = await request(`${publicUrl}${REACH_PATH}?challenge=${challenge}`, {
      dispatcher,
      signal: AbortSignal.timeout(ASK_LIMIT_MS),
    });
    const text = await answer.body.text();
    if (answer.statusCode !== 200) return `it answers with status ${answer.statusCode}`;
    return isAnswer(text, answerChallenge(key, challenge))
      ? undefined
      : 'another server answers there, or another installation';
  } catch (error) {
    return `it does not answer (${messageOf(error)})`;
  } finally {
    void dispatcher.destroy();
  }
}

function isAnswer(text: string, expected: string): boolean {
  try {
    const { answer } = JSON.parse(text) as { answer?: unknown };
    if (typeof answer !== 'string' || answer.length !== expected.length) return false;
    return timingSafeEqual(Buffer.from(answer), Buffer.from(expected));
  } catch {
    return false;
  }
}
