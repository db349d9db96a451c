/** Just enough of the Prometheus text format for one engine: every series carries the same base labels. */
export type Labels = Readonly<Record<string, string>>;

export class Histogram {
  readonly #bounds: readonly number[];
  readonly #counts: number[];
  #sum = 0;

  constructor(bounds: readonly number[]) {
    this.#bounds = bounds;
    this.#counts = new Array<number>(bounds.length + 1).fill(0);
  }

  observe(value: number): void {
    let low = 0;
    let high = this.#bounds.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (value <= (this.#bounds[middle] ?? 0)) high = middle;
      else low = middle + 1;
    }
    this.#counts[low] = (this.#counts[low] ?? 0) + 1;
    this.#sum += value;
  }

  render(name: string, help: string, labels: Labels): string {
    let total = 0;
    let text = header(name, help, 'histogram');
    for (const [i, bound] of this.#bounds.entries()) {
      total += this.#counts[i] ?? 0;
      text += line(`${name}_bucket`, { ...labels, le: decimal(bound) }, total);
    }
    total += this.#counts[this.#bounds.length] ?? 0;
    text += line(`${name}_bucket`, { ...labels, le: '+Inf' }, total);
    return text + line(`${name}_count`, labels, total) + line(`${name}_sum`, labels, this.#sum);
  }
}

export interface Series {
  readonly labels: Labels;
  readonly value: number;
}

export function renderFamily(
  name: string,
  help: string,
  type: 'gauge' | 'counter',
  series: readonly Series[],
): string {
  return header(name, help, type) + series.map(({ labels, value }) => line(name, labels, value)).join('');
}

/** 1, 2, 5, 10, 20, 50, ... up to `max`. */
export function buckets125(max: number): number[] {
  const bounds: number[] = [];
  for (let power = 1; ; power *= 10) {
    for (const mantissa of [1, 2, 5]) {
      if (mantissa * power > max) return bounds;
      bounds.push(mantissa * power);
    }
  }
}

function header(name: string, help: string, type: string): string {
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`;
}

/** Labels in alphabetical order, as the Python client writes them. */
function line(name: string, labels: Labels, value: number): string {
  const pairs = Object.entries(labels)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, text]) => `${key}="${text.replace(/[\\"\n]/g, (c) => (c === '\n' ? '\\n' : `\\${c}`))}"`);
  return `${name}{${pairs.join(',')}} ${decimal(value)}\n`;
}

/** Python's float form: whole numbers keep one decimal. */
function decimal(value: number): string {
  return Number.isInteger(value) && Math.abs(value) < 1e16 ? `${value}.0` : String(value);
}
