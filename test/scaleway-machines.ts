/** Machines of the pretended Scaleway, which run their user data as the real install script arranges it. */
import type { FakeMachines } from '#providers/scaleway/testing/fake-world.ts';
import type { RentedMachines } from './rented-machines.ts';

export function scalewayMachines(machines: RentedMachines): FakeMachines {
  return {
    powerOn: ({ id, userData }, address) => machines.powerOn(id, userData.get('cloud-init') ?? '', address),
    powerOff: ({ id }) => machines.powerOff(id),
  };
}
