import type { Stub } from 'spydra-sdk/contract';
import { expect, it } from 'vitest';
import { type Envelope, FabricLedger } from '../../helpers/fabric-ledger.js';

/*
 * What the ledger of these tests has in common with a real peer.
 */

const bytes = (text: string) => new TextEncoder().encode(text);
const row = (name: string) => `\0row\0${name}\0`;

function endorse(ledger: FabricLedger, run: (stub: Stub) => Promise<void>): Promise<Envelope> {
  return ledger.endorse(async (stub) => {
    await run(stub);
    return '';
  });
}

/** Reads a range up to a number of rows. */
async function readRange(stub: Stub, most = Number.POSITIVE_INFINITY): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of stub.getStateByPartialCompositeKey('row', [])) {
    keys.push(key);
    if (keys.length === most) break;
  }
  return keys;
}

function ledgerOf(...names: readonly string[]): FabricLedger {
  const ledger = new FabricLedger();
  ledger.load(names.map((name) => [row(name), 'x'] as const));
  return ledger;
}

const put = (ledger: FabricLedger, name: string) => endorse(ledger, (stub) => stub.putState(row(name), bytes('y')));

it('a transaction does not see its own writes', async () => {
  const ledger = ledgerOf('a');
  await endorse(ledger, async (stub) => {
    await stub.putState(row('a'), bytes('new'));
    await stub.putState(row('b'), bytes('new'));
    await stub.deleteState(row('a'));
    expect(await stub.getState(row('a'))).toEqual(bytes('x'));
    expect(await readRange(stub)).toEqual([row('a')]);
  });
});

it('a transaction that pages cannot write, and one that writes cannot page', async () => {
  const page = (stub: Stub) => stub.getStateByPartialCompositeKeyWithPagination('row', [], 2);
  const message = 'Paginated queries are supported only in a read-only transaction';
  const pagesFirst = endorse(ledgerOf('a'), async (stub) => {
    await (await page(stub)).iterator.close();
    await stub.putState(row('b'), bytes('y'));
  });
  await expect(pagesFirst).rejects.toThrow(message);
  const writesFirst = endorse(ledgerOf('a'), async (stub) => {
    await stub.putState(row('b'), bytes('y'));
    await page(stub);
  });
  await expect(writesFirst).rejects.toThrow(message);
});

it('a read of an absent key conflicts with a transaction that puts it, in the same block too', async () => {
  const ledger = ledgerOf();
  const read = await endorse(ledger, async (stub) => void (await stub.getState(row('a'))));
  expect(ledger.commit(await put(ledger, 'a'), read)).toEqual(['VALID', 'MVCC_READ_CONFLICT']);
});

it('blind writes of one key do not conflict', async () => {
  const ledger = ledgerOf();
  expect(ledger.commit(await put(ledger, 'a'), await put(ledger, 'a'))).toEqual(['VALID', 'VALID']);
});

it('a range that was read to its end conflicts with a new row, and a part of one only with a row before its end', async () => {
  const names = Array.from({ length: 150 }, (_, n) => `r${String(n).padStart(3, '0')}`);
  for (const [most, name, code] of [
    [1, 'r999', 'VALID'],
    [1, 'r0005', 'PHANTOM_READ_CONFLICT'],
    [Number.POSITIVE_INFINITY, 'r999', 'PHANTOM_READ_CONFLICT'],
  ] as const) {
    const ledger = ledgerOf(...names);
    const read = await endorse(ledger, async (stub) => void (await readRange(stub, most)));
    expect(ledger.commit(await put(ledger, name), read)).toEqual(['VALID', code]);
  }
});

it('a range is in the order of bytes, and ends without a word at the limit of the peer', async () => {
  const ledger = ledgerOf('\u{1f3e0}', '\ue000', 'ä', 'z');
  await endorse(ledger, async (stub) => {
    expect(await readRange(stub)).toEqual(['z', 'ä', '\ue000', '\u{1f3e0}'].map(row));
  });
  ledger.totalQueryLimit = 3;
  await endorse(ledger, async (stub) => {
    expect(await readRange(stub)).toHaveLength(3);
  });
});
