import * as z from 'zod';
import type { Clock } from '#kernel/env.ts';
import { absent, isOfKind, refusal } from '#providers/call-errors.ts';
import type { CallContext, CreateServer, PartKind, ResourceRef, Server } from '#providers/provider.ts';
import { ownerOf, tagsOf } from '#providers/tags.ts';
import { type ServerAnswer, serverOf, serverSchema } from './answers.ts';
import { anything, type ScalewayClient } from './client.ts';
import type { ScalewayOptions } from './credential.ts';
import { findImage } from './images.ts';
import { type Parts, putRules } from './parts.ts';
import { refPath, requireZone, zonePath } from './paths.ts';
import { Products } from './products.ts';
import { planDisks } from './root.ts';
import type { FoundVolume, Volumes } from './volumes.ts';

/**
 * Servers: made stopped, made whole, started. A create carries no user data and its block root gets no tags, so both
 * come after it; until then a server's own tags say whose volumes those are.
 *
 * What Scaleway does to a server depends on the state that it is in, so it is read before it is ordered anything.
 */
export interface ServersDeps {
  readonly client: ScalewayClient;
  readonly clock: Clock;
  readonly options: ScalewayOptions;
  readonly volumes: Volumes;
  readonly parts: Parts;
}

const oneServer = z.object({ server: serverSchema });
export const USER_DATA_BYTES_MAX = 65_536;
const USER_DATA_KEY = 'cloud-init';
/** States that lead to nothing that can be ordered anything. */
const ENDING_DETAIL = 'terminating';

export class Servers {
  readonly products: Products;
  readonly #deps: ServersDeps;

  constructor(deps: ServersDeps) {
    this.#deps = deps;
    this.products = new Products(deps.client, deps.clock);
  }

  async create(context: CallContext, order: CreateServer): Promise<Server> {
    const operation = 'createServer';
    const { client, options } = this.#deps;
    const call = { provider: client.provider, operation };
    requireZone(client.provider, operation, order.zone);
    this.refuseLongUserData(operation, order.userData);
    const product = await this.products.find(context, order.zone, order.type);
    if (!product) throw refusal(call, 'invalid', `there is no type ${order.type} in ${order.zone}`, 'type');
    const disks = planDisks(call, order, product, options.rootVolume);
    const image = await findImage(client, context, operation, {
      labels: options.images,
      zone: order.zone,
      type: order.type,
      arch: product.arch ?? 'x86_64',
      imageType: disks.imageType,
    });
    const { server } = await this.#diagnosed(
      context,
      order,
      client.call(context, {
        operation,
        method: 'POST',
        path: zonePath('instance', order.zone, 'servers'),
        body: {
          name: order.name,
          ...addressesOf(order),
          commercial_type: order.type,
          image,
          volumes: disks.volumes,
          boot_type: 'local',
          project: options.projectId,
          tags: tagsOf(order.owner),
          ...groupOf(order),
        },
        answer: oneServer,
      }),
    );
    return serverOf(server);
  }

  /** Each step may be done again, and none of them once the machine runs. */
  async prepare(context: CallContext, ref: ResourceRef, order: CreateServer): Promise<void> {
    const operation = 'prepareServer';
    this.refuseLongUserData(operation, order.userData);
    const server = await this.get(context, operation, ref);
    await this.#markVolumes(context, operation, server, order);
    if (server.state !== 'stopped') return;
    await this.#putUserData(context, operation, ref, order.userData);
    const group = partIds(order, 'security_group')[0];
    if (group !== undefined) {
      const { client, options } = this.#deps;
      await putRules(client, context, { id: group, zone: ref.zone }, options.inboundFrom);
    }
    await this.#joinNetwork(context, server, ref);
  }

  async start(context: CallContext, ref: ResourceRef): Promise<void> {
    await this.#act(context, 'startServer', ref, 'poweron', ['starting', 'running']);
  }

  /** Hard, as by a button; a stopped one starts. */
  async reboot(context: CallContext, ref: ResourceRef): Promise<void> {
    const operation = 'rebootServer';
    const { state } = await this.get(context, operation, ref);
    const isOff = state === 'stopped' || state === 'stopped in place';
    await this.#act(context, operation, ref, isOff ? 'poweron' : 'reboot', isOff ? ['starting'] : []);
  }

  async replaceUserData(context: CallContext, ref: ResourceRef, userData: string): Promise<void> {
    const operation = 'replaceUserData';
    this.refuseLongUserData(operation, userData);
    await this.#putUserData(context, operation, ref, userData);
  }

  async find(context: CallContext, ref: ResourceRef): Promise<Server | undefined> {
    const server = await absent(this.get(context, 'findServer', ref));
    return server && serverOf(server);
  }

  /** Accepted, on its way already, or not there. Its volumes carry their mark before it goes. */
  async delete(context: CallContext, ref: ResourceRef): Promise<void> {
    const operation = 'deleteServer';
    const server = await absent(this.get(context, operation, ref));
    if (!server || isEnding(server)) return;
    await this.#markVolumes(context, operation, server);
    try {
      await this.#end(context, operation, server);
    } catch (error) {
      if (!isOfKind(error, 'invalid', 'conflict', 'not_found')) throw error;
      // Somebody may have ended it between the look and the order.
      const now = await absent(this.get(context, operation, ref));
      if (now && !isEnding(now)) throw error;
    }
  }

  async get(context: CallContext, operation: string, ref: ResourceRef): Promise<ServerAnswer> {
    const answer = await this.#deps.client.call(context, {
      operation,
      method: 'GET',
      path: refPath('instance', 'servers', ref),
      answer: oneServer,
    });
    return answer.server;
  }

  refuseLongUserData(operation: string, userData: string): void {
    const sizeBytes = Buffer.byteLength(userData);
    if (sizeBytes <= USER_DATA_BYTES_MAX) return;
    const { provider } = this.#deps.client;
    throw refusal({ provider, operation }, 'invalid', `user data of ${sizeBytes} bytes is too long`);
  }

  /** `terminate` is for machines that are on; a stopped one is removed, and its disks one by one after it. */
  async #end(context: CallContext, operation: string, server: ServerAnswer): Promise<void> {
    const { client } = this.#deps;
    switch (server.state) {
      case 'running':
      case 'stopped in place':
        return this.#order(context, operation, server, 'terminate');
      case 'stopped':
        await client.call(context, {
          operation,
          method: 'DELETE',
          path: refPath('instance', 'servers', server),
          answer: anything,
        });
        return;
      case 'locked':
        throw refusal(
          { provider: client.provider, operation },
          'locked',
          `server ${server.id} is locked by Scaleway: ask its support`,
        );
      default: {
        const said = `server ${server.id} is ${server.state}, which is no state to delete it in`;
        throw refusal({ provider: client.provider, operation }, 'conflict', said, 'transient_state');
      }
    }
  }

  /** An order that comes too late is none: what it wanted is so already. */
  async #act(
    context: CallContext,
    operation: string,
    ref: ResourceRef,
    action: 'poweron' | 'reboot',
    alreadySo: readonly string[],
  ): Promise<void> {
    try {
      await this.#order(context, operation, ref, action);
    } catch (error) {
      if (!isOfKind(error, 'invalid', 'conflict')) throw error;
      const now = await this.get(context, operation, ref);
      if (alreadySo.includes(now.state)) return;
      const { provider } = this.#deps.client;
      throw refusal(
        { provider, operation },
        'conflict',
        `server ${ref.id} is ${now.state}`,
        'transient_state',
      );
    }
  }

  async #order(
    context: CallContext,
    operation: string,
    ref: ResourceRef,
    action: 'poweron' | 'reboot' | 'terminate',
  ): Promise<void> {
    await this.#deps.client.call(context, {
      operation,
      method: 'POST',
      path: refPath('instance', 'servers', ref, '/action'),
      body: { action },
      answer: anything,
    });
  }

  /** The server's own volumes; parts carry the marks of their own orders. */
  async #markVolumes(
    context: CallContext,
    operation: string,
    server: ServerAnswer,
    order?: CreateServer,
  ): Promise<void> {
    const owner = order?.owner ?? ownerOf(server.tags ?? []);
    if (!owner) return;
    const { volumes } = this.#deps;
    for (const [place, { id }] of Object.entries(server.volumes ?? {})) {
      const found = await volumes.find(context, operation, { id, zone: server.zone });
      if (!found) continue;
      const change = changeOf(found, owner, place === '0' ? order?.rootBytes : undefined);
      if (change) await volumes.change(context, operation, found, change);
    }
  }

  async #putUserData(
    context: CallContext,
    operation: string,
    ref: ResourceRef,
    userData: string,
  ): Promise<void> {
    await this.#deps.client.call(context, {
      operation,
      method: 'PATCH',
      path: refPath('instance', 'servers', ref, `/user_data/${USER_DATA_KEY}`),
      text: userData,
      answer: anything,
    });
  }

  async #joinNetwork(context: CallContext, server: ServerAnswer, ref: ResourceRef): Promise<void> {
    const { client, options } = this.#deps;
    const network = options.privateNetworks.get(ref.zone);
    const isIn = server.private_nics?.some((nic) => nic.private_network_id === network);
    if (network === undefined || isIn) return;
    await client.call(context, {
      operation: 'prepareServer',
      method: 'POST',
      path: refPath('instance', 'servers', ref, '/private_nics'),
      body: { private_network_id: network },
      answer: anything,
    });
  }

  /** Scaleway calls a part that somebody else uses an invalid argument; we want to know it from a wrong one. */
  async #diagnosed<T>(context: CallContext, order: CreateServer, call: Promise<T>): Promise<T> {
    try {
      return await call;
    } catch (error) {
      if (!isOfKind(error, 'invalid')) throw error;
      const { parts, client } = this.#deps;
      for (const { kind, ref } of order.parts) {
        const part = kind === 'security_group' ? undefined : await parts.find(context, kind, ref);
        if (part?.attachedTo === undefined) continue;
        const message = `${kind} ${ref.id} is used by server ${part.attachedTo}`;
        throw refusal({ provider: client.provider, operation: 'createServer' }, 'conflict', message);
      }
      throw error;
    }
  }
}

function changeOf(found: FoundVolume, owner: Parameters<typeof tagsOf>[0], rootBytes: number | undefined) {
  const tags = found.answer.tags ?? [];
  const isMarked = ownerOf(tags) !== undefined;
  const isSmall = found.api === 'block' && rootBytes !== undefined && found.answer.size < rootBytes;
  if (isMarked && !isSmall) return undefined;
  return {
    ...(isMarked ? {} : { tags: [...tags.filter((tag) => !tag.startsWith('inv_')), ...tagsOf(owner)] }),
    ...(isSmall ? { size: rootBytes } : {}),
  };
}

function isEnding(server: ServerAnswer): boolean {
  return server.state === 'stopping' && server.state_detail === ENDING_DETAIL;
}

function addressesOf(order: CreateServer): Record<string, unknown> {
  const ids = partIds(order, 'address');
  // Without an address of its own the machine borrows one while it runs.
  return ids.length === 0 ? { dynamic_ip_required: true } : { dynamic_ip_required: false, public_ips: ids };
}

function groupOf(order: CreateServer): Record<string, unknown> {
  const [group] = partIds(order, 'security_group');
  return group === undefined ? {} : { security_group: group };
}

function partIds(order: CreateServer, kind: PartKind): string[] {
  return order.parts.filter((part) => part.kind === kind).map((part) => part.ref.id);
}
