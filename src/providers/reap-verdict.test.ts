import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { OwnedResource, ResourceKind } from './provider.ts';
import { judge } from './reap-verdict.ts';

const NOW_MS = 1_800_000_000_000;

function thing(
  changes: Partial<OwnedResource> & { expiresAtMs?: number; installation?: string },
): OwnedResource {
  const { expiresAtMs = NOW_MS - 1, installation = 'one', ...others } = changes;
  return {
    kind: 'server',
    ref: { id: 'srv-1', zone: 'z' },
    owner: { installation, instance: 'inst_1', attempt: 'att_1', expiresAtMs },
    attachedTo: undefined,
    createdAtMs: 0,
    ...others,
  };
}

const verdictOf = (resource: OwnedResource, others: OwnedResource[] = [], installation?: string) =>
  judge([...others, resource], { installation, nowMs: NOW_MS }).at(-1)?.verdict;

describe('what reap may delete', () => {
  it('only what is past its time, by a time that we can have written', () => {
    assert.equal(verdictOf(thing({})), 'expired');
    assert.equal(verdictOf(thing({ expiresAtMs: NOW_MS })), 'expired');
    assert.equal(verdictOf(thing({ expiresAtMs: NOW_MS + 1 })), 'live');
    assert.equal(verdictOf(thing({ expiresAtMs: NOW_MS / 1_000 })), 'unreadable', 'seconds');
    assert.equal(verdictOf(thing({ expiresAtMs: 0 })), 'unreadable');
    assert.equal(verdictOf(thing({ owner: undefined })), 'unreadable');
  });

  it('only of the installation that was named', () => {
    assert.equal(verdictOf(thing({}), [], 'one'), 'expired');
    assert.equal(verdictOf(thing({}), [], 'other'), 'foreign');
  });

  it('no part of a server that lives on or is not known', () => {
    const part = thing({ kind: 'address', ref: { id: 'adr-1', zone: 'z' }, attachedTo: 'srv-1' });
    assert.equal(verdictOf(part), 'in_use');
    assert.equal(verdictOf(part, [thing({ expiresAtMs: NOW_MS + 1 })]), 'in_use');
    assert.equal(verdictOf(part, [thing({ owner: undefined })]), 'in_use');
    assert.equal(verdictOf(part, [thing({})]), 'expired');
  });

  it('whatever the list, nothing is expired that any rule protects', () => {
    const time = fc.oneof(fc.constant(NOW_MS), fc.integer({ min: 0, max: 2 * NOW_MS }));
    const kind = fc.constantFrom<ResourceKind>('server', 'volume', 'address', 'key', 'security_group');
    const one = fc.record({
      kind,
      id: fc.integer({ min: 0, max: 8 }),
      expiresAtMs: time,
      installation: fc.constantFrom('one', 'other'),
      isTagged: fc.boolean(),
      server: fc.option(fc.integer({ min: 0, max: 8 }), { nil: undefined }),
    });
    fc.assert(
      fc.property(fc.uniqueArray(one, { selector: ({ id }) => id }), (rows) => {
        const listed = rows.map((row) =>
          thing({
            kind: row.kind,
            ref: { id: `x-${row.id}`, zone: 'z' },
            attachedTo: row.kind === 'server' || row.server === undefined ? undefined : `x-${row.server}`,
            ...(row.isTagged
              ? { expiresAtMs: row.expiresAtMs, installation: row.installation }
              : { owner: undefined }),
          }),
        );
        const findings = judge(listed, { installation: 'one', nowMs: NOW_MS });
        assert.equal(findings.length, listed.length);
        const expired = new Set(findings.filter((it) => it.verdict === 'expired').map((it) => it.ref.id));
        for (const finding of findings.filter(({ verdict }) => verdict === 'expired')) {
          assert.equal(finding.owner?.installation, 'one');
          assert.ok((finding.owner?.expiresAtMs ?? NOW_MS + 1) <= NOW_MS);
          if (finding.attachedTo !== undefined) assert.ok(expired.has(finding.attachedTo));
        }
      }),
      { numRuns: 500 },
    );
  });
});
