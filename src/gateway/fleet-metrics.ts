import { Gauge, type Registry } from 'prom-client';
import type { Fleet } from '#routing/fleet/fleet.ts';

/** What one of several gateways knows of the others. */
export function addFleetMetrics(registry: Registry, fleet: Fleet): void {
  const add = (name: string, help: string, read: () => number) =>
    new Gauge({
      name,
      help,
      registers: [registry],
      collect() {
        this.set(read());
      },
    });
  add(
    'inventiv_gateway_fleet_members',
    'Gateways that share the limits, this one included.',
    () => fleet.members,
  );
  add(
    'inventiv_gateway_fleet_connected',
    '1 while Redis answers, else 0: then limits are counted by shares.',
    () => (fleet.isConnected ? 1 : 0),
  );
  add(
    'inventiv_gateway_fleet_peers',
    'Other gateways whose load at workers is known now.',
    () => fleet.loads?.peers ?? 0,
  );
  add(
    'inventiv_gateway_fleet_messages_lost',
    'Messages of other gateways that did not arrive, since the start.',
    () => fleet.loads?.lost ?? 0,
  );
}
