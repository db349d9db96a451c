import { Gauge, type Registry } from 'prom-client';
import type { TunnelHub } from './tunnel-hub.ts';

/** Workers behind NAT, as this gateway has them. */
export function addTunnelMetrics(registry: Registry, hub: TunnelHub): void {
  const add = (name: string, help: string, read: () => number) =>
    new Gauge({
      name,
      help,
      registers: [registry],
      collect() {
        this.set(read());
      },
    });
  add('inventiv_gateway_tunnel_workers', 'Workers with a tunnel to this gateway.', () => hub.workers);
  add('inventiv_gateway_tunnel_sockets', 'Sockets of tunnels that are open.', () => hub.links);
  add('inventiv_gateway_tunnel_streams', 'Connections that tunnels carry now.', () => hub.streams);
  add(
    'inventiv_gateway_tunnel_refusals',
    'Attempts to open a tunnel that were refused, since the start.',
    () => hub.refusals,
  );
}
