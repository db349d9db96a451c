/**
 * Counters and histograms for paths on which each microsecond counts: labels are bound once, afterwards only numbers
 * change. They are read through the same registry as all others. A child is found by its label values, in their order.
 */
import type { Metric, Registry } from 'prom-client';

interface Description<L extends string> {
  readonly name: string;
  readonly help: string;
  readonly labelNames: readonly L[];
  readonly registry: Registry;
}

/** One line of the exposition, as the registry wants it. */
interface Value {
  readonly metricName?: string;
  readonly labels: Record<string, string | number>;
  readonly value: number;
}

/** One counter with its labels. */
export class BoundCounter {
  value = 0;

  add(amount: number): void {
    this.value += amount;
  }
}

/** One histogram with its labels. */
export class BoundHistogram {
  readonly #bounds: readonly number[];
  /** Not cumulative; the last one is beyond all bounds. */
  readonly counts: Float64Array;
  sum = 0;

  constructor(bounds: readonly number[]) {
    this.#bounds = bounds;
    this.counts = new Float64Array(bounds.length + 1);
  }

  observe(value: number): void {
    const bounds = this.#bounds;
    let at = 0;
    while (at < bounds.length && value > (bounds[at] as number)) at++;
    (this.counts[at] as number)++;
    this.sum += value;
  }
}

/** Children by one to three label values, found without building a text. */
export class Children<Child> {
  readonly #make: (a: string, b: string, c: string) => Child;
  readonly #first = new Map<string, Map<string, Map<string, Child>>>();

  constructor(make: (a: string, b: string, c: string) => Child) {
    this.#make = make;
  }

  of(a: string, b = '', c = ''): Child {
    const found = this.#first.get(a)?.get(b)?.get(c);
    return found ?? this.#add(a, b, c);
  }

  #add(a: string, b: string, c: string): Child {
    const second = this.#first.get(a) ?? new Map<string, Map<string, Child>>();
    const third = second.get(b) ?? new Map<string, Child>();
    const child = this.#make(a, b, c);
    this.#first.set(a, second);
    second.set(b, third);
    third.set(c, child);
    return child;
  }

  *entries(): Iterable<readonly [readonly string[], Child]> {
    for (const [a, second] of this.#first) {
      for (const [b, third] of second) for (const [c, child] of third) yield [[a, b, c], child];
    }
  }
}

export class CounterFamily<L extends string> {
  readonly #description: Description<L>;
  readonly #children = new Children(() => new BoundCounter());

  constructor(description: Description<L>) {
    this.#description = description;
    register(description, 'counter', () =>
      [...this.#children.entries()].map(([values, { value }]) => ({
        labels: labelsOf(this.#description, values),
        value,
      })),
    );
  }

  of(a: string, b?: string, c?: string): BoundCounter {
    return this.#children.of(a, b, c);
  }
}

export class HistogramFamily<L extends string> {
  readonly #description: Description<L>;
  readonly #bounds: readonly number[];
  readonly #children: Children<BoundHistogram>;

  /** @param bounds upper ones, ascending */
  constructor(description: Description<L>, bounds: readonly number[]) {
    this.#description = description;
    this.#bounds = bounds;
    this.#children = new Children(() => new BoundHistogram(bounds));
    register(description, 'histogram', () =>
      [...this.#children.entries()].flatMap(([values, child]) =>
        this.#valuesOf(labelsOf(this.#description, values), child),
      ),
    );
  }

  of(a: string, b?: string): BoundHistogram {
    return this.#children.of(a, b);
  }

  #valuesOf(labels: Record<string, string>, { counts, sum }: BoundHistogram): Value[] {
    const { name } = this.#description;
    let count = 0;
    const buckets = [...this.#bounds, '+Inf'].map((bound, at) => {
      count += counts[at] ?? 0;
      return { metricName: `${name}_bucket`, labels: { le: bound, ...labels }, value: count };
    });
    return [
      ...buckets,
      { metricName: `${name}_sum`, labels, value: sum },
      { metricName: `${name}_count`, labels, value: count },
    ];
  }
}

function register(
  { name, help, registry }: Description<string>,
  type: 'counter' | 'histogram',
  read: () => Value[],
): void {
  // The registry asks its metrics for nothing else, whatever their class.
  const metric = { name, help, type, get: async () => ({ name, help, type, values: read() }), reset() {} };
  registry.registerMetric(metric as unknown as Metric);
}

function labelsOf({ labelNames }: Description<string>, values: readonly string[]): Record<string, string> {
  return Object.fromEntries(labelNames.map((name, at) => [name, values[at] ?? '']));
}
