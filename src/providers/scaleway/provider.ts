import type { Clock } from '#kernel/env.ts';
import type { Secret } from '#kernel/secret.ts';
import { ComposedProvider } from '#providers/composed-provider.ts';
import type { Inspection } from '#providers/inspection.ts';
import type {
  CallContext,
  Capabilities,
  CreateServer,
  ProviderOffer,
  ResourceRef,
} from '#providers/provider.ts';
import { ScalewayClient } from './client.ts';
import type { ScalewayOptions } from './credential.ts';
import { Holdings } from './holdings.ts';
import { inspectAccount } from './inspect.ts';
import { Parts } from './parts.ts';
import { Servers, USER_DATA_BYTES_MAX } from './servers.ts';
import { Volumes } from './volumes.ts';

/**
 * Scaleway's instances, by HTTP alone. Nothing is remembered but the list of types, so it may be built anew after a
 * crash at any instant.
 */
export interface ScalewayProviderOptions extends ScalewayOptions {
  readonly baseUrl: string;
  readonly secretKey: Secret;
  readonly clock: Clock;
  readonly id?: string;
  /** How long a new resource may stay invisible in reads. */
  readonly visibilityWindowMs?: number;
}

const DEFAULT_VISIBILITY_WINDOW_MS = 60_000;

export class ScalewayProvider extends ComposedProvider {
  readonly #client: ScalewayClient;
  readonly #servers: Servers;
  readonly #zones: readonly string[];
  readonly #projectId: string;

  constructor(options: ScalewayProviderOptions) {
    const { baseUrl, secretKey, clock, projectId, id = 'scaleway', zones } = options;
    const client = new ScalewayClient({ provider: id, baseUrl, secretKey, clock });
    const volumes = new Volumes(client);
    const common = { client, clock, volumes };
    const parts = new Parts({ ...common, projectId });
    const servers = new Servers({ ...common, options, parts });
    super({
      ...{ id, client, servers, parts, capabilities: capabilitiesOf(options) },
      holdings: new Holdings(client, projectId, volumes),
      volumes: {
        find: async (context, ref) => (await volumes.find(context, 'findVolume', ref))?.volume,
        delete: (context, ref) => volumes.delete(context, 'deleteVolume', ref),
      },
    });
    this.#client = client;
    this.#servers = servers;
    this.#zones = zones;
    this.#projectId = projectId;
  }

  prepareServer(context: CallContext, ref: ResourceRef, order: CreateServer): Promise<void> {
    return this.#servers.prepare(context, ref, order);
  }

  listOffers(context: CallContext): Promise<ProviderOffer[]> {
    return this.#servers.products.listOffers(context, this.#zones);
  }

  inspect(context: CallContext): Promise<Inspection> {
    const { capabilities } = this;
    return inspectAccount(this.#client, context, {
      capabilities,
      projectId: this.#projectId,
      zones: this.#zones,
    });
  }
}

function capabilitiesOf(options: ScalewayProviderOptions): Capabilities {
  return {
    idempotentCreate: 'tag',
    visibilityWindowMs: options.visibilityWindowMs ?? DEFAULT_VISIBILITY_WINDOW_MS,
    tombstones: false,
    volumesOutliveServer: true,
    parts: options.hasDataVolume ? ['security_group', 'address', 'volume'] : ['security_group', 'address'],
    userDataAtEachBoot: true,
    maxUserDataBytes: USER_DATA_BYTES_MAX,
  };
}
