interface Series {
  id: string;
  label: string;
  values: readonly number[];
}

const DRAWN_MAX = 7;
const NICE_STEPS = [1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10] as const;

/** What is drawn of many series: the first seven, and the rest as one, so that the bars still add up. */
export function stackOf(series: readonly Series[], length: number, othersLabel: string) {
  const isFew = series.length <= DRAWN_MAX + 1;
  const first = isFew ? series : series.slice(0, DRAWN_MAX);
  const rest = isFew ? [] : series.slice(DRAWN_MAX);
  const sumAt = (of: readonly Series[], index: number) =>
    of.reduce((sum, { values }) => sum + (values[index] ?? 0), 0);
  const indexes = Array.from({ length }, (_, index) => index);
  const others = {
    id: 'others',
    label: othersLabel,
    values: indexes.map((index) => sumAt(rest, index)),
  };
  const totals = indexes.map((index) => sumAt(series, index));
  return { drawn: isFew ? [...first] : [...first, others], totals, max: niceMax(Math.max(0, ...totals)) };
}

/** The next round number above: an axis that ends in 0.47 says little. */
export function niceMax(value: number): number {
  if (value <= 0) return 0;
  const power = 10 ** Math.floor(Math.log10(value));
  return power * (NICE_STEPS.find((step) => step * power >= value) ?? 10);
}
