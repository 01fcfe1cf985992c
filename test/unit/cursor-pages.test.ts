import { type Ledger, type PageInput, SpydraClient, type TransactionRecord } from 'spydra-sdk';
import { describe, expect, it, onTestFinished } from 'vitest';
import { contractLedger } from '../../src/chain/contract-ledger.js';
import { MemoryChain } from '../helpers/memory-chain.js';

describe('a list of a ledger that pages by cursor', () => {
  const ALL = Array.from({ length: 25 }, (_, n) => ({
    transactionId: `t${n}`,
    type: 'mint',
    status: 'COMMITTED',
    timestamp: '',
  }));

  /** Without an offset: a cursor is the number of the next item, as a text. */
  async function client(pages: (range: object) => void = () => {}): Promise<SpydraClient> {
    const ledger: Ledger = {
      ...contractLedger(await MemoryChain.make()),
      listTransactions: async (_, { limit, cursor = '0' }) => {
        pages({ limit, cursor });
        const next = Number(cursor) + limit;
        const items: TransactionRecord[] = ALL.slice(Number(cursor), next);
        return { items, total: Math.min(next, ALL.length), cursor: next < ALL.length ? String(next) : null };
      },
    };
    const spydra = new SpydraClient({ ledger });
    onTestFinished(() => spydra.close());
    return spydra;
  }

  it.each([
    [{ limit: 10 }, 25],
    [{ limit: 1 }, 25],
    [{ limit: 25 }, 25],
    [{ limit: 7, maxItems: 9 }, 9],
    [{ limit: 10, cursor: '20' }, 5],
  ])('yields each item once if iterated: %j', async (input: PageInput, count) => {
    const spydra = await client();
    const ids: string[] = [];
    for await (const { transactionId } of spydra.transactions.list(input)) ids.push(transactionId);
    const from = Number(input.cursor ?? 0);
    expect(ids).toEqual(ALL.slice(from, from + count).map(({ transactionId }) => transactionId));
  });

  it('has pages that name the next one', async () => {
    const spydra = await client();
    const page = await spydra.transactions.list({ limit: 10 });
    expect(page).toMatchObject({ cursor: '10', hasMore: true, offset: 0 });
    const next = await page.next();
    expect(next?.items[0]?.transactionId).toBe('t10');
    const last = await next?.next();
    expect(last).toMatchObject({ hasMore: false, cursor: null, items: { length: 5 } });
    expect(await last?.next()).toBeUndefined();
    expect((await spydra.transactions.list({ limit: 10, cursor: '20' })).items).toHaveLength(5);
  });

  it('has no offset', async () => {
    const spydra = await client();
    const iterate = async () => {
      for await (const _ of spydra.transactions.list({ offset: 5 })) return;
    };
    await expect(iterate()).rejects.toThrow('has no offset: pass the `cursor`');
    await expect(spydra.transactions.list({ offset: 5 })).rejects.toThrow('has no offset: pass the `cursor`');
  });

  it('ends with an error if the ledger names the same page again', async () => {
    const stuck = new SpydraClient({
      ledger: {
        ...contractLedger(await MemoryChain.make()),
        listTransactions: async () => ({ items: ALL.slice(0, 2), total: 2, cursor: 'x' }),
      },
    });
    onTestFinished(() => stuck.close());
    const iterate = async () => {
      for await (const _ of stuck.transactions.list()) {
      }
    };
    await expect(iterate()).rejects.toThrow('answers the same page again');
  });
});
