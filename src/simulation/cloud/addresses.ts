import { createServer, type Server } from 'node:net';
import { messageOf } from '#kernel/errors.ts';

/**
 * Loopback addresses for servers: 127.<block>.<y>.<z>. A cloud holds its block by listening on its last address as
 * long as it lives, so two clouds on one machine never share one. An address is given out after binding the ports
 * that a machine uses, in rotation, so that a freed one rests as long as possible.
 */
const CLAIM_PORT = 8010;
const FIRST_BLOCK = 16;
const BLOCK_COUNT = 224;
const HOSTS = 65_000;
/** The agent's port, its data port and the engine's. */
const MACHINE_PORTS = [8080, 8000, 8001];

export class AddressBlock {
  readonly block: number;
  readonly #claim: Server;
  readonly #reserved = new Set<string>();
  #next: number;

  /** Takes the preferred block, or the next that nobody holds. */
  static async claim(preferred: number, next: number): Promise<AddressBlock> {
    let reason: unknown;
    for (let step = 0; step < BLOCK_COUNT; step++) {
      const block = FIRST_BLOCK + ((preferred - FIRST_BLOCK + step) % BLOCK_COUNT);
      try {
        return new AddressBlock(block, step === 0 ? next : 0, await bind(`127.${block}.255.254`, CLAIM_PORT));
      } catch (error) {
        reason = error;
      }
    }
    throw new Error(`no loopback block 127.x.0.0/16 is free: ${messageOf(reason)}`);
  }

  private constructor(block: number, next: number, claim: Server) {
    this.block = block;
    this.#next = next;
    this.#claim = claim;
  }

  get next(): number {
    return this.#next;
  }

  /** An address that is not in `taken` and whose ports are free. Two callers never get the same. */
  async allocate(taken: ReadonlySet<string>): Promise<string> {
    for (let tries = 0; tries < HOSTS; tries++) {
      const address = addressAt(this.block, this.#next);
      this.#next = (this.#next + 1) % HOSTS;
      if (taken.has(address) || this.#reserved.has(address)) continue;
      this.#reserved.add(address);
      if (await isFree(address)) return address;
      this.#reserved.delete(address);
    }
    throw new Error(`no address of 127.${this.block}.0.0/16 is free`);
  }

  /** The address is in the records now, or was not used. */
  settle(address: string): void {
    this.#reserved.delete(address);
  }

  async release(): Promise<void> {
    await closed(this.#claim);
  }
}

/** The block that a cloud on this port prefers: distinct for small port offsets. */
export function preferredBlock(port: number): number {
  const offset = port - 8010;
  return FIRST_BLOCK + (((offset % BLOCK_COUNT) + BLOCK_COUNT) % BLOCK_COUNT);
}

function addressAt(block: number, index: number): string {
  return `127.${block}.${Math.floor(index / 254)}.${1 + (index % 254)}`;
}

async function isFree(address: string): Promise<boolean> {
  const results = await Promise.allSettled(MACHINE_PORTS.map((port) => bind(address, port)));
  const servers = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  await Promise.all(servers.map(closed));
  return servers.length === MACHINE_PORTS.length;
}

function bind(host: string, port: number): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.once('error', reject);
    server.listen({ host, port, exclusive: true }, () => resolve(server));
  });
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
  });
}
