import { importsOf, resolveImport } from './import-rules.ts';
import type { SourceFile } from './repository.ts';

const TEST_DATABASES = 'src/database/testing.ts';

/**
 * The tests beside the code that meet a real database, found by what they import, however far away. A list kept by
 * hand forgets the folder that came last.
 */
export function databaseTests(files: readonly SourceFile[]): string[] {
  const imports = new Map(files.map(({ path, text }) => [path, lazyImports(path, text)]));
  const reaches = (path: string, seen: Set<string>): boolean => {
    if (path === TEST_DATABASES) return true;
    if (seen.has(path)) return false;
    seen.add(path);
    return (imports.get(path)?.() ?? []).some((next) => reaches(next, seen));
  };
  return files
    .map(({ path }) => path)
    .filter((path) => /^src\/.*\.test\.ts$/.test(path) && reaches(path, new Set()))
    .sort();
}

/** Cutting a source into its imports is the slow part: each file once, and only if something leads to it. */
function lazyImports(path: string, text: string): () => string[] {
  let found: string[] | undefined;
  return () => {
    found ??= importsOf(text).flatMap((specifier) => resolveImport(path, specifier) ?? []);
    return found;
  };
}
