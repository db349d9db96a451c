import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type AddressKind, isAllowedAddress, kindOfAddress } from './address-rules.ts';

const KINDS: Readonly<Record<AddressKind, readonly string[]>> = {
  public: [
    '1.1.1.1',
    '8.8.8.8',
    '9.255.255.255',
    '11.0.0.0',
    '100.63.255.255',
    '100.128.0.0',
    '172.15.255.255',
  ]
    .concat([
      '172.32.0.0',
      '192.167.255.255',
      '192.169.0.0',
      '223.255.255.255',
      '126.255.255.255',
      '128.0.0.1',
    ])
    .concat(['2606:4700::1111', '2a00:1450:4001::1', '2001:4860:4860::8888', '2001:200::1', '3ffe::1']),
  private: [
    '10.0.0.0',
    '10.255.255.255',
    '127.0.0.1',
    '127.255.255.255',
    '100.64.0.0',
    '100.127.255.255',
  ].concat(['172.16.0.0', '172.31.255.255', '192.168.0.0', '192.168.255.255', '::1', 'fc00::', 'fdff::1']),
  never: ['0.0.0.0', '0.1.2.3', '169.254.169.254', '169.254.0.1', '192.0.0.1', '192.0.2.1', '192.88.99.1']
    .concat([
      '198.18.0.1',
      '198.19.255.255',
      '198.51.100.1',
      '203.0.113.1',
      '224.0.0.1',
      '239.1.1.1',
      '240.0.0.1',
    ])
    .concat([
      '255.255.255.255',
      '100.100.100.200',
      '168.63.129.16',
      '::',
      '::ffff:1.1.1.1',
      '::ffff:127.0.0.1',
    ])
    .concat([
      '::1.1.1.1',
      '64:ff9b::101:101',
      '64:ff9b:1::1',
      '100::1',
      '2001::1',
      '2001:db8::1',
      '2002:101:101::',
    ])
    .concat([
      '3fff::1',
      'fe80::1',
      'fec0::1',
      'ff02::1',
      'fd00:ec2::254',
      'fd20:ce::254',
      'fe80::1%eth0',
      '5f00::1',
    ])
    .concat(['', 'localhost', '1.2.3', '0x7f.0.0.1', '2606:4700::1111%1', ' 1.1.1.1', '1.1.1.1\n']),
};

test('each address is of the kind that its bits say', () => {
  for (const [kind, addresses] of Object.entries(KINDS)) {
    for (const address of addresses) assert.equal(kindOfAddress(address), kind, address);
  }
});

test('an address of version 4 in any form of version 6 is never spoken to', () => {
  const byte = fc.integer({ min: 0, max: 255 });
  fc.assert(
    fc.property(fc.tuple(byte, byte, byte, byte), ([a, b, c, d]) => {
      const hex = [a, b, c, d].map((part) => part.toString(16).padStart(2, '0')).join('');
      const [high, low] = [hex.slice(0, 4), hex.slice(4)];
      for (const prefix of ['::ffff:', '::', '64:ff9b::', '::ffff:0:']) {
        // ::1 is the loopback of version 6 itself.
        if (prefix === '::' && `${high}${low}` === '00000001') continue;
        assert.equal(isAllowedAddress(`${prefix}${high}:${low}`, true), false, `${prefix}${high}:${low}`);
      }
      assert.equal(isAllowedAddress(`2002:${high}:${low}::1`, true), false);
    }),
  );
});

test('what the installation allows is its own network, and nothing that gives out credentials', () => {
  for (const address of KINDS.private) {
    assert.deepEqual(
      [isAllowedAddress(address, false), isAllowedAddress(address, true)],
      [false, true],
      address,
    );
  }
  for (const address of KINDS.never) assert.equal(isAllowedAddress(address, true), false, address);
});
