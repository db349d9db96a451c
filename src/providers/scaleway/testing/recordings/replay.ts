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
import { jsonOf, type Operation, operationOf } from './endpoints.ts';
import type { Interaction, Recording } from './recording.ts';
import { classifyErrors, emptyResult, type ReplayResult } from './replay-result.ts';
import { ReplayServer, totalOf } from './replay-server.ts';

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
  readonly #living = new Map<string, string>();
  readonly #localOf = new Map<string, string[]>();
  readonly #skipped = new Set<number>();

  constructor(recording: Recording, server: ReplayServer) {
    this.#recording = recording;
    this.#server = server;
  }

  async run(): Promise<ReplayResult> {
    const result = this.#result;
    for (const interaction of this.#recording.interactions) {
      result.operations += 1;
      this.#server.now = interaction.index;
      const operation = operationOf(interaction);
      if (operation.do === 'skip') this.#skip(interaction, operation.reason);
      else if (!this.#server.served.has(interaction.index)) await this.#replay(interaction, operation);
      this.#follow(interaction, operation);
    }
    result.replayed = [...this.#server.served].filter((index) => !this.#skipped.has(index)).length;
    result.unmatched.push(...this.#server.unmatched);
    for (const [id, how] of this.#living) {
      if (this.#isEnded(id)) result.leftovers.push(`${how} ${id}`);
    }
    return result;
  }

  async #replay(interaction: Interaction, operation: Operation): Promise<void> {
    const reason = this.#impossible(interaction, operation);
    if (reason !== undefined) return this.#skip(interaction, reason);
    if (interaction.method !== 'GET') this.#server.expected = interaction;
    const provider = this.#provider(interaction);
    const servedBefore = this.#server.served.size;
    const served = () => this.#server.served.size - servedBefore;
    try {
      const outcome = await this.#do(provider, interaction, operation);
      if (outcome === 'skipped') return;
      // All that was served on the way was understood.
      this.#result.parsed_responses += served();
      if (!this.#server.served.has(interaction.index)) this.#notAsked(interaction, operation);
    } catch (error) {
      if (!(error instanceof ProviderError)) throw error;
      const isTold = interaction.code >= 400 && this.#server.served.has(interaction.index);
      if (isTold && error.facts.kind !== 'unknown') this.#result.parsed_responses += served();
      else this.#result.unmatched.push(`${word(interaction)}: ${error.message}`);
    } finally {
      this.#server.expected = undefined;
      await provider.close();
    }
  }

  /** Our adapter reached its end without the recorded call: a delete of what is gone, mostly. */
  #notAsked(interaction: Interaction, operation: Operation): void {
    const isAbsent = interaction.code === 404;
    if (isAbsent && interaction.method === 'DELETE') this.#skip(interaction, 'gone_already');
    else if (isAbsent && operation.do === 'volume') this.#skip(interaction, 'volume_of_the_other_api');
    else this.#result.unmatched.push(`${word(interaction)} was not asked for by ${operation.do}`);
  }

  /** Undefined when the recording holds all that our adapter asks for. */
  #impossible(interaction: Interaction, operation: Operation): string | undefined {
    const isListed = ['servers', 'blocks', 'locals', 'addresses', 'security_groups', 'products', 'stock'];
    if (isListed.includes(operation.do) && interaction.code === 200) {
      const pages = this.#server.pagesOf(interaction);
      const rows = pages
        .map(({ body }) => jsonOf(body) ?? {})
        .flatMap((body) =>
          Object.values(body).flatMap((value) =>
            typeof value === 'object' && value !== null ? Object.keys(value) : [],
          ),
        );
      const total = totalOf(interaction);
      // Pages without ids by name count by their rows; a type is on one page only.
      if (total !== undefined && rows.length !== total) return 'list_not_whole_in_recording';
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
    if (!this.#typesOf(zone).has(String(body['commercial_type']))) return 'type_not_in_recording';
    if (!this.#imageOf(body['image'], zone)) return 'image_not_in_recording';
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
          if (this.#typesOf(operation.zone).size === 0) {
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
    const ownRoot = this.#imageOf(body['image'], zone)?.isLocal ? 'l_ssd' : 'sbs_volume';
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
    return this.#living.get(String(id)) === 'scratch';
  }

  #typesOf(zone: string): Set<string> {
    const lists = this.#recording.interactions.filter((one) => {
      const operation = operationOf(one);
      return operation.do === 'products' && operation.zone === zone && one.code === 200;
    });
    return new Set(lists.flatMap((one) => Object.keys((jsonOf(one.body)?.['servers'] ?? {}) as object)));
  }

  #imageOf(image: unknown, zone: string): { readonly label: string; readonly isLocal: boolean } | undefined {
    for (const one of this.#recording.interactions) {
      if (operationOf(one).do !== 'images' || one.code !== 200 || one.query.get('zone') !== zone) continue;
      const images = (jsonOf(one.body)?.['local_images'] ?? []) as { id?: string; type?: string }[];
      const found = images.find(({ id }) => id === image);
      const label = one.query.get('image_label');
      if (found && label !== null) return { label, isLocal: found.type === 'instance_local' };
    }
    return undefined;
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
    this.#living.set(one['id'], kind);
    const volumes = Object.values((one['volumes'] ?? {}) as Record<string, Record<string, unknown>>);
    for (const volume of volumes) {
      const id = String(volume['id']);
      if (!this.#living.has(id)) this.#living.set(id, String(volume['volume_type']));
    }
    this.#localOf.set(
      one['id'],
      volumes
        .filter((volume) => volume['volume_type'] !== 'sbs_volume')
        .map((volume) => String(volume['id'])),
    );
  }

  /** The recording itself saw to its end: it deletes it, or finds it gone. */
  #isEnded(id: string): boolean {
    const about = this.#recording.interactions.filter(({ path }) => path.endsWith(`/${id}`));
    return about.some(({ method, code }) => method === 'DELETE' && code < 300) || isLastAbsent(about);
  }

  #skip(interaction: Interaction, reason: string): void {
    this.#skipped.add(interaction.index);
    this.#result.skipped[reason] = (this.#result.skipped[reason] ?? 0) + 1;
  }

  #provider(interaction: Interaction): ScalewayProvider {
    const body = interaction.method === 'POST' ? jsonOf(interaction.requestBody) : undefined;
    const zone = /\/zones\/([^/]+)\//.exec(interaction.path)?.[1] ?? '';
    const image = this.#imageOf(body?.['image'], zone);
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

/** Asked for at the end and not there. Of volumes the other API says so all the time. */
function isLastAbsent(about: readonly Interaction[]): boolean {
  const last = about.findLast(({ method }) => method === 'GET');
  return last?.code === 404 && !/^\/instance\/.*\/volumes\//.test(last.path);
}

function otherVolume(interaction: Interaction): string | undefined {
  const body = jsonOf(interaction.requestBody) ?? {};
  const size = (body['from_empty'] as { size?: number } | undefined)?.size ?? 0;
  if ((body['perf_iops'] ?? 5_000) !== 5_000) return 'volume_of_another_speed';
  return size % GB === 0 ? undefined : 'volume_of_another_size';
}

function rootOf(body: Record<string, unknown>): { size?: number; volume_type?: string } | undefined {
  return (body['volumes'] as Record<string, { size?: number; volume_type?: string }> | undefined)?.['0'];
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
