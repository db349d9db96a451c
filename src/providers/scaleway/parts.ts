import * as z from 'zod';
import type { Clock } from '#kernel/env.ts';
import { absent, refusal } from '#providers/call-errors.ts';
import type { CallContext, CreatePart, Part, PartKind, ResourceRef } from '#providers/provider.ts';
import { tagsOf } from '#providers/tags.ts';
import {
  blockVolumeOf,
  blockVolumeSchema,
  groupSchema,
  ipSchema,
  madeTag,
  partOfGroup,
  partOfIp,
  partOfVolume,
} from './answers.ts';
import { anything, type ScalewayClient } from './client.ts';
import { refPath, requireZone, zonePath } from './paths.ts';
import type { Volumes } from './volumes.ts';

/** What stands beside a server: addresses, security groups and data volumes, each with tags from its first moment. */
export interface PartsDeps {
  readonly client: ScalewayClient;
  readonly clock: Clock;
  readonly projectId: string;
  readonly volumes: Volumes;
}

const oneIp = z.object({ ip: ipSchema });
const oneGroup = z.object({ security_group: groupSchema });
const IOPS = 5_000;
const GB = 1_000_000_000;
/** Of the worker agent; everything else stays closed from outside. */
const WORKER_PORTS: readonly number[] = [8000, 8080];

export class Parts {
  readonly #deps: PartsDeps;

  constructor(deps: PartsDeps) {
    this.#deps = deps;
  }

  async create(context: CallContext, order: CreatePart): Promise<Part> {
    requireZone(this.#deps.client.provider, 'createPart', order.zone);
    switch (order.kind) {
      case 'address':
        return this.#createAddress(context, order);
      case 'security_group':
        return this.#createGroup(context, order);
      case 'volume':
        return this.#createVolume(context, order);
      case 'key':
        throw this.#unsupported('createPart', order.kind);
    }
  }

  async find(context: CallContext, kind: PartKind, ref: ResourceRef): Promise<Part | undefined> {
    const operation = 'findPart';
    switch (kind) {
      case 'address':
        return this.#findAddress(context, operation, ref);
      case 'security_group': {
        const path = refPath('instance', 'security_groups', ref);
        const found = await absent(this.#get(context, operation, path, oneGroup));
        return found && partOfGroup(found.security_group);
      }
      case 'volume': {
        const found = await this.#deps.volumes.find(context, operation, ref);
        return found && partOfVolume(found.volume, found.volume.billedFromMs ?? 0);
      }
      case 'key':
        throw this.#unsupported(operation, kind);
    }
  }

  async delete(context: CallContext, kind: PartKind, ref: ResourceRef): Promise<void> {
    const operation = 'deletePart';
    switch (kind) {
      case 'address':
        return this.#deleteAddress(context, ref);
      case 'security_group':
        return this.#remove(context, refPath('instance', 'security_groups', ref));
      case 'volume':
        return this.#deps.volumes.delete(context, operation, ref);
      case 'key':
        throw this.#unsupported(operation, kind);
    }
  }

  async #createAddress(context: CallContext, order: CreatePart): Promise<Part> {
    const { client, clock, projectId } = this.#deps;
    const { ip } = await client.call(context, {
      operation: 'createPart',
      method: 'POST',
      path: zonePath('instance', order.zone, 'ips'),
      body: {
        project: projectId,
        type: 'routed_ipv4',
        tags: [...tagsOf(order.owner), madeTag(clock.now())],
      },
      answer: oneIp,
    });
    return partOfIp(ip);
  }

  /** Closed until `prepareServer` opens the worker's ports: what a crash leaves lets nobody in. */
  async #createGroup(context: CallContext, order: CreatePart): Promise<Part> {
    const { client, projectId } = this.#deps;
    const answer = await client.call(context, {
      operation: 'createPart',
      method: 'POST',
      path: zonePath('instance', order.zone, 'security_groups'),
      body: {
        name: order.name,
        description: 'Worker of Inventiv Agents',
        project: projectId,
        tags: tagsOf(order.owner),
        stateful: true,
        inbound_default_policy: 'drop',
        outbound_default_policy: 'accept',
        enable_default_security: true,
      },
      answer: oneGroup,
    });
    return partOfGroup(answer.security_group);
  }

  async #createVolume(context: CallContext, order: CreatePart): Promise<Part> {
    const { client, projectId } = this.#deps;
    const answer = await client.call(context, {
      operation: 'createPart',
      method: 'POST',
      path: zonePath('block', order.zone, 'volumes'),
      body: {
        name: order.name,
        perf_iops: IOPS,
        project_id: projectId,
        from_empty: { size: Math.ceil((order.sizeBytes ?? 0) / GB) * GB },
        tags: tagsOf(order.owner),
      },
      answer: blockVolumeSchema,
    });
    return partOfVolume(blockVolumeOf(answer), answer.created_at);
  }

  async #findAddress(context: CallContext, operation: string, ref: ResourceRef): Promise<Part | undefined> {
    const found = await absent(this.#get(context, operation, refPath('instance', 'ips', ref), oneIp));
    return found && partOfIp(found.ip);
  }

  /** Scaleway would take an address away from a server that has it. */
  async #deleteAddress(context: CallContext, ref: ResourceRef): Promise<void> {
    const operation = 'deletePart';
    const found = await this.#findAddress(context, operation, ref);
    if (!found) return;
    if (found.attachedTo !== undefined) {
      const { provider } = this.#deps.client;
      const message = `address ${ref.id} is still used by server ${found.attachedTo}`;
      throw refusal({ provider, operation }, 'conflict', message, 'address_in_use');
    }
    await this.#remove(context, refPath('instance', 'ips', ref));
  }

  async #remove(context: CallContext, path: string): Promise<void> {
    const operation = 'deletePart';
    const call = this.#deps.client.call(context, { operation, method: 'DELETE', path, answer: anything });
    await absent(call);
  }

  #get<T>(context: CallContext, operation: string, path: string, answer: z.ZodType<T>): Promise<T> {
    return this.#deps.client.call(context, { operation, method: 'GET', path, answer });
  }

  #unsupported(operation: string, kind: PartKind) {
    const { provider } = this.#deps.client;
    const message = `${kind} belongs to a whole project at Scaleway and is not made for a machine`;
    return refusal({ provider, operation }, 'unsupported', message);
  }
}

/** Replaces all rules by those that a worker needs, so that it may be done again. */
export async function putRules(
  client: ScalewayClient,
  context: CallContext,
  group: ResourceRef,
  sources: readonly string[],
): Promise<void> {
  const rules = sources.flatMap((source) =>
    WORKER_PORTS.map((port) => ({
      action: 'accept',
      direction: 'inbound',
      protocol: 'TCP',
      ip_range: source,
      dest_port_from: port,
      editable: true,
    })),
  );
  await client.call(context, {
    operation: 'prepareServer',
    method: 'PUT',
    path: refPath('instance', 'security_groups', group, '/rules'),
    body: { rules: rules.map((rule, index) => ({ ...rule, position: index + 1 })) },
    answer: anything,
  });
}
