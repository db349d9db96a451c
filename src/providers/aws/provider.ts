import type { Clock } from '#kernel/env.ts';
import type { Secret } from '#kernel/secret.ts';
import { ComposedProvider } from '#providers/composed-provider.ts';
import type { Inspection } from '#providers/inspection.ts';
import type { CallContext, Capabilities, ProviderOffer } from '#providers/provider.ts';
import { AwsClient } from './client.ts';
import type { AwsOptions } from './credential.ts';
import { Holdings } from './holdings.ts';
import { inspectAccount } from './inspect.ts';
import { Parts } from './parts.ts';
import { Servers, USER_DATA_BYTES_MAX } from './servers.ts';

/**
 * EC2 of AWS, through its own SDK. Nothing is remembered but types, images and prices of disks, so it may be built
 * anew after a crash at any instant.
 */
export interface AwsProviderOptions extends AwsOptions {
  readonly accessKeyId: string;
  readonly secretAccessKey: Secret;
  readonly sessionToken?: Secret | undefined;
  /** Undefined: AWS's own addresses. */
  readonly baseUrl?: string | undefined;
  readonly clock: Clock;
  readonly id?: string;
  /** How long a new resource may stay invisible in reads. */
  readonly visibilityWindowMs?: number;
}

/** AWS advises to go on asking for five minutes before something new is given up. */
const DEFAULT_VISIBILITY_WINDOW_MS = 300_000;

export class AwsProvider extends ComposedProvider {
  readonly #client: AwsClient;
  readonly #servers: Servers;
  readonly #zones: readonly string[];

  constructor(options: AwsProviderOptions) {
    const { accessKeyId, secretAccessKey, sessionToken, baseUrl, clock, id = 'aws', zones } = options;
    const client = new AwsClient({
      ...{ provider: id, accessKeyId, secretAccessKey, sessionToken, baseUrl, clock },
    });
    const deps = { client, clock, options };
    const servers = new Servers(deps);
    const holdings = new Holdings(client, clock);
    super({
      ...{ id, client, servers, holdings, parts: new Parts(deps), capabilities: capabilitiesOf(options) },
      // They are made with their machines, so they are found among what the account holds.
      volumes: {
        find: (context, ref) => holdings.findVolume(context, 'findVolume', ref),
        delete: (context, ref) => holdings.deleteVolume(context, ref),
      },
    });
    this.#client = client;
    this.#servers = servers;
    this.#zones = zones;
  }

  listOffers(context: CallContext): Promise<ProviderOffer[]> {
    return this.#servers.types.listOffers(context, this.#zones);
  }

  inspect(context: CallContext): Promise<Inspection> {
    const { capabilities } = this;
    return inspectAccount(this.#client, context, { capabilities, zones: this.#zones });
  }
}

function capabilitiesOf(options: AwsProviderOptions): Capabilities {
  return {
    idempotentCreate: 'token',
    visibilityWindowMs: options.visibilityWindowMs ?? DEFAULT_VISIBILITY_WINDOW_MS,
    tombstones: true,
    volumesOutliveServer: options.hasDataVolume,
    parts: ['key', 'security_group'],
    userDataAtEachBoot: false,
    maxUserDataBytes: USER_DATA_BYTES_MAX,
  };
}
