type Values = Readonly<Record<string, unknown>> | null;

export interface ChangedValue {
  readonly name: string;
  /** Undefined: it was not there. */
  readonly before: string | undefined;
  readonly after: string | undefined;
  readonly isChanged: boolean;
}

/** What was and what became of it, field by field: changes first, each in the order in which it was told. */
export function changedValues(before: Values, after: Values): ChangedValue[] {
  const names = [...new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})])];
  const rows = names.map((name) => {
    const values = { before: textOf(before, name), after: textOf(after, name) };
    return { name, ...values, isChanged: values.before !== values.after };
  });
  return rows.sort((a, b) => Number(b.isChanged) - Number(a.isChanged));
}

function textOf(values: Values, name: string): string | undefined {
  if (values === null || !Object.hasOwn(values, name)) return undefined;
  const value = values[name];
  return typeof value === 'string' ? value : JSON.stringify(value);
}
