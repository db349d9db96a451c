import { Secret } from '#kernel/secret.ts';
import type { CallContext, CreateServer, Ownership, PartKind } from '#providers/provider.ts';
import { ProviderError } from '#providers/provider.ts';
import { env } from '#providers/provider-bench.ts';
import { localVolumeSchema } from '../../answers.ts';
import { ScalewayClient } from '../../client.ts';
import { findImage } from '../../images.ts';
import { readList } from '../../lists.ts';
import { zonePath } from '../../paths.ts';
import { Products } from '../../products.ts';
import { ScalewayProvider } from '../../provider.ts';
import { faultOfResponse } from './decode.ts';
import { jsonOf, type Operation, operationOf } from './endpoints.ts';
import { imageOf, otherVolume, rootOf, typesOf } from './recorded-facts.ts';
import type { Interaction, Recording } from './recording.ts';
import { classifyErrors, emptyResult, type ReplayResult } from './replay-result.ts';
import { ReplayServer } from './replay-server.ts';

const CONTEXT_MS = 30_000;
const OWNER: Ownership = {
  installation: 'replay',
  instance: 'inst_replay',
  attempt: 'att_replay',
  expiresAtMs: 1_900_000_000_000,
};
const GB = 1_000_000_000;
/** What an order of ours may hold; others are no orders that we could repeat. */
const SERVER_FIELDS = new Set([
  ...['name', 'tags', 'project', 'organization', 'commercial_type', 'image', 'volumes', 'boot_type'],
  ...['dynamic_ip_required', 'public_ips', 'security_group', 'routed_ip_enabled'],
]);

/**
 * Drives our adapter through what somebody else once did: each recorded order is given by our adapter and must be the
 * same call, each recorded read is made by our adapter and its answer must be understood. What was made must be gone
 * at the end wherever the recording ends it.
 */
export async function replayRecording(recording: Recording): Promise<ReplayResult> {
  if (recording.kind === 'errors') return classifyErrors(recording);
  const server = await ReplayServer.start(recording.interactions);
  try {
    return await new Replay(recording, server).run();
  } finally {
    await server.close();
  }
}

class Replay {
  readonly #recording: Recording;
  readonly #server: ReplayServer;
  readonly #result = emptyResult();
  /** Made by a recorded order, not ended yet: how each was made. */
  readonly #living = new Map<string, { readonly kind: string; readonly fromIndex: number }>();
  readonly #localOf = new Map<string, string[]>();
  readonly #skipped = new Set<number>();

  constructor(recording: Recording, server: ReplayServer) {
    this.#recording = recording;
    this.#server = server;
  }

  async run(): Promise<ReplayResult> {
    const result = this.#result;
    if (this.#recording.unreadable > 0) {
      result.operations += this.#recording.unreadable;
      result.skipped['interaction_unreadable'] = this.#recording.unreadable;
    }
    for (const interaction of this.#recording.interactions) {
      result.operations += 1;
      this.#server.now = interaction.index;
      const operation = operationOf(interaction);
      if (operation.do === 'skip') this.#skip(interaction, operation.reason);
      else if (!this.#server.served.has(interaction.index)) await this.#replay(interaction, operation);
      this.#follow(interaction, operation);
      this.#decode(interaction);
    }
    result.replayed = [...this.#server.served].filter((index) => !this.#skipped.has(index)).length;
    result.unmatched.push(...this.#server.unmatched);
    result.own_tag_calls = this.#server.ownTagCalls;
    for (const [id, { kind, fromIndex }] of this.#living) {
      if (this.#isEnded(id, fromIndex)) result.leftovers.push(`${kind} ${id}`);
      else result.not_ended_in_recording += 1;
    }
    return result;
  }

  #decode(interaction: Interaction): void {
    const fault = faultOfResponse(interaction);
    if (fault === undefined) this.#result.decoded_responses += 1;
    else if (fault !== 'not_ours') this.#result.unmatched.push(`${word(interaction)}: ${fault}`);
  }

  async #replay(interaction: Interaction, operation: Operation): Promise<void> {
    const reason = this.#impossible(interaction, operation);
    if (reason !== undefined) return this.#skip(interaction, reason);
    if (interaction.method !== 'GET') this.#server.expected = interaction;
    const provider = this.#provider(interaction);
    const servedBefore = this.#server.served.size;
    const [unmatchedBefore, notRecordedBefore] = [
      this.#server.unmatched.length,
      this.#server.notRecorded.length,
    ];
    const served = () => this.#server.served.size - servedBefore;
    try {
      const outcome = await this.#do(provider, interaction, operation);
      if (outcome === 'skipped') return;
      // All that was served on the way was understood.
      this.#result.parsed_responses += served();
      if (!this.#server.served.has(interaction.index)) this.#notAsked(interaction, operation);
    } catch (error) {
      const isCut =
        this.#server.notRecorded.length > notRecordedBefore &&
        this.#server.unmatched.length === unmatchedBefore;
      if (!(error instanceof ProviderError)) {
        this.#result.unmatched.push(`${word(interaction)}: our adapter broke: ${String(error)}`);
      } else if (this.#isToldRightly(interaction, error)) {
        this.#result.parsed_responses += served();
      } else {
        const reason = this.#cutOff(interaction, operation, error, isCut);
        if (reason === undefined) this.#result.unmatched.push(`${word(interaction)}: ${error.message}`);
        // What was asked before the gap was asked rightly.
        else if (this.#server.served.has(interaction.index)) this.#result.parsed_responses += served();
        else this.#skip(interaction, reason);
      }
    } finally {
      this.#server.expected = undefined;
      await provider.close();
    }
  }

  /** The recorded refusal was understood. Without a body of Scaleway's own a 404 is no absence, so `unknown` is right. */
  #isToldRightly({ code, body, index }: Interaction, error: ProviderError): boolean {
    if (code < 400 || !this.#server.served.has(index)) return false;
    return error.facts.kind !== 'unknown' || (code === 404 && jsonOf(body)?.['type'] === undefined);
  }

  /** Why the recording cannot answer what our adapter needs to know, if that is so. */
  #cutOff(
    interaction: Interaction,
    operation: Operation,
    error: ProviderError,
    isCut: boolean,
  ): string | undefined {
    if (isCut) return 'read_not_in_recording';
    const isGone = error.facts.kind === 'not_found' && interaction.method !== 'GET';
    if (isGone && this.#server.isGone(interaction.path.replace(/\/(action|user_data.*)$/, ''))) {
      return 'gone_already';
    }
    const zone = 'zone' in operation ? operation.zone : '';
    const isList = error.facts.providerCode === 'incomplete_list';
    const lists = this.#recording.interactions.filter(
      ({ method, path, code }) =>
        method === 'GET' && code === 200 && path.includes(`/zones/${zone}/products/`),
    );
    return isList && lists.some((list) => !this.#server.isWhole(list))
      ? 'list_not_whole_in_recording'
      : undefined;
  }

  /** Our adapter reached its end without the recorded call: a delete of what is gone, mostly. */
  #notAsked(interaction: Interaction, operation: Operation): void {
    const isDelete = interaction.method === 'DELETE';
    const isAbsent = interaction.code === 404 || (isDelete && this.#server.isGone(interaction.path));
    if (isAbsent && isDelete) this.#skip(interaction, 'gone_already');
    else if (interaction.code >= 400 && operation.do === 'volume')
      this.#skip(interaction, 'volume_of_the_other_api');
    else this.#result.unmatched.push(`${word(interaction)} was not asked for by ${operation.do}`);
  }

  /** Undefined when the recording holds all that our adapter asks for. */
  #impossible(interaction: Interaction, operation: Operation): string | undefined {
    const isListed = ['servers', 'blocks', 'locals', 'addresses', 'security_groups', 'products', 'stock'];
    if (isListed.includes(operation.do) && interaction.code === 200 && !this.#server.isWhole(interaction)) {
      return 'list_not_whole_in_recording';
    }
    if (interaction.method === 'GET') return undefined;
    switch (operation.do) {
      case 'create_server':
        return this.#otherServer(interaction, operation.zone);
      case 'create_volume':
        return otherVolume(interaction);
      case 'create_address':
        return jsonOf(interaction.requestBody)?.['server'] ? 'address_made_attached' : undefined;
      case 'delete_server':
      case 'reboot':
        return this.#otherState(interaction, operation);
      case 'delete_volume':
      case 'delete_address':
        return this.#isUsed(interaction) ? 'still_used_in_recording' : undefined;
      default:
        return undefined;
    }
  }

  #otherServer(interaction: Interaction, zone: string): string | undefined {
    if (interaction.code >= 400) return 'refused_order_of_others';
    const body = jsonOf(interaction.requestBody) ?? {};
    const asked = Object.entries(body).filter(([, value]) => value !== null && value !== false);
    if (asked.some(([key]) => !SERVER_FIELDS.has(key))) return 'order_with_other_wishes';
    if ((body['boot_type'] ?? 'local') !== 'local') return 'order_with_other_wishes';
    const ips = (body['public_ips'] ?? []) as unknown[];
    if (body['dynamic_ip_required'] === true && ips.length > 0) return 'order_with_other_wishes';
    if (!typesOf(this.#recording, zone).has(String(body['commercial_type']))) return 'type_not_in_recording';
    if (!imageOf(this.#recording, body['image'], zone)) return 'image_not_in_recording';
    return this.#hasOtherDisks(body, zone) ? 'disks_that_we_do_not_make' : undefined;
  }

  /** A state in which we would order something else, because reads were left out of the recording. */
  #otherState(interaction: Interaction, operation: Operation): string | undefined {
    const path = interaction.path.replace(/\/action$/, '');
    const server = this.#server.lastSeen(path)?.['server'] as { state?: string } | undefined;
    if (!server) return 'gone_already';
    const wanted =
      interaction.method === 'DELETE'
        ? ['stopped']
        : operation.do === 'reboot'
          ? ['running']
          : ['running', 'stopped in place'];
    return wanted.includes(server.state ?? '') ? undefined : 'state_not_in_recording';
  }

  /** Others let go of a thing by deleting it; we wait until its server has let go. */
  #isUsed({ path }: Interaction): boolean {
    const body = this.#server.lastSeen(path) ?? {};
    const one = (body['ip'] ?? body['volume'] ?? body) as { server?: unknown; references?: unknown[] };
    return (one.server ?? null) !== null || (one.references ?? []).length > 0;
  }

  async #do(provider: ScalewayProvider, interaction: Interaction, operation: Operation): Promise<unknown> {
    const context = aContext();
    switch (operation.do) {
      case 'server':
        return provider.findServer(context, operation);
      case 'volume':
        return provider.findVolume(context, operation);
      case 'address':
      case 'security_group':
        return provider.findPart(context, operation.do, operation);
      case 'servers':
        return provider.findServersByAttempt(context, operation.zone, 'att_none');
      case 'blocks':
        return provider.findPartsByAttempt(context, 'volume', operation.zone, 'att_none');
      case 'addresses':
        return provider.findPartsByAttempt(context, 'address', operation.zone, 'att_none');
      case 'security_groups':
        return provider.findPartsByAttempt(context, 'security_group', operation.zone, 'att_none');
      case 'locals':
      case 'products':
      case 'stock':
      case 'images':
        return this.#readCatalogue(interaction, operation);
      default:
        return this.#order(provider, interaction, operation);
    }
  }

  async #readCatalogue(interaction: Interaction, operation: Operation): Promise<unknown> {
    const client = this.#client();
    const context = aContext();
    try {
      switch (operation.do) {
        case 'products':
          return await new Products(client, env.clock).find(context, operation.zone, 'any');
        case 'stock': {
          if (typesOf(this.#recording, operation.zone).size === 0) {
            this.#skip(interaction, 'no_types_in_recording');
            return 'skipped';
          }
          const offers = await new Products(client, env.clock).listOffers(context, [operation.zone]);
          this.#checkOffers(interaction, offers);
          return offers;
        }
        case 'locals':
          return await readList(client, context, {
            ...{ operation: 'listOwned', field: 'volumes', row: localVolumeSchema, counts: 'header' },
            path: zonePath('instance', operation.zone, 'volumes'),
          });
        default:
          return await this.#findImage(client, interaction);
      }
    } finally {
      await client.close();
    }
  }

  #checkOffers(
    interaction: Interaction,
    offers: readonly { price: unknown; vramBytesPerGpu: number; type: string }[],
  ): void {
    for (const offer of offers) {
      if (offer.price !== null && offer.vramBytesPerGpu > 0) continue;
      this.#result.unmatched.push(`${word(interaction)}: ${offer.type} has no price or no memory`);
    }
  }

  async #findImage(client: ScalewayClient, interaction: Interaction): Promise<unknown> {
    const { query } = interaction;
    const images = (jsonOf(interaction.body)?.['local_images'] ?? []) as {
      arch?: string;
      compatible_commercial_types?: string[];
      type?: string;
    }[];
    const fitting = images.find((image) => (image.compatible_commercial_types ?? []).length > 0);
    const [label, imageType] = [query.get('image_label'), query.get('type') ?? fitting?.type];
    if (label === null || !fitting || (imageType !== 'instance_sbs' && imageType !== 'instance_local')) {
      this.#skip(interaction, interaction.code === 200 ? 'image_for_no_type' : 'image_refused');
      return 'skipped';
    }
    return findImage(client, aContext(), 'replay', {
      labels: [label],
      zone: query.get('zone') ?? '',
      type: fitting.compatible_commercial_types?.[0] ?? '',
      arch: fitting.arch ?? 'x86_64',
      imageType,
    });
  }

  async #order(provider: ScalewayProvider, interaction: Interaction, operation: Operation): Promise<unknown> {
    const context = aContext();
    switch (operation.do) {
      case 'create_server':
        return provider.createServer(context, this.#serverOrder(interaction, operation.zone));
      case 'create_address':
        return provider.createPart(context, partOrder('address', operation.zone));
      case 'create_group':
        this.#skip(interaction, 'group_with_other_rules');
        return 'skipped';
      case 'create_volume': {
        const from = jsonOf(interaction.requestBody)?.['from_empty'] as { size?: number } | undefined;
        const order = partOrder('volume', operation.zone);
        return provider.createPart(context, { ...order, sizeBytes: from?.size ?? 0 });
      }
      case 'start':
        return provider.startServer(context, operation);
      case 'reboot':
        return provider.rebootServer(context, operation);
      case 'delete_server':
        return provider.deleteServer(context, operation);
      case 'delete_volume':
        return provider.deleteVolume(context, operation);
      case 'delete_address':
        return provider.deletePart(context, 'address', operation);
      case 'delete_group':
        return provider.deletePart(context, 'security_group', operation);
      case 'user_data':
        return provider.replaceUserData(context, operation, interaction.requestBody);
      case 'tags':
        return provider.renewExpiry(context, operation.kind as PartKind, operation, OWNER.expiresAtMs);
      default:
        throw new Error(`no order: ${operation.do}`);
    }
  }

  #serverOrder(interaction: Interaction, zone: string): CreateServer {
    const body = jsonOf(interaction.requestBody) ?? {};
    const volumes = Object.values((body['volumes'] ?? {}) as Record<string, Record<string, unknown>>);
    const parts = volumes
      .filter((volume) => volume['id'] !== undefined && volume['volume_type'] === 'sbs_volume')
      .map((volume) => ({ kind: 'volume' as const, ref: { id: String(volume['id']), zone } }));
    const ips = (body['public_ips'] ?? []) as string[];
    return {
      zone,
      type: String(body['commercial_type']),
      name: String(body['name']),
      owner: OWNER,
      userData: '',
      rootBytes: rootOf(body)?.size ?? 10 * GB,
      parts: [
        ...parts,
        ...ips.map((id) => ({ kind: 'address' as const, ref: { id, zone } })),
        ...(typeof body['security_group'] === 'string'
          ? [{ kind: 'security_group' as const, ref: { id: body['security_group'], zone } }]
          : []),
      ],
    };
  }

  /** A root from a snapshot, or a local disk beside the root. */
  #hasOtherDisks(body: Record<string, unknown>, zone: string): boolean {
    const volumes = Object.entries((body['volumes'] ?? {}) as Record<string, Record<string, unknown>>);
    const ownRoot = imageOf(this.#recording, body['image'], zone)?.isLocal ? 'l_ssd' : 'sbs_volume';
    return volumes.some(([place, volume]) => {
      if (volume['base_snapshot'] !== undefined) return true;
      const size = volume['size'];
      if (typeof size === 'number' && (size % GB !== 0 || size < 10 * GB)) return true;
      if (place === '0') return volume['id'] !== undefined || (volume['volume_type'] ?? ownRoot) !== ownRoot;
      const isBlock = volume['volume_type'] === 'sbs_volume' && volume['id'] !== undefined;
      return !isBlock && volume['volume_type'] !== 'scratch' && !this.#isScratch(volume['id']);
    });
  }

  #isScratch(id: unknown): boolean {
    return this.#living.get(String(id))?.kind === 'scratch';
  }

  /** What exists by now, whoever ordered it. */
  #follow(interaction: Interaction, operation: Operation): void {
    if (interaction.code < 200 || interaction.code > 299) return;
    if (interaction.method === 'POST') this.#noteMade(interaction);
    if (!operation.do.startsWith('delete_') || !('id' in operation)) return;
    const isDone = this.#server.served.has(interaction.index) || this.#skipped.has(interaction.index);
    if (!isDone) return;
    this.#living.delete(operation.id);
    if (interaction.method !== 'POST') return;
    // Its own disks go with a machine that is terminated.
    for (const id of this.#localOf.get(operation.id) ?? []) this.#living.delete(id);
  }

  #noteMade(interaction: Interaction): void {
    const body = jsonOf(interaction.body) ?? {};
    const collection = /\/zones\/[^/]+\/([a-z_]+)$/.exec(interaction.path)?.[1];
    if (!collection || !['servers', 'volumes', 'ips'].includes(collection)) return;
    const one = (body['server'] ?? body['ip'] ?? body['volume'] ?? body) as Record<string, unknown>;
    if (typeof one['id'] !== 'string') return;
    const kind = collection === 'volumes' ? String(one['volume_type'] ?? 'block') : collection;
    const fromIndex = interaction.index;
    this.#living.set(one['id'], { kind, fromIndex });
    const volumes = Object.values((one['volumes'] ?? {}) as Record<string, Record<string, unknown>>);
    for (const volume of volumes) {
      const id = String(volume['id']);
      const volumeKind = String(volume['volume_type']);
      if (!this.#living.has(id)) this.#living.set(id, { kind: volumeKind, fromIndex });
    }
    this.#localOf.set(
      one['id'],
      volumes
        .filter((volume) => volume['volume_type'] !== 'sbs_volume')
        .map((volume) => String(volume['id'])),
    );
  }

  /** The recording itself ordered its end. */
  #isEnded(id: string, fromIndex: number): boolean {
    const about = this.#recording.interactions.filter(
      ({ path, code, index }) => path.includes(`/${id}`) && code < 300 && index > fromIndex,
    );
    return about.some(
      ({ method, requestBody }) => method === 'DELETE' || jsonOf(requestBody)?.['action'] === 'terminate',
    );
  }

  #skip(interaction: Interaction, reason: string): void {
    this.#skipped.add(interaction.index);
    this.#result.skipped[reason] = (this.#result.skipped[reason] ?? 0) + 1;
  }

  #provider(interaction: Interaction): ScalewayProvider {
    const body = interaction.method === 'POST' ? jsonOf(interaction.requestBody) : undefined;
    const zone = /\/zones\/([^/]+)\//.exec(interaction.path)?.[1] ?? '';
    const image = imageOf(this.#recording, body?.['image'], zone);
    return new ScalewayProvider({
      baseUrl: this.#server.url,
      secretKey: new Secret('replay'),
      clock: env.clock,
      projectId: 'replay',
      zones: [],
      images: image === undefined ? [] : [image.label],
      rootVolume: image?.isLocal ? 'local' : 'block',
      hasDataVolume: true,
      privateNetworks: new Map(),
      inboundFrom: [],
    });
  }

  #client(): ScalewayClient {
    const secretKey = new Secret('replay');
    return new ScalewayClient({
      provider: 'scaleway',
      baseUrl: this.#server.url,
      secretKey,
      clock: env.clock,
    });
  }
}

function partOrder(kind: PartKind, zone: string) {
  return { kind, zone, name: 'replay', owner: OWNER };
}

function aContext(): CallContext {
  return { signal: AbortSignal.timeout(CONTEXT_MS), correlationId: 'cor_replay' };
}

function word({ method, path, code, index }: Interaction): string {
  return `#${index} ${method} ${path} ${code}`;
}
