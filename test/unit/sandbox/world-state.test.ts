import { describe, expect, test } from 'vitest';
import { compositeKey } from '../../../src/sandbox/composite-key.js';
import { type RangeRead, type Version, WorldState } from '../../../src/sandbox/world-state.js';

const row = (...names: readonly string[]) => compositeKey('row', ...names);
const PREFIX = row();

/** A transaction with what it has read and written. */
const transaction = (
  txId: string,
  writes: Record<string, string | undefined> = {},
  reads: Record<string, Version> = {},
  ranges: RangeRead[] = [],
) => ({ txId, writes: new Map(Object.entries(writes)), reads: new Map(Object.entries(reads)), ranges });
type Transaction = ReturnType<typeof transaction>;

/** Validates and applies a block, and returns the validation codes. */
function commit(state: WorldState, ...block: Transaction[]) {
  const codes = state.validate(block);
  state.apply(block.map((each, place) => ({ ...each, validationCode: codes[place] ?? 'VALID' })));
  return codes;
}

const put = (txId: string, name: string) => transaction(txId, { [row(name)]: txId });

/** A read of the whole range, as it is now. */
const all = (state: WorldState, last?: string): RangeRead => ({
  prefix: PREFIX,
  last,
  rows: new Map([...state.keysBelow(PREFIX)].map((key) => [key, state.versionOf(key)])),
});

describe('the validation of a block', () => {
  test('changes nothing', () => {
    const state = new WorldState();
    expect(state.validate([put('1', 'a')])).toEqual(['VALID']);
    expect([state.height, [...state.keys()]]).toEqual([0, []]);
  });

  test('finds a read that an earlier transaction of the block or of another one has changed', () => {
    const state = new WorldState();
    const read = transaction('r', { x: '1' }, { [row('a')]: undefined });
    expect(state.validate([put('1', 'a'), read])).toEqual(['VALID', 'MVCC_READ_CONFLICT']);
    commit(state, put('1', 'a'));
    expect(state.validate([read])).toEqual(['MVCC_READ_CONFLICT']);
  });

  test('finds no conflict with a transaction that is invalid itself', () => {
    const invalid = transaction('1', { [row('a')]: 'x' }, { [row('b')]: '7.7' });
    const read = transaction('2', {}, { [row('a')]: undefined });
    expect(new WorldState().validate([invalid, read])).toEqual(['MVCC_READ_CONFLICT', 'VALID']);
  });

  test('finds a transaction that comes twice, in one block or in two', () => {
    const state = new WorldState();
    expect(commit(state, put('1', 'a'), put('1', 'a'))).toEqual(['VALID', 'DUPLICATE_TXID']);
    expect(commit(state, put('1', 'a'))).toEqual(['DUPLICATE_TXID']);
  });

  test.each<[string, Transaction]>([
    ['a new row', put('1', 'c')],
    ['a changed row', put('1', 'a')],
    ['a deleted row', transaction('1', { [row('a')]: undefined })],
  ])('finds %s in a range that was read, in one block or in two', (_, change) => {
    const state = new WorldState([
      [row('a'), '1'],
      [row('b'), '1'],
    ]);
    const range = transaction('r', {}, {}, [all(state)]);
    expect(state.validate([change, range])).toEqual(['VALID', 'PHANTOM_READ_CONFLICT']);
    commit(state, change);
    expect(state.validate([range])).toEqual(['PHANTOM_READ_CONFLICT']);
  });

  test('ignores changes behind the last row that was read, and rows that come and go within a block', () => {
    const state = new WorldState([[row('b'), '1']]);
    const part = transaction('r', {}, {}, [all(state, row('b'))]);
    expect(state.validate([put('1', 'c'), part])).toEqual(['VALID', 'VALID']);
    const gone = transaction('2', { [row('c')]: undefined });
    expect(state.validate([put('1', 'c'), gone, transaction('r', {}, {}, [all(state)])]).at(-1)).toBe('VALID');
  });
});

describe('the keys below a prefix', () => {
  test('are in the order of their bytes, at every depth, and without deleted ones', () => {
    const names = [['z'], ['a', '2'], ['a', '10'], ['ab'], ['\u{1f3e0}'], ['\ue000'], ['a'], ['ä']];
    const state = new WorldState(names.map((parts) => [row(...parts), 'x'] as const));
    const expected = names.map((parts) => row(...parts)).sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    expect([...state.keysBelow(PREFIX)]).toEqual(expected);
    expect([...state.keysBelow(row('a'))]).toEqual([row('a', '10'), row('a', '2')]);
    commit(state, transaction('1', { [row('a', '2')]: undefined, [row('a', '10')]: undefined }));
    expect([...state.keysBelow(PREFIX)]).toEqual(expected.filter((key) => key.split('\0').length < 5));
    commit(state, put('2', 'b'));
    expect([...state.keysBelow(PREFIX)]).toContain(row('b'));
  });
});
