/** Workers that listen nowhere: their agent's tunnels, and a proxy on the way that can be cut. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import type { InstanceId } from '#kernel/ids.ts';
import { SILENT_LOG } from '#kernel/log.ts';
import { systemEnv } from '#kernel/system-env.ts';
import { hashToken, mintToken, tokenIdOf } from '#kernel/token.ts';
import type { TunnelWorker } from '#routing/snapshot.ts';
import { Tunnels } from '#worker/tunnel/tunnels.ts';
import { FakeAgent, type Script } from './fake-agent.ts';

const env = systemEnv(SILENT_LOG);

export class NatWorker extends FakeAgent {
  tunnel: TunnelWorker;
  workerToken: string;
  readonly #stopping = new AbortController();
  #tunnels: Tunnels | undefined;

  /** @param index of this worker among those given to the test gateway, from 0 */
  constructor(script: Script, index = 0, epoch = 1) {
    super(script);
    const instanceId = `inst_0000000000000000000000000${index + 1}` as InstanceId;
    this.workerToken = mintToken(env.random, 'wkr', tokenIdOf(instanceId)).reveal();
    this.tunnel = { instanceId, epoch, tokenHashes: [hashToken(this.workerToken)] };
  }

  get open(): number {
    return this.#tunnels?.open ?? 0;
  }

  /** Dials these gateways, so many sockets each, from now on. */
  dial(
    ports: readonly { readonly id: string; readonly port: number }[],
    socketsEach = 2,
    pingMs?: number,
  ): void {
    const ends = ports.map(({ id, port }) => ({ id, url: `ws://127.0.0.1:${port}` }));
    this.#ways(pingMs).follow({ ends, socketsEach });
  }

  dialUrl(id: string, url: string): void {
    this.#ways().follow({ ends: [{ id, url }], socketsEach: 2 });
  }

  #ways(pingMs?: number): Tunnels {
    this.#tunnels ??= new Tunnels({
      env,
      identity: () => ({ epoch: this.tunnel.epoch, token: this.workerToken }),
      take: (connection) => this.accept(connection),
      signal: this.#stopping.signal,
      ...(pingMs === undefined ? {} : { pingMs }),
    });
    return this.#tunnels;
  }

  leave(): void {
    this.#tunnels?.leave();
  }

  /** Speaks with the identity of another one from now on. */
  take(other: NatWorker): void {
    this.tunnel = other.tunnel;
    this.workerToken = other.workerToken;
    this.token = other.token;
  }

  /** Dials no more; what is open stays. */
  hang(): void {
    this.#tunnels?.follow({ ends: [], socketsEach: 1 });
  }

  override async close(): Promise<void> {
    this.#stopping.abort();
    await super.close();
  }
}

/** Passes bytes on until it is cut or frozen; new connections are passed on again. */
export class CuttingProxy {
  port = 0;
  isFrozen = false;
  readonly #server: Server;
  readonly #pairs = new Set<Socket>();

  constructor(targetPort: () => number) {
    this.#server = createServer((near) => {
      const far = connect(targetPort(), '127.0.0.1');
      for (const [from, to] of [
        [near, far],
        [far, near],
      ] as const) {
        this.#pairs.add(from);
        from.on('data', (bytes) => {
          if (!this.isFrozen && !to.write(bytes)) {
            from.pause();
            to.once('drain', () => from.resume());
          }
        });
        from.on('error', () => to.destroy());
        from.on('close', () => {
          this.#pairs.delete(from);
          to.destroy();
        });
      }
    });
  }

  get connections(): number {
    return this.#pairs.size / 2;
  }

  async listen(): Promise<this> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    this.port = (this.#server.address() as AddressInfo).port;
    return this;
  }

  cut(): void {
    for (const socket of this.#pairs) socket.resetAndDestroy();
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.cut();
    await closed;
  }
}
