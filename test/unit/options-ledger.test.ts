import diagnostics from 'node:diagnostics_channel';
import { ConfigurationError, type Ledger, type PageInput, SpydraClient, type TransactionRecord } from 'spydra-sdk';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { contractLedger } from '../../src/chain/contract-ledger.js';
import { rejection } from '../helpers/client.js';
import { MemoryChain } from '../helpers/memory-chain.js';

async function memoryLedger(): Promise<Ledger> {
  return contractLedger(await MemoryChain.make());
}

const ASSET = {
  name: 'House',
  symbol: 'HSE',
  description: 'A house',
  assetType: 'real-estate',
  totalValue: '1000',
  totalSupply: 1_000n,
  creatorWallet: 'issuer',
};

describe('the option ledger', () => {
  it('needs no credentials, and reads none from the environment', async () => {
    for (const name of ['API_KEY', 'PROJECT_ID', 'BASE_URL', 'ASSET_SCHEMA_ID'])
      vi.stubEnv(`SPYDRA_${name}`, ' not valid ');
    vi.stubEnv('SPYDRA_RETRIES', '7');
    onTestFinished(() => {
      vi.unstubAllEnvs();
    });
    await using spydra = new SpydraClient({ ledger: await memoryLedger() });
    expect((await spydra.assets.create(ASSET)).status).toBe('committed');
    vi.stubEnv('SPYDRA_RETRIES', '-7');
    const ledger = await memoryLedger();
    expect(() => new SpydraClient({ ledger })).toThrow('retries (SPYDRA_RETRIES)');
  });

  it.each([
    'apiKey',
    'projectId',
    'networkId',
    'appId',
    'assetSchemaId',
    'baseUrl',
    'headers',
    'fetch',
    'idempotency',
    'writeLocks',
  ])('refuses %s beside it, which is an option of the REST API', async (option) => {
    const ledger = await memoryLedger();
    const make = () => new SpydraClient({ ledger, [option]: 'something' });
    expect(make).toThrow(ConfigurationError);
    expect(make).toThrow(
      new RegExp(`${option}.* is an option of the REST API, and must not be given beside \`ledger\``),
    );
  });

  it('refuses what is no ledger, by the methods that it lacks', () => {
    for (const ledger of [{}, 'fabric', { mint: () => {} }]) {
      expect(() => new SpydraClient({ ledger } as never)).toThrow('ledger must have the methods createAsset');
    }
  });

  it('takes an instance of a class, whose methods are called on it', async () => {
    const base = await memoryLedger();
    class Counting implements Partial<Ledger> {
      count = 0;
      async getAsset(...args: Parameters<Ledger['getAsset']>) {
        this.count++;
        return base.getAsset(...args);
      }
    }
    for (const [name, method] of Object.entries(base)) {
      if (typeof method === 'function' && name !== 'getAsset') {
        Object.defineProperty(Counting.prototype, name, { value: method });
      }
    }
    const ledger = new Counting();
    await using spydra = new SpydraClient({ ledger: ledger as unknown as Ledger, cache: true });
    const { assetId } = await spydra.assets.create(ASSET);
    for (let each = 0; each < 3; each++) expect((await spydra.assets.get(assetId)).name).toBe('House');
    expect(ledger.count).toBe(1);
    expect((await spydra.transactions.reconcile('key')).state).toBe('not-found');
  });

  it('is closed once, with the last client of it', async () => {
    const close = vi.fn(async () => {});
    const first = new SpydraClient({ ledger: { ...(await memoryLedger()), close } });
    const second = first.withOptions({ deadline: 5_000 });
    await first.close();
    await first.close();
    expect(close).not.toHaveBeenCalled();
    await Promise.all([second.close(), second.close()]);
    expect(close).toHaveBeenCalledTimes(1);
  });

  it('publishes how its writes end', async () => {
    const events: unknown[] = [];
    const listener = (event: unknown) => events.push(event);
    diagnostics.subscribe('spydra-sdk:write', listener);
    onTestFinished(() => {
      diagnostics.unsubscribe('spydra-sdk:write', listener);
    });
    await using spydra = new SpydraClient({ ledger: await memoryLedger() });
    const { assetId, transactionId } = await spydra.assets.create(ASSET, { idempotencyKey: 'create-1' });
    await rejection(spydra.tokens.mint({ assetId, recipientWallet: 'alice', amount: 2_000n }));
    expect(events).toMatchObject([
      { type: 'create', outcome: 'committed', transactionId, idempotencyKey: 'create-1' },
      { type: 'mint', outcome: 'not-applied', code: 'SUPPLY_EXCEEDED' },
    ]);
  });
});

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
      ...(await memoryLedger()),
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
        ...(await memoryLedger()),
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
