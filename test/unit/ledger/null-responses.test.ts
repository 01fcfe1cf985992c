import { InvalidResponseError, type SpydraClient } from 'spydra-sdk';
import { describe, expect, it } from 'vitest';
import { rejection, testClient } from '../../helpers/client.js';
import { FLAT } from '../../helpers/flat.js';
import { mockServer } from '../../helpers/mock-server.js';
import { KEYED, MINT, record } from '../../helpers/scripted-ledger.js';

type Body = Record<string, unknown>;

const ASSET = { assetId: 'a1', totalValue: 1_000, totalSupply: 10, pricePerToken: 100, status: 'draft' };
const NULL_TEXTS = { name: null, symbol: null, description: null, assetType: null, metadata: null };
const EMPTY_TEXTS = { name: '', symbol: '', description: '', assetType: '', metadata: undefined };
const NULL_FIELDS = { actor: null, amount: null, error: null, fromWallet: null, toWallet: null, holderWallet: null };

/** A client of a server with this response. */
const answered = (body: unknown) => testClient({ ...mockServer(() => Response.json(body as Body)), retries: 0 });

const LISTS: [
  string,
  string,
  string,
  (client: SpydraClient) => PromiseLike<{ items?: unknown; balances?: unknown }>,
][] = [
  ['assets', 'assets', 'total', (client) => client.assets.list()],
  ['transactions', 'transactions', 'total', (client) => client.transactions.list()],
  ['the transactions of a wallet', 'transactions', 'total', (client) => client.wallets.transactions('w')],
  ['balances', 'balances', 'totalAssets', (client) => client.wallets.balance('w')],
];

describe.each(LISTS)('a list of %s that is null', (_what, list, count, read) => {
  it.each([
    ['zero', { [count]: 0 }],
    ['"0"', { [count]: '0' }],
    ['null', { [count]: null }],
    ['absent', {}],
  ])('is empty if its total is %s', async (_total, more) => {
    const { items, balances } = await read(answered({ [list]: null, ...more }));
    expect(items ?? balances).toEqual([]);
  });

  it.each([
    ['its total is not zero', { [list]: null, [count]: 2 }],
    ['its total cannot be read', { [list]: null, [count]: {} }],
    ['it comes with an error', { [list]: null, [count]: 0, error: 'timeout' }],
    ['it is absent', { [count]: 0 }],
  ])('is refused if %s', async (_why, body) => {
    expect(await rejection(read(answered(body)))).toBeInstanceOf(InvalidResponseError);
  });
});

describe('a total', () => {
  it('may be a number or its digits', async () => {
    expect(await answered({ assets: [ASSET], total: '12' }).assets.list()).toMatchObject({ total: 12, hasMore: true });
  });

  it.each([undefined, null, -1, 1.5, '1.5', '-1', '', 'many', '99999999999999999999'])(
    'that is %j is refused for a list with items',
    async (total) => {
      expect(await rejection(answered({ assets: [ASSET], total }).assets.list())).toBeInstanceOf(InvalidResponseError);
    },
  );
});

describe('a field that is null', () => {
  it('is an empty text or no metadata in an asset, read or listed', async () => {
    const asset = { ...ASSET, ...NULL_TEXTS };
    expect(await answered({ asset }).assets.get('a1')).toMatchObject(EMPTY_TEXTS);
    expect((await answered({ assets: [asset], total: 1 }).assets.list()).items).toMatchObject([EMPTY_TEXTS]);
  });

  it('is absent if it is optional in a transaction or a balance', async () => {
    const found = await answered(record('t1', { type: 'update', ...NULL_FIELDS, metadata: null })).transactions.get(
      't1',
    );
    expect(found).toMatchObject({ amount: undefined, actor: undefined, error: undefined, metadata: undefined });
    const balances = [{ assetId: 'a1', assetName: null, balance: 5 }];
    const spydra = testClient(
      mockServer(({ url }) => Response.json(url.includes('/balances/') ? { balances } : { asset: ASSET })),
    );
    expect((await spydra.wallets.balance('w')).balances).toEqual([{ assetId: 'a1', assetName: '', balance: 5n }]);
  });

  it.each(['assetId', 'totalValue', 'totalSupply', 'pricePerToken', 'status'])('is refused as %s', async (field) => {
    const asset = { ...ASSET, [field]: null };
    expect(await rejection(answered({ asset }).assets.get('a1'))).toBeInstanceOf(InvalidResponseError);
  });

  it.each(['transactionId', 'type', 'status', 'timestamp'])('is refused as %s of a transaction', async (field) => {
    const { transactions } = answered(record('t1', { [field]: null }));
    expect(await rejection(transactions.get('t1'))).toBeInstanceOf(InvalidResponseError);
  });

  it.each(['assetId', 'balance'])('is refused as %s of a balance', async (field) => {
    const balances = [{ assetId: 'a1', assetName: 'A', balance: 5, [field]: null }];
    expect(await rejection(answered({ balances }).wallets.balance('w'))).toBeInstanceOf(InvalidResponseError);
  });

  it('is not the amount of a mint: holders throws', async () => {
    const { tokens } = answered({ transactions: [record('t1', { amount: null })], total: 1 });
    expect(await rejection(tokens.holders('a1'))).toBeInstanceOf(InvalidResponseError);
  });
});

describe('writes to a server that uses null for empty values', () => {
  /** A server that lists what is written, with or without the filter by key. */
  function goLike(filtersByKey: boolean) {
    const stored: Body[] = [];
    const write = async (request: Request) => {
      const body = (await request.json()) as Body & { asset?: Body };
      const { metadata } = body.asset ?? body;
      const type = body.asset ? 'create' : 'mint';
      const transaction = record(`t${stored.length + 1}`, { ...NULL_FIELDS, ...body, type, metadata });
      stored.push(transaction);
      const asset = { ...ASSET, ...NULL_TEXTS };
      return { transactionId: transaction.transactionId, newBalance: 5, assetId: 'a1', asset };
    };
    const read = ({ pathname, searchParams }: URL) => {
      const id = pathname.split('/').at(-1);
      if (pathname.includes('/balances/')) return { balances: [{ assetId: 'a1', balance: 5 * stored.length }] };
      if (id !== 'transactions') return stored.find(({ transactionId }) => transactionId === id);
      const key = searchParams.get('idempotencyKey');
      const isMeant = ({ metadata }: Body) => !filtersByKey || !key || (metadata as Body).idempotencyKey === key;
      const transactions = stored.filter(isMeant).slice(Number(searchParams.get('offset')));
      return { transactions: transactions.length > 0 ? transactions : null, total: stored.filter(isMeant).length };
    };
    const server = mockServer(async (request) =>
      Response.json(request.method === 'GET' ? read(new URL(request.url)) : await write(request)),
    );
    return { client: () => testClient(server), stored };
  }

  it.each([true, false])(
    'resolve under a new key, and are found under it again (filter by key: %s)',
    async (filters) => {
      const { client, stored } = goLike(filters);
      const spydra = client();
      const first = await spydra.tokens.mint(MINT, KEYED);
      expect(first).toMatchObject({ transactionId: 't1', status: 'committed' });
      expect((await spydra.tokens.mint(MINT, { idempotencyKey: 'order-8' })).transactionId).toBe('t2');
      expect((await client().tokens.mint(MINT, KEYED)).transactionId).toBe('t1');
      expect(stored).toHaveLength(2);
    },
  );

  it('resolve although the asset in the response has no texts', async () => {
    const { client } = goLike(true);
    expect(await client().assets.create(FLAT, KEYED)).toMatchObject({ status: 'committed', asset: EMPTY_TEXTS });
  });
});
