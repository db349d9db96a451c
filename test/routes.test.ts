/** The live list of routes: each has a policy, a name and an address of its own. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Route } from '#http/route.ts';
import { apiRoutes } from '../bin/api-routes.ts';

/** Building the list touches no dependency; a handler that ran would fail on these. */
const routes: readonly Route[] = apiRoutes({
  keys: {} as never,
  settings: {} as never,
  first: {} as never,
  sealer: {} as never,
  offersMax: () => 25,
  desk: {} as never,
  env: {} as never,
  db: {} as never,
  samples: {} as never,
  hub: {} as never,
  isSecure: false,
  publicUrl: 'http://inventiv.test',
  publicAddress: {} as never,
  reachKey: {} as never,
  usdRate: {} as never,
  enabledProviders: ['mock'],
  readVersion: () => ({ version: '0', worker_version: null, worker_sha256: null, gateway_url: null }),
  bundleFolder: '/nowhere',
  nodeBinaries: [],
});

test('every route says who may use it, and why when anyone may', () => {
  assert.ok(routes.length > 20, `${routes.length} routes`);
  for (const { name, policy } of routes) {
    if (policy.allow === 'anyone') assert.ok(policy.because.length >= 10, `${name}: say why anyone may`);
    else if (policy.allow === 'member') assert.match(policy.action, /^[a-z_]+[.:][a-z_]+$|^[a-z_]+$/, name);
    else assert.ok(policy.allow === 'worker' || policy.allow === 'platform_admin', name);
  }
});

test('what anyone may do changes nothing, except signing in, links by mail, joining and registering', () => {
  const open = routes.filter(({ policy, method }) => policy.allow === 'anyone' && method !== 'GET');
  const allowed = /^(session|worker|password_reset|email_confirmation)\.|^invitations\.(open|join)$/;
  for (const { name } of open) assert.match(name, allowed, `${name} needs a policy`);
});

test('no two routes share a name or an address', () => {
  const seen = new Set<string>();
  for (const { name, method, path } of routes) {
    for (const key of [name, `${method} ${path.replace(/:[a-z_]+/gi, ':')}`]) {
      assert.ok(!seen.has(key), `${key} is there twice`);
      seen.add(key);
    }
  }
});

test('only workers speak at /internal, and only they use the worker policy', () => {
  for (const { name, path, policy } of routes) {
    if (policy.allow === 'worker') assert.match(path, /^\/internal\//, name);
    if (policy.allow === 'member' || policy.allow === 'platform_admin') assert.match(path, /^\/api\//, name);
  }
});

test('whatever makes something may be sent again under its Idempotency-Key', () => {
  const makes = routes.filter(({ method, success }) => method === 'POST' && success.status === 201);
  assert.ok(makes.length >= 3);
  for (const { name, idempotent, policy } of makes) {
    // Keys are kept by organisation and person: who is neither has none.
    if (policy.allow === 'anyone') continue;
    assert.equal(idempotent, true, `${name}: declare it idempotent and write in request.tx`);
  }
});
