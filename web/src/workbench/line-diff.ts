export interface DiffLine {
  readonly kind: 'same' | 'added' | 'removed';
  readonly text: string;
}

/** Beyond this many pairs of lines, what lies between equal beginning and end is shown as wholly replaced. */
const PAIRS_MAX = 1_000_000;

/** What to take out of `before` and put in to get `after`, line by line: a longest common subsequence. */
export function diffLines(before: string, after: string): DiffLine[] {
  const old = before.split('\n');
  const next = after.split('\n');
  let start = 0;
  while (start < old.length && start < next.length && old[start] === next[start]) start += 1;
  let tail = 0;
  while (
    tail < old.length - start &&
    tail < next.length - start &&
    old[old.length - 1 - tail] === next[next.length - 1 - tail]
  ) {
    tail += 1;
  }
  const same = (texts: readonly string[]) => texts.map((text): DiffLine => ({ kind: 'same', text }));
  return [
    ...same(old.slice(0, start)),
    ...diffMiddle(old.slice(start, old.length - tail), next.slice(start, next.length - tail)),
    ...same(old.slice(old.length - tail)),
  ];
}

function diffMiddle(old: readonly string[], next: readonly string[]): DiffLine[] {
  const removed = (text: string): DiffLine => ({ kind: 'removed', text });
  const added = (text: string): DiffLine => ({ kind: 'added', text });
  if (old.length * next.length > PAIRS_MAX) return [...old.map(removed), ...next.map(added)];
  const lengths = commonLengths(old, next);
  const width = next.length + 1;
  const lines: DiffLine[] = [];
  let i = 0;
  let j = 0;
  while (i < old.length || j < next.length) {
    const text = old[i] ?? '';
    if (i < old.length && j < next.length && old[i] === next[j]) {
      lines.push({ kind: 'same', text });
      i += 1;
      j += 1;
    } else if (
      j >= next.length ||
      (i < old.length && below(lengths, (i + 1) * width + j) >= below(lengths, i * width + j + 1))
    ) {
      lines.push(removed(text));
      i += 1;
    } else {
      lines.push(added(next[j] ?? ''));
      j += 1;
    }
  }
  return lines;
}

/** Of what begins at each pair of lines, row by row; one more row and column for the end. */
function commonLengths(old: readonly string[], next: readonly string[]): Uint32Array {
  const width = next.length + 1;
  const lengths = new Uint32Array((old.length + 1) * width);
  for (let i = old.length - 1; i >= 0; i -= 1) {
    for (let j = next.length - 1; j >= 0; j -= 1) {
      lengths[i * width + j] =
        old[i] === next[j]
          ? below(lengths, (i + 1) * width + j + 1) + 1
          : Math.max(below(lengths, (i + 1) * width + j), below(lengths, i * width + j + 1));
    }
  }
  return lengths;
}

const below = (lengths: Uint32Array, index: number) => lengths[index] ?? 0;
