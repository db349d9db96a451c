/** Machines of the pretended Scaleway, which run their user data as the real install script arranges it. */
import type { Env } from '#kernel/env.ts';
import type { FakeServer } from '#providers/scaleway/testing/fake-records.ts';
import type { FakeMachines } from '#providers/scaleway/testing/fake-world.ts';
import { RentedMachines } from './rented-machines.ts';

export class ScalewayMachines implements FakeMachines {
  readonly newAddress: () => string;
  readonly #machines: RentedMachines;

  static async open(env: Env, folder: string, count: number): Promise<ScalewayMachines> {
    return new ScalewayMachines(await RentedMachines.open(env, folder, count));
  }

  private constructor(machines: RentedMachines) {
    this.#machines = machines;
    this.newAddress = machines.newAddress;
  }

  powerOn(server: FakeServer, address: string): void {
    this.#machines.powerOn(server.id, server.userData.get('cloud-init') ?? '', address);
  }

  powerOff({ id }: FakeServer): void {
    this.#machines.powerOff(id);
  }

  async close(): Promise<void> {
    await this.#machines.close();
  }
}
