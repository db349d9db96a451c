import type { EC2 } from '@aws-sdk/client-ec2';
import type { Pricing } from '@aws-sdk/client-pricing';
import type { STS } from '@aws-sdk/client-sts';
import type { Clock } from '#kernel/env.ts';
import type { Secret } from '#kernel/secret.ts';
import { type CallFacts, errorOfSilence, errorOfUnreadable } from '#providers/call-errors.ts';
import { type CallContext, ProviderError } from '#providers/provider.ts';
import { errorOf } from './errors.ts';

/**
 * AWS's own SDK, one client for each service and region. It is large, so it is loaded with the first call: who has no
 * account there never loads it. It retries nothing: when to ask again is decided above.
 */
export interface ClientOptions {
  readonly provider: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: Secret;
  readonly sessionToken: Secret | undefined;
  /** Undefined: AWS's own addresses. */
  readonly baseUrl: string | undefined;
  readonly clock: Clock;
}

export interface ClientCall {
  readonly operation: string;
  readonly region: string;
  /** Repeating it could make or end something a second time. */
  readonly isMutation: boolean;
}

interface SendOptions {
  readonly abortSignal: AbortSignal;
}

/** A page of a list. The rows are missing where the answer was none. */
export interface Page<R> {
  readonly rows: readonly R[] | undefined;
  readonly next: string | undefined;
}

/** Prices of all regions are told in a few of them. */
const PRICING_REGION = 'us-east-1';
const PAGES_MAX = 500;

export class AwsClient {
  readonly provider: string;
  readonly #options: ClientOptions;
  readonly #ec2 = new Map<string, Promise<EC2>>();
  #sts: Promise<STS> | undefined;
  #pricing: Promise<Pricing> | undefined;

  constructor(options: ClientOptions) {
    this.#options = options;
    this.provider = options.provider;
  }

  /** One call of EC2, sent once, with every way to fail told as a ProviderError. */
  async ec2<T>(
    context: CallContext,
    call: ClientCall,
    send: (ec2: EC2, options: SendOptions) => Promise<T>,
  ): Promise<T> {
    return this.#call(context, call, async (options) => send(await this.#ec2In(call.region), options));
  }

  /** @throws ProviderError also where an answer does not have what it must have */
  async ec2With<T, V>(
    context: CallContext,
    call: ClientCall,
    send: (ec2: EC2, options: SendOptions) => Promise<T>,
    read: (answer: T) => V | undefined,
  ): Promise<V> {
    const value = read(await this.ec2(context, call, send));
    if (value === undefined) throw errorOfUnreadable(this.#factsOf(call), 200);
    return value;
  }

  /** All pages of a list, or none: a list is whole when AWS names no next page. */
  async list<R>(
    context: CallContext,
    operation: string,
    region: string,
    read: (ec2: EC2, token: { NextToken?: string }, options: SendOptions) => Promise<Page<R>>,
  ): Promise<R[]> {
    const call = { operation, region, isMutation: false };
    return this.#pages(call, (token) => this.ec2(context, call, (ec2, options) => read(ec2, token, options)));
  }

  async sts<T>(
    context: CallContext,
    call: ClientCall,
    send: (sts: STS, options: SendOptions) => Promise<T>,
  ): Promise<T> {
    this.#sts ??= import('@aws-sdk/client-sts').then((sdk) => new sdk.STS(this.#configOf(call.region)));
    const sts = await this.#sts;
    return this.#call(context, call, (options) => send(sts, options));
  }

  async listPrices(
    context: CallContext,
    operation: string,
    read: (pricing: Pricing, token: { NextToken?: string }, options: SendOptions) => Promise<Page<unknown>>,
  ): Promise<unknown[]> {
    const call = { operation, region: PRICING_REGION, isMutation: false };
    this.#pricing ??= import('@aws-sdk/client-pricing').then(
      (sdk) => new sdk.Pricing(this.#configOf(PRICING_REGION)),
    );
    const pricing = await this.#pricing;
    return this.#pages(call, (token) =>
      this.#call(context, call, (options) => read(pricing, token, options)),
    );
  }

  async close(): Promise<void> {
    for (const client of this.#ec2.values()) (await client).destroy();
    (await this.#sts)?.destroy();
    (await this.#pricing)?.destroy();
  }

  async #pages<R>(call: ClientCall, read: (token: { NextToken?: string }) => Promise<Page<R>>): Promise<R[]> {
    const rows: R[] = [];
    let next: string | undefined;
    for (let page = 0; page < PAGES_MAX; page++) {
      const answer = await read(next === undefined ? {} : { NextToken: next });
      if (!answer.rows) throw errorOfUnreadable(this.#factsOf(call), 200);
      rows.push(...answer.rows);
      if (!answer.next) return rows;
      if (answer.next === next) throw this.#incomplete(call, 'a page names itself as the next one');
      next = answer.next;
    }
    throw this.#incomplete(call, `there are more than ${PAGES_MAX} pages`);
  }

  async #call<T>(
    context: CallContext,
    call: ClientCall,
    send: (options: SendOptions) => Promise<T>,
  ): Promise<T> {
    const facts = this.#factsOf(call);
    if (context.signal.aborted) throw errorOfSilence(facts, context.signal.reason, false);
    try {
      return await send({ abortSignal: context.signal });
    } catch (error) {
      throw errorOf(facts, error, this.#options.clock.now());
    }
  }

  #ec2In(region: string): Promise<EC2> {
    const known = this.#ec2.get(region);
    if (known !== undefined) return known;
    const made = import('@aws-sdk/client-ec2').then((sdk) => new sdk.EC2(this.#configOf(region)));
    this.#ec2.set(region, made);
    return made;
  }

  /** Everything is told here, so that nothing is looked for in files and variables of the machine. */
  #configOf(region: string) {
    const { accessKeyId, secretAccessKey, sessionToken, baseUrl } = this.#options;
    return {
      region,
      maxAttempts: 1,
      retryMode: 'standard',
      defaultsMode: 'standard' as const,
      useFipsEndpoint: false,
      useDualstackEndpoint: false,
      customUserAgent: 'inventiv-agents',
      credentials: {
        accessKeyId,
        secretAccessKey: secretAccessKey.reveal(),
        ...(sessionToken ? { sessionToken: sessionToken.reveal() } : {}),
      },
      ...(baseUrl === undefined ? {} : { endpoint: baseUrl }),
    };
  }

  #factsOf({ operation, isMutation }: ClientCall): CallFacts {
    return { provider: this.provider, operation, isMutation };
  }

  #incomplete({ operation }: ClientCall, reason: string): ProviderError {
    return new ProviderError(`${operation} got an incomplete list: ${reason}`, {
      kind: 'retryable',
      provider: this.provider,
      operation,
      outcomeUnknown: false,
      providerCode: 'incomplete_list',
    });
  }
}
