import type { EC2, Filter, Instance, KeyPairInfo, SecurityGroup } from '@aws-sdk/client-ec2';
import type { Clock } from '#kernel/env.ts';
import { absent, errorOfUnreadable, refusal } from '#providers/call-errors.ts';
import type {
  CallContext,
  OwnedResource,
  Part,
  PartKind,
  ResourceKind,
  ResourceRef,
  Server,
  Volume,
} from '#providers/provider.ts';
import { GIB, ownedOf, partOfGroup, partOfKey, serverOf, volumeOf } from './answers.ts';
import type { AwsClient, Page } from './client.ts';
import { DiskPrices } from './prices.ts';
import { isKnownForm, type KnownKind, regionOf, requireZone } from './zones.ts';

/**
 * What an account holds of ours: by attempt, by installation, and whatever carries a mark; and its volumes, which are
 * made with their machines. Lists are of whole regions, so each thing's zone is read from its tags.
 */
const PAGE_SIZE = 100;
const RESOURCES = ['server', 'volume', 'security_group', 'key'] as const;

export class Holdings {
  readonly #client: AwsClient;
  readonly #prices: DiskPrices;

  constructor(client: AwsClient, clock: Clock) {
    this.#client = client;
    this.#prices = new DiskPrices(client, clock);
  }

  /** Also those that are gone already, so that nothing that was billed is missed. */
  async serversByAttempt(context: CallContext, zone: string, attempt: string): Promise<Server[]> {
    const operation = 'findServersByAttempt';
    requireZone(this.#client.provider, operation, zone);
    const rows = await this.#instances(context, operation, zone, [byAttempt(attempt)]);
    return rows.map(({ server }) => server).filter(({ ref }) => ref.zone === zone);
  }

  async partsByAttempt(context: CallContext, kind: PartKind, zone: string, attempt: string): Promise<Part[]> {
    const operation = 'findPartsByAttempt';
    requireZone(this.#client.provider, operation, zone);
    const filters = [byAttempt(attempt)];
    const found =
      kind === 'security_group'
        ? await this.#groups(context, operation, zone, filters, new Map())
        : kind === 'key'
          ? await this.#keys(context, operation, zone, filters)
          : [];
    return found.filter(({ ref }) => ref.zone === zone);
  }

  async owned(
    context: CallContext,
    installation: string | undefined,
    zones: readonly string[],
  ): Promise<OwnedResource[]> {
    for (const zone of zones) requireZone(this.#client.provider, 'listOwned', zone);
    const filter =
      installation === undefined
        ? { Name: 'tag-key', Values: ['inv_*'] }
        : { Name: 'tag:inv_installation', Values: [installation] };
    const regions = [...new Set(zones.map(regionOf))];
    const lists = await Promise.all(regions.map((region) => this.#ownedIn(context, region, [filter])));
    // What lost the tag of its zone is told with the whole region, to whoever looks at any of its zones.
    return lists.flat().filter(({ ref }) => zones.includes(ref.zone) || ref.zone === regionOf(ref.zone));
  }

  async renewExpiry(
    context: CallContext,
    kind: ResourceKind,
    ref: ResourceRef,
    expiresAtMs: number,
  ): Promise<void> {
    const operation = 'renewExpiry';
    const id = await this.#idToTag(context, operation, kind, ref);
    if (id === undefined) {
      const message = `there is no ${kind} ${ref.id} in ${ref.zone}`;
      throw refusal({ provider: this.#client.provider, operation }, 'not_found', message);
    }
    const Tags = [{ Key: 'inv_expires', Value: String(expiresAtMs) }];
    const call = { operation, region: regionOf(ref.zone), isMutation: true };
    await this.#client.ec2(context, call, (ec2, options) =>
      ec2.createTags({ Resources: [id], Tags }, options),
    );
  }

  async findVolume(context: CallContext, operation: string, ref: ResourceRef): Promise<Volume | undefined> {
    if (!isKnownForm('volume', ref)) return undefined;
    const call = { operation, region: regionOf(ref.zone), isMutation: false };
    const volumes = await absent(
      this.#client.ec2With(
        context,
        call,
        (ec2, options) => ec2.describeVolumes({ VolumeIds: [ref.id] }, options),
        ({ Volumes }) => Volumes,
      ),
    );
    const volume = volumeOf(volumes?.[0]);
    if (!volume) return undefined;
    const { kind: type, sizeBytes } = volume;
    const disk = { region: call.region, type, sizeGib: sizeBytes / GIB };
    return { ...volume, nanosPerHour: await this.#prices.find(context, operation, disk) };
  }

  async deleteVolume(context: CallContext, ref: ResourceRef): Promise<void> {
    if (!isKnownForm('volume', ref)) return;
    const call = { operation: 'deleteVolume', region: regionOf(ref.zone), isMutation: true };
    await absent(
      this.#client.ec2(context, call, (ec2, options) => ec2.deleteVolume({ VolumeId: ref.id }, options)),
    );
  }

  /** A machine that is over can be tagged for another hour: it is asked for, and does not count. */
  async #idToTag(
    context: CallContext,
    operation: string,
    kind: ResourceKind,
    ref: ResourceRef,
  ): Promise<string | undefined> {
    const known = RESOURCES.find((one): one is KnownKind => one === kind);
    if (!known || !isKnownForm(known, ref)) return undefined;
    if (kind === 'server') {
      const filters = [{ Name: 'instance-id', Values: [ref.id] }];
      const [row] = await this.#instances(context, operation, ref.zone, filters);
      return row && row.server.state !== 'gone' ? ref.id : undefined;
    }
    if (kind !== 'key') return ref.id;
    const call = { operation, region: regionOf(ref.zone), isMutation: false };
    const answer = await absent(
      this.#client.ec2(context, call, (ec2, options) =>
        ec2.describeKeyPairs({ KeyNames: [ref.id] }, options),
      ),
    );
    return answer?.KeyPairs?.[0]?.KeyPairId;
  }

  async #ownedIn(context: CallContext, region: string, filters: Filter[]): Promise<OwnedResource[]> {
    const operation = 'listOwned';
    const rows = await this.#instances(context, operation, region, filters);
    const living = rows.filter(({ server }) => server.state !== 'gone');
    const users = new Map(
      living.flatMap(({ answer, server }) =>
        (answer.SecurityGroups ?? []).map(({ GroupId }) => [GroupId ?? '', server.ref.id] as const),
      ),
    );
    const [volumes, groups, keys] = await Promise.all([
      this.#list(context, operation, region, volumeOf, async (ec2, paging, options) => {
        const answer = await ec2.describeVolumes({ Filters: filters, ...paging }, options);
        return { rows: answer.Volumes, next: answer.NextToken };
      }),
      this.#groups(context, operation, region, filters, users),
      this.#keys(context, operation, region, filters),
    ]);
    return [
      ...living.map(({ server }) => ownedOf(server, 'server')),
      ...volumes.filter(({ state }) => state !== 'gone').map((volume) => ownedOf(volume, 'volume')),
      ...groups.map((group) => ownedOf(group, 'security_group')),
      ...keys.map((key) => ownedOf(key, 'key')),
    ];
  }

  #instances(context: CallContext, operation: string, zone: string, Filters: Filter[]) {
    const read = (answer: Instance) => {
      const server = serverOf(answer);
      return server && { answer, server };
    };
    return this.#list(context, operation, zone, read, async (ec2, paging, options) => {
      const { Reservations, NextToken } = await ec2.describeInstances({ Filters, ...paging }, options);
      return { rows: Reservations?.flatMap(({ Instances }) => Instances ?? []), next: NextToken };
    });
  }

  #groups(
    context: CallContext,
    operation: string,
    zone: string,
    Filters: Filter[],
    users: ReadonlyMap<string, string>,
  ): Promise<Part[]> {
    const region = regionOf(zone);
    return this.#list(
      context,
      operation,
      zone,
      (group: SecurityGroup) => partOfGroup(group, region, users.get(group.GroupId ?? '')),
      async (ec2, paging, options) => {
        const answer = await ec2.describeSecurityGroups({ Filters, ...paging }, options);
        return { rows: answer.SecurityGroups, next: answer.NextToken };
      },
    );
  }

  /** The one list of EC2 that has no pages. */
  #keys(context: CallContext, operation: string, zone: string, Filters: Filter[]): Promise<Part[]> {
    const region = regionOf(zone);
    return this.#list(
      context,
      operation,
      zone,
      (key: KeyPairInfo) => partOfKey(key, region),
      async (ec2, _paging, options) => {
        const answer = await ec2.describeKeyPairs({ Filters }, options);
        return { rows: answer.KeyPairs, next: undefined };
      },
    );
  }

  /** Whole or not at all: a row that cannot be read makes the list unreadable. */
  async #list<A, R>(
    context: CallContext,
    operation: string,
    zone: string,
    read: (answer: A) => R | undefined,
    ask: (
      ec2: EC2,
      paging: { MaxResults: number; NextToken?: string },
      options: { abortSignal: AbortSignal },
    ) => Promise<Page<A>>,
  ): Promise<R[]> {
    const answers = await this.#client.list(context, operation, regionOf(zone), (ec2, token, options) =>
      ask(ec2, { MaxResults: PAGE_SIZE, ...token }, options),
    );
    return answers.map((answer) => {
      const row = read(answer);
      if (row !== undefined) return row;
      const { provider } = this.#client;
      throw errorOfUnreadable({ provider, operation, isMutation: false }, 200);
    });
  }
}

function byAttempt(attempt: string): Filter {
  return { Name: 'tag:inv_attempt', Values: [attempt] };
}
