/** The tunnels of this gateway process, when it takes any: the port, who is told of it, and how it is passed on. */
import { type Config, ConfigError } from '#config/config.ts';
import { isSafeTunnelUrl } from '#contracts/tunnel.ts';
import type { Database } from '#database/database.ts';
import type { TlsFiles } from '#gateway/edge/edge-options.ts';
import { TunnelHub } from '#gateway/tunnel/tunnel-hub.ts';
import { type Announcement, announceTunnelEnd } from '#instances/tunnels/announce-end.ts';
import type { Env } from '#kernel/env.ts';
import type { SnapshotKeeper } from '#routing/snapshot-keeper.ts';

export interface GatewayTunnels {
  readonly hub: TunnelHub;
  /** Listens, says so, and waits a little for workers that serve already. */
  open(db: Database, snapshot: SnapshotKeeper): Promise<void>;
  /** No new tunnels from now on; what is open stays. */
  pass(): Promise<void>;
  close(): Promise<void>;
}

/** A worker hears of a new gateway with its next heartbeat but one. */
const FIRST_TUNNELS_MS = 10_000;
const LOOK_MS = 50;

/** Undefined when no tunnels are wanted. @throws ConfigError */
export function tunnelsOf(config: Config, env: Env, tls: TlsFiles | undefined): GatewayTunnels | undefined {
  const url = config.values.TUNNEL_URL.replace(/\/+$/, '');
  if (url === '') return undefined;
  if (!isSafeTunnelUrl(url)) {
    throw new ConfigError(
      'TUNNEL_URL must be wss://host:port, or ws:// with loopback or a private address: worker tokens and prompts pass there. Give GATEWAY_TLS_CERT_FILE and GATEWAY_TLS_KEY_FILE, or end TLS in a proxy before it.',
    );
  }
  if (tls === undefined && new URL(url).protocol === 'wss:') {
    env.log.info(
      { url },
      'the port for tunnels is not encrypted itself: whatever ends TLS before it must be private',
    );
  }
  const hub = new TunnelHub(env, { host: config.bindHost, port: config.ports.gatewayTunnels, tls });
  let announcement: Announcement | undefined;
  return {
    hub,
    async open(db, snapshot) {
      await hub.follow(snapshot);
      announcement = await announceTunnelEnd(env, db, { id: hub.id, url });
      await firstTunnels(env, hub, snapshot);
    },
    async pass() {
      hub.stopAccepting();
      await announcement?.stop();
    },
    close: () => hub.close(),
  };
}

/** Until workers that serve others have dialled this process too: who takes over then misses none of them. */
async function firstTunnels(env: Env, hub: TunnelHub, snapshot: SnapshotKeeper): Promise<void> {
  const endsAtMs = env.clock.monotonic() + FIRST_TUNNELS_MS;
  const isWhole = () => snapshot.current.tunnelledIds.every((id) => hub.isOpen(id));
  while (!isWhole() && env.clock.monotonic() < endsAtMs) await env.sleep(LOOK_MS);
}
