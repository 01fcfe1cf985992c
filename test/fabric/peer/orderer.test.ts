import { common } from '@hyperledger/fabric-protos';
import { beforeEach, expect, it } from 'vitest';
import { type BlockRules, Orderer } from './orderer.js';

let blocks: number[][];
/** Callbacks that wait for the time of a block. */
let waiting: (() => void)[];
beforeEach(() => {
  blocks = [];
  waiting = [];
});

const RULES = { blockTime: 1_000, maxMessageCount: 3, preferredMaxBytes: 1_000, absoluteMaxBytes: 5_000 };

function ordererWith(rules: Partial<BlockRules> = {}): Orderer {
  const schedule = (callback: () => void) => {
    waiting.push(callback);
    return () => void waiting.splice(waiting.indexOf(callback), 1);
  };
  return new Orderer({ ...RULES, ...rules }, schedule, (envelopes) =>
    blocks.push(envelopes.map((envelope) => envelope.getPayload_asU8().length)),
  );
}

function order(orderer: Orderer, ...sizes: readonly number[]): void {
  for (const size of sizes) {
    const envelope = new common.Envelope();
    envelope.setPayload(new Uint8Array(size));
    orderer.order(envelope);
  }
}

it('a block is cut by count', () => {
  order(ordererWith(), 10, 11, 12, 13);
  expect(blocks).toEqual([[10, 11, 12]]);
  expect(waiting).toHaveLength(1);
});

it('a block is cut by time, from its first transaction on', () => {
  const orderer = ordererWith();
  order(orderer, 10, 11);
  expect(waiting).toHaveLength(1);
  waiting[0]?.();
  order(orderer, 12);
  waiting[0]?.();
  expect(blocks).toEqual([[10, 11], [12]]);
});

it('a block is cut before it exceeds its preferred size, and one that exceeds it alone has a block of its own', () => {
  order(ordererWith(), 600, 600, 2_000, 10);
  expect(blocks).toEqual([[600], [600], [2_000]]);
});

it('without a block time each transaction has a block', () => {
  order(ordererWith({ blockTime: 0 }), 10, 11);
  expect(blocks).toEqual([[10], [11]]);
});

it('a transaction that is too large for any block is refused', () => {
  expect(() => order(ordererWith(), 6_000)).toThrow('exceeds maximum allowed 5000 bytes');
  expect(blocks).toEqual([]);
});

it('what is held is ordered when it is released, and what is lost is not', () => {
  const orderer = ordererWith({ blockTime: 0 });
  orderer.hold();
  order(orderer, 10, 11);
  expect([orderer.heldCount, blocks]).toEqual([2, []]);
  orderer.release();
  expect(blocks).toEqual([[10], [11]]);
  orderer.hold();
  order(orderer, 12);
  orderer.lose();
  order(orderer, 13);
  expect(blocks).toEqual([[10], [11], [13]]);
});
