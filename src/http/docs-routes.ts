/**
 * The published interface for people and programs: the OpenAPI document, a page to browse it, and what each error
 * code means. All of it comes from this server, so it works where there is no internet.
 */
import Fastify from 'fastify';
import { ERROR_CATALOGUE } from '#kernel/error-catalogue.ts';
import { type OpenApiOptions, openApiDocument } from './openapi.ts';
import { ERROR_PAGE } from './problem.ts';
import { Reply, type Route, route } from './route.ts';
import { DOCS_CSP } from './security-headers.ts';

const PUBLIC = { allow: 'anyone', because: 'describes the interface and holds nothing of a tenant' } as const;
const HTML = 'text/html; charset=utf-8';
const SCRIPT_PATH = '/api/docs/reference.js';

/** Routes that describe `documented` and themselves not at all. */
export function docsRoutes(documented: readonly Route[], options: OpenApiOptions): Route[] {
  const json = JSON.stringify(openApiDocument(documented, options));
  const page = referencePage();
  const errors = errorPage();
  let script: Promise<string> | undefined;
  return [
    route({
      method: 'GET',
      path: '/api/openapi.json',
      name: 'docs.openapi',
      summary: 'This document',
      policy: PUBLIC,
      success: { status: 200, contentType: 'application/json; charset=utf-8' },
      handler: async () => new Reply(200, json, { 'cache-control': 'no-cache' }),
    }),
    route({
      method: 'GET',
      path: '/api/docs',
      name: 'docs.page',
      summary: 'A page to browse the interface',
      policy: PUBLIC,
      success: { status: 200, contentType: HTML },
      handler: async () => new Reply(200, page, { 'content-security-policy': DOCS_CSP }),
    }),
    route({
      method: 'GET',
      path: SCRIPT_PATH,
      name: 'docs.script',
      summary: 'The code of that page',
      policy: PUBLIC,
      success: { status: 200, contentType: 'text/javascript; charset=utf-8' },
      handler: async () => {
        script ??= loadReferenceScript();
        return new Reply(200, await script, { 'cache-control': 'public, max-age=86400' });
      },
    }),
    route({
      method: 'GET',
      path: ERROR_PAGE,
      name: 'docs.errors',
      summary: 'What each error code means',
      policy: PUBLIC,
      success: { status: 200, contentType: HTML },
      handler: async () => new Reply(200, errors, { 'content-security-policy': DOCS_CSP }),
    }),
  ];
}

function referencePage(): string {
  const configuration = {
    url: '/api/openapi.json',
    // Each of these would otherwise reach a host of the page's makers.
    withDefaultFonts: false,
    telemetry: false,
    hideClientButton: true,
    showDeveloperTools: 'never',
    agent: { disabled: true },
    mcp: { disabled: true },
  };
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Inventiv Agents: API</title>
<link rel="icon" href="/favicon.svg" type="image/svg+xml">
</head>
<body>
<script id="api-reference" data-configuration="${escapeHtml(JSON.stringify(configuration))}"></script>
<script src="${SCRIPT_PATH}"></script>
</body>
</html>
`;
}

/** The page's code is inside the plugin's module and has no door of its own: the plugin is asked for it, once. */
async function loadReferenceScript(): Promise<string> {
  const { default: plugin } = await import('@scalar/fastify-api-reference');
  const app = Fastify({ logger: false });
  await app.register(plugin, { routePrefix: '/', configuration: { url: '/api/openapi.json' } });
  const answer = await app.inject({ method: 'GET', url: '/js/scalar.js' });
  await app.close();
  if (answer.statusCode !== 200) throw new Error('the API reference did not give its code');
  return answer.body.replace(/\n\/\/# sourceMappingURL=.*\s*$/, '\n');
}

function errorPage(): string {
  const rows = Object.entries(ERROR_CATALOGUE).map(
    ([code, { kind, message }]) =>
      `<tr id="${code}"><td><code>${code}</code></td><td>${kind}</td><td>${escapeHtml(message)}</td></tr>`,
  );
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Inventiv Agents: errors</title>
<style>
:root { color-scheme: light dark }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
td { padding: .4rem .8rem .4rem 0; vertical-align: top }
tr:target { background: Highlight; color: HighlightText }
</style>
</head>
<body>
<h1>Errors</h1>
<p>Every error carries a stable <code>code</code> and a request id.</p>
<table><tbody>
${rows.join('\n')}
</tbody></table>
</body>
</html>
`;
}

function escapeHtml(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;');
}
