import assert from 'node:assert/strict';
import { test } from 'node:test';
import { consoleUrlOf, sshCommandOf } from './server-access.ts';

const server = { provider: 'scaleway', zone: 'fr-par-2', server_ref: 'abc', address: '192.0.2.1' };

test('a command names the user of the provider, and none is made up', () => {
  assert.equal(sshCommandOf(server), 'ssh root@192.0.2.1');
  assert.equal(sshCommandOf({ ...server, provider: 'aws' }), 'ssh ubuntu@192.0.2.1');
  assert.equal(sshCommandOf({ ...server, address: null }), null);
  assert.equal(sshCommandOf({ ...server, provider: 'mock' }), null);
});

test('the console is that of the region of the server', () => {
  assert.match(consoleUrlOf(server) ?? '', /servers\/fr-par-2\/abc/);
  const aws = consoleUrlOf({ ...server, provider: 'aws', zone: 'eu-west-3a', server_ref: 'i-1' });
  assert.match(aws ?? '', /^https:\/\/eu-west-3\.console.*instanceId=i-1$/);
  assert.equal(consoleUrlOf({ ...server, server_ref: null }), null);
});
