/** The part of a schema that a form needs. */
interface Schema<T> {
  safeParse: (
    value: unknown,
  ) =>
    | { success: true; data: T }
    | { success: false; error: { issues: readonly { path: readonly PropertyKey[] }[] } };
}

/** Whether what was typed has the form that the api expects, and if not, in which fields it has not. */
export function checkFields<T>(
  schema: Schema<T>,
  values: unknown,
): { data: T; wrong: ReadonlySet<string> } | { data: null; wrong: ReadonlySet<string> } {
  const read = schema.safeParse(values);
  if (read.success) return { data: read.data, wrong: new Set() };
  return { data: null, wrong: new Set(read.error.issues.map(({ path }) => String(path[0] ?? ''))) };
}
