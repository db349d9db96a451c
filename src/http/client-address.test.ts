import assert from 'node:assert/strict';
import type { IncomingMessage } from 'node:http';
import { test } from 'node:test';
import { clientAddressBehind } from './client-address.ts';

const ask = (proxies: string, remoteAddress: string, forwarded?: string) =>
  clientAddressBehind(proxies)({
    socket: { remoteAddress },
    headers: forwarded === undefined ? {} : { 'x-forwarded-for': forwarded },
  } as unknown as IncomingMessage);

test('without proxies of ours the header says nothing', () => {
  assert.equal(ask('', '203.0.113.9', '10.0.0.1'), '203.0.113.9');
  assert.equal(ask('10.0.0.0/8', '203.0.113.9', '198.51.100.1'), '203.0.113.9');
  assert.equal(ask('', '::ffff:203.0.113.9'), '203.0.113.9');
});

test('behind proxies of ours it is the last address that is not one of them', () => {
  assert.equal(ask('10.0.0.0/8', '10.1.1.1', '203.0.113.9'), '203.0.113.9');
  assert.equal(ask('10.0.0.0/8, ::1', '::1', '203.0.113.9, 10.2.2.2'), '203.0.113.9');
  assert.equal(ask('10.0.0.0/8', '10.1.1.1'), '10.1.1.1');
  assert.equal(ask('10.0.0.0/8', '::ffff:10.1.1.1', '2001:db8::1'), '2001:db8::1');
});

test('what a client wrote into the header itself is not believed', () => {
  assert.equal(ask('10.0.0.0/8', '10.1.1.1', '198.51.100.1, 203.0.113.9'), '203.0.113.9');
  assert.equal(ask('10.0.0.0/8', '10.1.1.1', '198.51.100.1, rubbish'), '10.1.1.1');
  assert.equal(ask('10.0.0.0/8', '10.1.1.1', ''), '10.1.1.1');
  assert.equal(ask('10.0.0.0/8', '10.1.1.1', `${'198.51.100.1,'.repeat(5_000)}203.0.113.9`), '203.0.113.9');
});

test('what is no address is refused', () => {
  for (const wrong of ['x', '10.0.0.0/33', '10.0.0.0/a', '10.0.0.0/8/8', '::/129', '10.0.0']) {
    assert.throws(() => clientAddressBehind(wrong), /is not an address/, wrong);
  }
});
