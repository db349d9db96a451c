/** Writes docs/reference/openapi.json from the declared routes. `--check` only says whether it is current. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { apiDocument } from './api-routes.ts';

const FILE = fileURLToPath(new URL('../docs/reference/openapi.json', import.meta.url));
const PACKAGE = new URL('../package.json', import.meta.url);

/** The document as it should be checked in. */
export function renderOpenApi(): string {
  const { version } = JSON.parse(readFileSync(PACKAGE, 'utf8')) as { version: string };
  return `${JSON.stringify(apiDocument(version), null, 2)}\n`;
}

/** Whether the file in the repository says what the routes say. */
export function isOpenApiCurrent(): boolean {
  return existsSync(FILE) && readFileSync(FILE, 'utf8') === renderOpenApi();
}

if (import.meta.main) {
  if (process.argv.includes('--check')) {
    if (!isOpenApiCurrent()) {
      process.stderr.write('docs/reference/openapi.json is stale: run `make openapi`\n');
      process.exitCode = 1;
    }
  } else {
    mkdirSync(dirname(FILE), { recursive: true });
    writeFileSync(FILE, renderOpenApi());
  }
}
