import { createSandbox, type PlatformOptions } from 'spydra-sdk/sandbox';
import { describe, expect, it, onTestFinished } from 'vitest';
import { FLAT } from '../helpers/flat.js';
import { LEDGER, platformClient } from '../helpers/platform.js';
import { sandboxed } from '../helpers/sandbox.js';

const ORDER = {
  creatorWallet: 'treasury',
  asset: {
    name: 'Harbour View 12',
    symbol: 'HV12',
    description: 'A flat by the harbour',
    assetType: 'real-estate',
    totalValue: '525000',
    totalSupply: '10000',
    pricePerToken: '52.5',
    status: 'draft',
  },
};

/** A client as the samples of the documentation are: a URL, a header, and `fetch`. */
class SampleClient {
  constructor(
    readonly baseUrl: string,
    readonly apiKey: string,
  ) {}

  async post(path: string, body: unknown): Promise<{ status: number; body: unknown }> {
    const response = await fetch(`${this.baseUrl}${path}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'X-API-KEY': this.apiKey },
      body: JSON.stringify(body),
    });
    const text = await response.text();
    return { status: response.status, body: text === '' ? undefined : JSON.parse(text) };
  }

  async transact(functionName: string, args: unknown[], query = '') {
    return this.post(`/ledger/transact${query}`, { functionName, args });
  }

  async query(functionName: string, args: unknown[]) {
    return this.post('/ledger/query', { functionName, args });
  }
}

interface Transacted {
  readonly transactionId: string;
  readonly data: string;
}

async function served(platform?: PlatformOptions) {
  const sandbox = createSandbox({ platform });
  onTestFinished(() => sandbox.close());
  const { url } = await sandbox.listen();
  return { sandbox, url, client: new SampleClient(`${url}/fabric/sandbox-app`, 'sandbox-key') };
}

describe('a client as the documented samples are', () => {
  it('creates, mints and reads over HTTP, without the SDK', async () => {
    const { client } = await served();
    const created = await client.transact('CreateAsset', [ORDER, 'create-1']);
    expect(created).toMatchObject({ status: 200, body: { transactionId: expect.stringMatching(/^[0-9a-f]{64}$/) } });
    // The result of the contract is JSON text.
    const { assetId } = JSON.parse((created.body as Transacted).data);
    const mint = [JSON.stringify({ assetId, minterWallet: 'm', recipientWallet: 'treasury', amount: '10' }), 'mint-1'];
    const { transactionId } = (await client.transact('MintTokens', mint)).body as Transacted;
    expect(await client.query('Balances', ['treasury'])).toEqual({
      status: 200,
      body: { walletId: 'treasury', balances: [{ assetId, assetName: 'Harbour View 12', balance: '10' }] },
    });
    // Under its key it is applied once.
    const again = JSON.parse(((await client.transact('MintTokens', mint)).body as Transacted).data);
    expect(again).toMatchObject({ transactionId, replayed: true });
  });

  it('is refused with another key, and for another app', async () => {
    const { url } = await served();
    const other = new SampleClient(`${url}/fabric/sandbox-app`, 'another-key');
    expect((await other.query('Version', [])).status).toBe(401);
    const elsewhere = new SampleClient(`${url}/fabric/another-app`, 'sandbox-key');
    expect((await elsewhere.query('Version', [])).status).toBe(404);
  });

  it('gets a refusal of the contract as the text of an error', async () => {
    const { client } = await served();
    const { status, body } = await client.query('Asset', ['none']);
    expect([status, body]).toEqual([500, { message: expect.stringContaining('{"code":"NOT_FOUND"') }]);
  });

  it('gets a receipt with `async=true`, and what became of it later', async () => {
    const { client, url } = await served();
    const { body } = await client.transact('CreateAsset', [ORDER, 'create-1'], '?async=true');
    const { receiptId } = body as { receiptId: string };
    expect(receiptId).toMatch(/^[0-9a-f]{24}$/);
    const headers = { 'X-API-KEY': 'sandbox-key' };
    const receipt = await fetch(`${url}/fabric/sandbox-app/receipt?receiptId=${receiptId}`, { headers });
    expect(await receipt.json()).toEqual({
      receiptId,
      transactionId: expect.stringMatching(/^[0-9a-f]{64}$/),
      status: 'VALID',
    });
  });

  it.each([
    [{}, 400],
    [{ functionName: 1 }, 400],
    [{ functionName: 'Version', args: 'none' }, 400],
    [{ functionName: 'Version', identity: '' }, 400],
  ])('is refused with the body %j', async (body, status) => {
    const { client } = await served();
    expect((await client.post('/ledger/query', body)).status).toBe(status);
  });
});

describe('a switch of the platform', () => {
  it('changes the status and the form of results', async () => {
    const { client } = await served({ status: 201, results: 'object' });
    const { status, body } = await client.transact('CreateAsset', [ORDER, 'create-1']);
    expect([status, body]).toMatchObject([201, { data: { asset: { symbol: 'HV12' } } }]);
    const none = (await served({ results: 'none' })).client;
    expect(Object.keys((await none.transact('CreateAsset', [ORDER, 'create-1'])).body as object)).toEqual([
      'transactionId',
    ]);
    const quoted = (await served({ results: 'quoted' })).client;
    const twice = (await quoted.query('Version', [])).body as string;
    expect(JSON.parse(JSON.parse(twice))).toMatchObject({ contractVersion: '1' });
  });

  it('loses responses after the commit', async () => {
    const { client, sandbox } = await served({ loseEvery: 2 });
    expect((await client.transact('CreateAsset', [ORDER, 'create-1'])).status).toBe(200);
    await expect(client.transact('CreateAsset', [ORDER, 'create-2'])).rejects.toThrow('fetch failed');
    expect(sandbox.blocks).toHaveLength(2);
    await expect(sandbox.fetch(`${LEDGER}/transact`, { method: 'POST' })).resolves.toBeInstanceOf(Response);
  });

  it.each([
    [{ status: 204 }, 'platform.status must be one of 200, 201.'],
    [{ loseEvery: 0 }, 'platform.loseEvery must be a whole number from 1.'],
    [{ result: 'text' }, 'result is not an option of platform (did you mean results?).'],
  ])('that cannot be is refused: %j', (platform, message) => {
    expect(() => createSandbox({ platform: platform as PlatformOptions })).toThrow(message);
  });
});

it('the REST API and the platform of one sandbox show the same ledger', async () => {
  const { sandbox, spydra: rest } = sandboxed();
  await using onPlatform = platformClient(sandbox);
  const { assetId } = await rest.assets.create(FLAT);
  const { transactionId } = await onPlatform.tokens.mint({ assetId, recipientWallet: 'alice', amount: 7n });
  expect(await rest.transactions.get(transactionId)).toMatchObject({ type: 'mint', amount: 7n, status: 'COMMITTED' });
  await rest.tokens.transfer({ assetId, fromWallet: 'alice', toWallet: 'bob', amount: 2n });
  for (const client of [rest, onPlatform]) {
    const holders = await client.tokens.holders(assetId);
    expect(new Map(holders.map(({ wallet, balance }) => [wallet, balance]))).toEqual(
      new Map([
        ['alice', 5n],
        ['bob', 2n],
      ]),
    );
    expect(await client.tokens.supply(assetId)).toMatchObject({ totalMinted: 7n });
  }
});
