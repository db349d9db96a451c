import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Random } from '#kernel/env.ts';
import { type Fault, FaultBoard, type FaultOrder } from './faults.ts';

const fixed = (value: number): Random => ({ float: () => value, bytes: (n) => new Uint8Array(n).fill(7) });

function boardWith(orders: FaultOrder[], random = fixed(0.5)) {
  const kept: (readonly Fault[])[] = [];
  const board = new FaultBoard([], random, (faults) => kept.push(faults));
  board.replace(orders);
  return { board, kept };
}

describe('faults', () => {
  it('strike as often as counted and stay listed when used up', () => {
    const { board, kept } = boardWith([{ kind: 'quota', count: 2 }]);
    const target = { operation: 'server.create' };
    assert.ok(board.take('quota', target));
    assert.ok(board.take('quota', target));
    assert.equal(board.take('quota', target), undefined);
    assert.equal(board.list[0]?.remaining, 0);
    assert.equal(kept.length, 3);
  });

  it('match operation, zone, type and id', () => {
    const { board } = boardWith([
      { kind: 'error_before', operation: 'server.*', zone: 'mock-a', type: 'MOCK-L4-1' },
      { kind: 'late_delete', resource_id: 'vol-1', delay_ms: 5 },
    ]);
    const here = { operation: 'server.get', zone: 'mock-a', type: 'MOCK-L4-1' };
    assert.ok(board.take('error_before', here));
    assert.equal(board.take('error_before', { ...here, zone: 'mock-b' }), undefined);
    assert.equal(board.take('error_before', { ...here, type: 'MOCK-H100-1' }), undefined);
    assert.equal(board.take('error_before', { ...here, operation: 'volume.get' }), undefined);
    assert.ok(board.take('late_delete', { operation: 'volume.delete', id: 'vol-1' }));
    assert.equal(board.take('late_delete', { operation: 'volume.delete', id: 'vol-2' }), undefined);
  });

  it('strike with their probability', () => {
    const orders: FaultOrder[] = [{ kind: 'throttle', probability: 0.5 }];
    const target = { operation: 'server.get' };
    assert.ok(boardWith(orders, fixed(0.49)).board.take('throttle', target));
    assert.equal(boardWith(orders, fixed(0.5)).board.take('throttle', target), undefined);
  });

  it('a kind strikes where it makes sense when no operation is named', () => {
    const { board } = boardWith([{ kind: 'stock_out' }, { kind: 'truncated_list' }]);
    assert.ok(board.take('stock_out', { operation: 'server.create' }));
    assert.equal(board.take('stock_out', { operation: 'server.start' }), undefined);
    assert.ok(board.take('truncated_list', { operation: 'volume.list' }));
    assert.equal(board.take('truncated_list', { operation: 'volume.get' }), undefined);
  });

  it('one whose record cannot be kept is not armed', () => {
    const board = new FaultBoard([], fixed(0), () => {
      throw new Error('disk full');
    });
    assert.throws(() => board.add({ kind: 'quota' }), /disk full/);
    assert.deepEqual(board.list, []);
  });
});
