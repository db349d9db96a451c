/** Lists of machines: what people keep, what they slip on, and that nothing makes a reader fall. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { INVENTORY_FORMATS, type InventoryFormat, importHostsSchema } from '#contracts/hosts.ts';
import { expandRanges } from './host-fields.ts';
import { readInventory } from './inventory.ts';

const GENERATED = { kind: 'generated' } as const;

function read(format: InventoryFormat, content: string, defaults: object = { credential: GENERATED }) {
  const { hosts, errors } = readInventory(importHostsSchema.parse({ format, content, defaults }));
  return {
    hosts: hosts.map(({ host }) => `${host.name} ${host.username}@${host.address}:${host.port}`),
    errors: errors.map(({ line, message }) => `${line} ${message}`),
    whole: hosts.map(({ host }) => host),
  };
}

describe('a list of machines', () => {
  it('is a table with a heading, in any order of columns', () => {
    const { hosts, whole, errors } = read(
      'csv',
      '# ours\naddress,name,username,price,currency,password\n10.0.0.1,"rack 1, left",root,2.5,EUR,"s""x"\n10.0.0.2,,,,,\n',
    );
    assert.deepEqual(errors, []);
    assert.deepEqual(hosts, ['rack 1, left root@10.0.0.1:22', '10.0.0.2 root@10.0.0.2:22']);
    assert.deepEqual(whole[0]?.credential, { kind: 'password', password: 's"x' });
    assert.deepEqual(whole[0]?.price, { nanos_per_hour: 2_500_000_000, currency: 'EUR' });
    assert.deepEqual([whole[1]?.price, whole[1]?.credential], [null, GENERATED]);
  });

  it('is one object a line', () => {
    const { hosts, errors } = read(
      'json_lines',
      '{"address": "10.0.0.1", "port": 2222}\n\nno\n[]\n{"adress": "x"}\n',
    );
    assert.deepEqual(hosts, ['10.0.0.1 root@10.0.0.1:2222']);
    assert.deepEqual(
      errors.map((text) => text.split(' ')[0]),
      ['3', '4', '5', '5', '5'],
    );
  });

  it('is an Ansible inventory in INI form, with groups, children, variables and ranges', () => {
    const content = [
      'lonely.example.test ansible_host=10.9.0.1',
      '[gpu]',
      'node[01:03] ansible_user="deploy" # the first rack',
      'node02 ansible_port=2222',
      '[big:children]',
      'gpu',
      '[gpu:vars]',
      'ansible_user=child',
      "inventiv_price='1.25'",
      '[big:vars]',
      'ansible_user=parent',
      'ansible_port=22022',
      '[all:vars]',
      'ansible_user = everybody',
    ].join('\n');
    const { hosts, whole, errors } = read('ansible_ini', content);
    assert.deepEqual(errors, []);
    assert.deepEqual(hosts, [
      'lonely.example.test everybody@10.9.0.1:22',
      'node01 deploy@node01:22022',
      'node02 deploy@node02:2222',
      'node03 deploy@node03:22022',
    ]);
    assert.equal(whole[1]?.price?.nanos_per_hour, 1_250_000_000);
  });

  it('is an Ansible inventory in YAML form', () => {
    const content = [
      '---',
      'all:',
      '  vars:',
      '    ansible_user: ubuntu # everywhere',
      '  children:',
      '    gpu:',
      '      hosts:',
      '        gpu[a:b].example.test:',
      '        "special":',
      '          ansible_host: 10.0.0.7',
      "          ansible_password: 'it''s: #1'",
      '      vars:',
      '        ansible_port: 2200',
    ].join('\n');
    const { hosts, whole, errors } = read('ansible_yaml', content);
    assert.deepEqual(errors, []);
    assert.deepEqual(hosts, [
      'gpua.example.test ubuntu@gpua.example.test:2200',
      'gpub.example.test ubuntu@gpub.example.test:2200',
      'special ubuntu@10.0.0.7:2200',
    ]);
    assert.deepEqual(whole[2]?.credential, { kind: 'password', password: "it's: #1" });
  });

  it('names the line of each slip', () => {
    for (const [format, content, expected] of [
      ['csv', 'name,adress\n', /^1 unknown columns adress/],
      ['csv', 'address,name\n10.0.0.1\n', /^2 1 cells, and the heading has 2/],
      ['csv', 'address\n"10.0.0.1\n', /^2 a quote is not closed/],
      ['csv', 'address,price\n10.0.0.1,cheap\n', /^2 price\.nanos_per_hour/],
      ['csv', 'name,address\na,10.0.0.1\nb,10.0.0.1\n', /^3 10\.0\.0\.1 port 22 is in line 2 already/],
      ['ansible_ini', '[gpu\nnode1\n', /^1 \[gpu is no section/],
      ['ansible_ini', '[gpu]\nnode[3:1]\n', /^2 the range in node\[3:1\]/],
      ['ansible_ini', '[gpu]\nnode1 user\n', /^2 behind the host stand variables/],
      ['ansible_ini', '[a:children]\nb\n[b:children]\na\n[b]\nx\n', /is a child of itself/],
      ['ansible_yaml', 'all:\n\thosts:\n', /^2 YAML is indented with spaces/],
      ['ansible_yaml', 'all:\n  hosts:\n    - node1\n', /^3 this is no line/],
      ['ansible_yaml', 'all:\n  things:\n    a:\n', /^2 a group has hosts, vars and children/],
      ['ansible_yaml', 'all: {}\n', /^0 the list names no machine/],
    ] as const) {
      const { errors } = read(format, content);
      assert.match(errors[0] ?? 'no error', expected, content);
    }
    assert.match(read('csv', 'address\n10.0.0.1\n', {}).errors[0] ?? '', /^2 no credential: give/);
  });

  it('makes no reader fall, whatever stands in it', () => {
    const pieces = fc.constantFrom(
      ...'[]:={}"\'#,\n\t -aA0'.split(''),
      'all:',
      'hosts:',
      '[a:children]\n',
      'a[0:9]',
      '[a]\n',
    );
    const text = fc.array(pieces, { minLength: 1, maxLength: 60 }).map((parts) => parts.join(''));
    fc.assert(
      fc.property(text, fc.constantFrom(...INVENTORY_FORMATS), (content, format) => {
        const lines = content.split(/\r?\n/).length;
        const { hosts, errors } = readInventory({ format, content, defaults: { credential: GENERATED } });
        for (const { line } of errors) assert.ok(line >= 0 && line <= lines);
        assert.ok(hosts.length > 0 || errors.length > 0);
      }),
      { numRuns: 500 },
    );
  });

  it('expands a range to what it says, and never to more than there may be', () => {
    assert.deepEqual(expandRanges('n[08:11]', 100), ['n08', 'n09', 'n10', 'n11']);
    assert.deepEqual(expandRanges('n[1:5:2]x[a:b]', 100), ['n1xa', 'n1xb', 'n3xa', 'n3xb', 'n5xa', 'n5xb']);
    assert.equal(expandRanges('n[1:999999999]', 100), undefined);
    assert.equal(expandRanges('n[1:11]m[1:11]', 100), undefined);
    assert.equal(expandRanges('n]1[', 100), undefined);
  });
});
