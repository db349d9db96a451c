import { Refusal } from './refusal.ts';

export interface BookedOrder {
  readonly resource: string;
  readonly token: string | undefined;
  readonly orderSha256: string;
}

interface Booked {
  readonly id: string;
  readonly orderSha256: string;
}

/**
 * The same client token gives the same resource, also to two that ask at once; with another order it is refused.
 * What is under way is kept here until its record can be found.
 */
export class OrderBook {
  readonly #underWay = new Map<string, Promise<Booked>>();

  async once(
    order: BookedOrder,
    find: (token: string) => Booked | undefined,
    make: () => Promise<string>,
  ): Promise<{ id: string; isNew: boolean }> {
    const { token, orderSha256 } = order;
    const key = `${order.resource} ${token}`;
    const found = token === undefined ? undefined : (this.#underWay.get(key) ?? find(token));
    // Only what was found is awaited, so two orders at once cannot both find nothing.
    const earlier = found && (await found);
    if (earlier) {
      if (earlier.orderSha256 === orderSha256) return { id: earlier.id, isNew: false };
      throw new Refusal(409, 'idempotency_mismatch', 'This client_token was used with another order.', {
        resource: order.resource,
        resource_id: earlier.id,
      });
    }
    if (token === undefined) return { id: await make(), isNew: true };
    const making = make().then((id) => ({ id, orderSha256 }));
    this.#underWay.set(key, making);
    try {
      return { id: (await making).id, isNew: true };
    } finally {
      this.#underWay.delete(key);
    }
  }
}
