/**
 * Writes the types of the api's client from the OpenAPI document. `--check` only says whether they are current.
 * A tool of its own because the generator needs an older compiler than the house.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import openapiTS, { astToString } from 'openapi-typescript';

const DOCUMENT = new URL('../../docs/reference/openapi.json', import.meta.url);
const TYPES = fileURLToPath(new URL('../../src/contracts/openapi-types.gen.ts', import.meta.url));
const HEAD =
  '// Written by `make api-types` from docs/reference/openapi.json: change the routes, not this.\n\n';

// A field with a default may be left out of a request; in an answer it is required anyhow.
const nodes = await openapiTS(JSON.parse(readFileSync(DOCUMENT, 'utf8')), {
  defaultNonNullable: false,
  alphabetize: false,
});
const text = HEAD + astToString(nodes);

if (!process.argv.includes('--check')) writeFileSync(TYPES, text);
else if (!existsSync(TYPES) || readFileSync(TYPES, 'utf8') !== text) {
  process.stderr.write('src/contracts/openapi-types.gen.ts is stale: run `make api-types`\n');
  process.exitCode = 1;
}
