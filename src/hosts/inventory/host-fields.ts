/** Values that come as text, as a machine's fields. */

/** Such as `2.49` euros an hour; whole billionths, so that nothing is rounded twice. */
export function priceFrom(amount: string, currency: string | undefined): unknown {
  const match = /^(\d{1,6})(?:\.(\d{1,9}))?$/.exec(amount.trim());
  if (!match) return { nanos_per_hour: Number.NaN, currency: currency ?? 'EUR' };
  const [, whole = '0', part = ''] = match;
  const nanos = Number(whole) * 1e9 + Number(part.padEnd(9, '0'));
  return { nanos_per_hour: nanos, currency: currency?.trim() || 'EUR' };
}

/** As it stands there when it is no number, so that the error shows it. */
export function numberFrom(text: string): unknown {
  return /^\d{1,9}$/.test(text.trim()) ? Number(text) : text;
}

/** `node[01:10]` and `node[a:c]`, also several in one name. Undefined when a range makes no sense. */
export function expandRanges(pattern: string, max: number): string[] | undefined {
  const match = /^([^[\]]*)\[([^[\]]*)\](.*)$/.exec(pattern);
  if (!match) return /[[\]]/.test(pattern) ? undefined : [pattern];
  const [, before = '', range = '', after = ''] = match;
  const middles = membersOf(range, max);
  const ends = expandRanges(after, max);
  if (!middles || !ends || middles.length * ends.length > max) return undefined;
  return middles.flatMap((middle) => ends.map((end) => `${before}${middle}${end}`));
}

function membersOf(range: string, max: number): string[] | undefined {
  const [, from = '', to = '', step = '1'] =
    /^([0-9]+|[a-z]):([0-9]+|[a-z])(?::([1-9][0-9]*))?$/.exec(range) ?? [];
  if (from === '') return undefined;
  const areLetters = /[a-z]/.test(from);
  if (areLetters !== /[a-z]/.test(to)) return undefined;
  const numberOf = (text: string) => (areLetters ? text.charCodeAt(0) : Number(text));
  const [first, last] = [numberOf(from), numberOf(to)];
  if (first > last || (last - first) / Number(step) >= max) return undefined;
  const width = from.startsWith('0') ? from.length : 0;
  const members: string[] = [];
  for (let at = first; at <= last; at += Number(step)) {
    members.push(areLetters ? String.fromCharCode(at) : String(at).padStart(width, '0'));
  }
  return members;
}
