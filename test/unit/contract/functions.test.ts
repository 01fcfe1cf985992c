import { CONTRACT_VERSION, FUNCTIONS } from 'spydra-sdk/contract';
import { beforeEach, describe, expect, it } from 'vitest';
import { ADMIN, ASSET, BACKEND, Channel, POLICY, type Result } from './harness.js';

let channel: Channel;
let assetId: string;
beforeEach(async () => {
  channel = await Channel.configured();
  assetId = await channel.createAsset();
});

/** Runs a write, and gives its result, its record and the event of its transaction. */
async function write(functionName: string, order: object, ...hints: object[]): Promise<Result> {
  const who = functionName === 'Configure' ? ADMIN : BACKEND;
  const result = await channel.submit(who, functionName, order, channel.nextKey(), ...hints);
  const { name, payload } = channel.ledger.events.at(-1) ?? { name: '', payload: '{}' };
  const record = await channel.evaluate(BACKEND, 'Record', result.transactionId);
  return { result, record, event: { name, ...JSON.parse(payload) } };
}

const amounts = { supply: { minted: '9', burned: '0', circulating: '9', totalSupply: '1000000' } };

describe('every write', () => {
  it.each([
    [
      'MintTokens',
      { minterWallet: 'issuer', recipientWallet: 'bob', amount: '4', metadata: { lot: 1 } },
      { amount: '4', supply: { ...amounts.supply, minted: '13', circulating: '13' } },
      { type: 'mint', actor: 'issuer', recipientWallet: 'bob', amount: '4', metadata: { lot: 1 } },
      'TokensMinted',
    ],
    [
      'BurnTokens',
      { burnerWallet: 'issuer', holderWallet: 'alice', amount: '4' },
      { amount: '4', settledBalance: '5', supply: { ...amounts.supply, burned: '4', circulating: '5' } },
      { type: 'burn', actor: 'issuer', holderWallet: 'alice', amount: '4' },
      'TokensBurned',
    ],
    [
      'TransferTokens',
      { fromWallet: 'alice', toWallet: 'bob', amount: '4', metadata: { purchasePrice: 333.5 } },
      { amount: '4', settledBalance: '5' },
      {
        type: 'transfer',
        actor: 'alice',
        fromWallet: 'alice',
        toWallet: 'bob',
        amount: '4',
        metadata: { purchasePrice: 333.5 },
      },
      'TokensTransferred',
    ],
    [
      'SweepCredits',
      { walletId: 'alice' },
      { walletId: 'alice', credits: 1, settledBalance: '9', hasMore: false },
      { type: 'sweep', holderWallet: 'alice' },
      'CreditsSwept',
    ],
  ])('%s returns its result, and has a record and an event', async (name, order, result, record, event) => {
    await channel.mint(assetId, 'alice', '9');
    const done = await write(name, { assetId, ...order });
    const { transactionId, timestamp } = done.record;
    expect(done.result).toEqual({ assetId, ...result, transactionId, contractVersion: CONTRACT_VERSION });
    expect(done.record).toEqual({ assetId, ...record, transactionId, timestamp, mspId: 'Org1MSP' });
    const { metadata, ...listed } = done.record;
    const mark = metadata && { hasMetadata: true };
    expect(done.event).toEqual({ name: event, records: [{ ...listed, event, ...mark }] });
  });

  it('CreateAsset returns the asset with an id from the transaction, a draft with the price that follows', async () => {
    const order = {
      creatorWallet: 'issuer',
      asset: { ...ASSET, totalSupply: '3000', metadata: { rooms: 2 }, area: 70.5 },
    };
    const { result, record, event } = await write('CreateAsset', order);
    const id = `asset-${result.transactionId}`;
    const computed = {
      assetId: id,
      status: 'draft',
      pricePerToken: '333.333333333333333333',
      createdAt: record.timestamp,
    };
    expect(result).toMatchObject({ assetId: id, asset: { ...order.asset, ...computed } });
    expect(await channel.evaluate(BACKEND, 'Asset', id)).toEqual(result.asset);
    expect(record).toMatchObject({ type: 'create', assetId: id, actor: 'issuer', metadata: { rooms: 2 } });
    expect(event.name).toBe('AssetCreated');
  });

  it('UpdateAsset replaces fields, merges metadata one level deep and computes the price anew', async () => {
    await write('UpdateAsset', { assetId, updaterWallet: 'u', updates: { metadata: { rooms: 2, at: { lat: 1 } } } });
    const updates = { totalValue: '500', metadata: { at: { lon: 2 } } };
    const { result, record, event } = await write('UpdateAsset', { assetId, updaterWallet: 'u', updates });
    const changed = { totalValue: '500', pricePerToken: '0.0005', metadata: { rooms: 2, at: { lon: 2 } } };
    expect(result.asset).toMatchObject({ ...ASSET, ...changed, updatedAt: record.timestamp });
    expect(await channel.evaluate(BACKEND, 'Asset', assetId)).toEqual(result.asset);
    expect([record.type, record.metadata, event.name]).toEqual(['update', { at: { lon: 2 } }, 'AssetUpdated']);
  });

  it('UpdateAsset that publishes has a type and an event of its own', async () => {
    const { result, record, event } = await write('UpdateAsset', {
      assetId,
      updaterWallet: 'u',
      updates: { status: 'published' },
    });
    expect(result.asset).toMatchObject({ status: 'published', publishedAt: record.timestamp });
    expect([record.type, event.name]).toEqual(['publish', 'AssetPublished']);
  });

  it('UpdateAsset changes the total supply that a mint is bounded by', async () => {
    await write('UpdateAsset', { assetId, updaterWallet: 'u', updates: { totalSupply: '5' } });
    expect(await channel.evaluate(BACKEND, 'Supply', assetId)).toMatchObject({ totalSupply: '5' });
    expect((await channel.mint(assetId, 'w', '5')).supply).toMatchObject({ circulating: '5' });
  });

  it('CreateMetadata keeps a document about an asset', async () => {
    const { result, record, event } = await write('CreateMetadata', { assetId, metadata: { deed: '4711' } });
    expect(result).toMatchObject({ assetId, metadataId: `metadata-${result.transactionId}` });
    expect(await channel.evaluate(BACKEND, 'Document', result.metadataId)).toEqual({
      assetId,
      metadataId: result.metadataId,
      metadata: { deed: '4711' },
      createdAt: record.timestamp,
    });
    expect([record.type, event.name]).toEqual(['metadata', 'MetadataCreated']);
  });

  it('Configure replaces the policy', async () => {
    const policy = { ...POLICY, mint: [] };
    const { record, event } = await write('Configure', { policy });
    expect(await channel.evaluate(BACKEND, 'Policy')).toEqual({ policy, updatedAt: record.timestamp });
    expect([record.type, event.name]).toEqual(['configure', 'PolicyConfigured']);
  });
});

it('a burn frees supply: what was burned may be minted again', async () => {
  await write('UpdateAsset', { assetId, updaterWallet: 'u', updates: { totalSupply: '5' } });
  await channel.mint(assetId, 'w', '5');
  await write('BurnTokens', { assetId, burnerWallet: 'w', holderWallet: 'w', amount: '2' });
  await channel.mint(assetId, 'w', '2');
  expect(await channel.evaluate(BACKEND, 'Supply', assetId)).toMatchObject({
    minted: '7',
    burned: '2',
    circulating: '5',
  });
});

it('amounts of a thousand digits are exact', async () => {
  const most = '9'.repeat(1_000);
  const big = await channel.createAsset({ totalSupply: most });
  await channel.mint(big, 'alice', most);
  await channel.transfer(big, 'alice', 'bob', '1');
  expect(await channel.balance(big, 'alice')).toBe(`${'9'.repeat(999)}8`);
});

it('a number in metadata keeps every digit', async () => {
  const text = `{"assetId":"${assetId}","metadata":{"lat":40.71277612345678901,"n":12345678901234567890}}`;
  const { metadataId } = await channel.submit(BACKEND, 'CreateMetadata', text, channel.nextKey());
  const { result } = await channel.endorse(BACKEND, 'Document', metadataId);
  expect(result).toContain('"metadata":{"lat":40.71277612345678901,"n":12345678901234567890}');
});

describe('reads', () => {
  it('AccountBalances gives what several wallets hold, in their order, and 0 for nothing', async () => {
    await channel.mint(assetId, 'alice', '3');
    await write('TransferTokens', { assetId, fromWallet: 'alice', toWallet: 'bob', amount: '1' });
    await channel.mint(assetId, 'alice', '4');
    const accounts = [
      { assetId, walletId: 'bob' },
      { assetId, walletId: 'alice' },
      { assetId: 'nothing', walletId: 'alice' },
    ];
    const read = await channel.evaluate(BACKEND, 'AccountBalances', JSON.stringify(accounts));
    expect(read).toEqual({ balances: ['1', '6', '0'] });
  });

  it('Balances gives what is settled and what is not, of one asset or of all', async () => {
    const other = await channel.createAsset({ name: 'Tower' });
    await channel.mint(assetId, 'alice', '9');
    await channel.transfer(assetId, 'alice', 'bob', '9');
    await channel.mint(other, 'alice', '4');
    await channel.mint(other, 'alice', '1');
    expect(await channel.evaluate(BACKEND, 'Balances', 'alice')).toEqual({
      walletId: 'alice',
      balances: [{ assetId: other, assetName: 'Tower', balance: '5' }],
    });
    expect(await channel.evaluate(BACKEND, 'Balances', 'bob', other)).toEqual({ walletId: 'bob', balances: [] });
  });

  it('Holders gives the largest holder first, without those who have nothing left', async () => {
    await channel.mint(assetId, 'alice', '9');
    await channel.transfer(assetId, 'alice', 'carol', '5');
    await channel.transfer(assetId, 'alice', 'bob', '4');
    expect(await channel.evaluate(BACKEND, 'Holders', assetId)).toEqual({
      assetId,
      holders: [
        { walletId: 'carol', balance: '5' },
        { walletId: 'bob', balance: '4' },
      ],
      ...amounts.supply,
    });
  });

  it('Assets are listed in the order of their creation, by type and status, in parts', async () => {
    const art = await channel.createAsset({ assetType: 'art' });
    const published = await channel.createAsset({ assetType: 'art', status: 'published' });
    const ids = async (query: object) => {
      const { assets, total } = await channel.evaluate(BACKEND, 'Assets', query);
      return [assets.map((asset: { assetId: string }) => asset.assetId), total];
    };
    expect(await ids({})).toEqual([[assetId, art, published], 3]);
    expect(await ids({ assetType: 'art' })).toEqual([[art, published], 2]);
    expect(await ids({ assetType: 'art', status: 'published' })).toEqual([[published], 1]);
    expect(await ids({ limit: 1, offset: 1 })).toEqual([[art], 3]);
  });

  it('Records are listed newest first, by asset, wallet and type, in parts', async () => {
    await channel.mint(assetId, 'alice', '9');
    await channel.transfer(assetId, 'alice', 'bob', '1');
    await channel.transfer(assetId, 'alice', 'carol', '2');
    const types = async (query: object) => {
      const { transactions, total } = await channel.evaluate(BACKEND, 'Records', query);
      return [transactions.map(({ type, amount = '' }: Result) => type + amount), total];
    };
    expect(await types({ assetId })).toEqual([['transfer2', 'transfer1', 'mint9', 'create'], 4]);
    expect(await types({ walletId: 'alice' })).toEqual([['transfer2', 'transfer1', 'mint9'], 3]);
    expect(await types({ walletId: 'bob', assetId })).toEqual([['transfer1'], 1]);
    expect(await types({ walletId: 'bob', assetId: 'other' })).toEqual([[], 0]);
    expect(await types({ assetId, types: ['mint', 'create'] })).toEqual([['mint9', 'create'], 2]);
    expect(await types({ assetId, sortOrder: 'asc', limit: 2, offset: 1 })).toEqual([['mint9', 'transfer1'], 4]);
  });

  it('Version names the versions and the MSP of the admins', async () => {
    const expected = { contractVersion: '1', fingerprintVersion: '1', adminMsp: 'Org1MSP' };
    expect(await channel.evaluate(BACKEND, 'Version')).toEqual(expected);
  });

  it('Policy is null before it is configured', async () => {
    expect(await new Channel().evaluate(BACKEND, 'Policy')).toEqual({ policy: null });
  });

  it('are not cut short by a limit of the peer', async () => {
    for (let n = 0; n < 25; n += 1) await channel.mint(assetId, n % 2 ? 'alice' : 'bob', '1');
    channel.ledger.totalQueryLimit = 7;
    expect(await channel.balance(assetId, 'bob')).toBe('13');
    expect((await channel.evaluate(BACKEND, 'Holders', assetId)).holders).toHaveLength(2);
    expect((await channel.evaluate(BACKEND, 'Records', { assetId })).total).toBe(26);
    expect((await channel.evaluate(BACKEND, 'Credits', assetId, 'bob')).credits).toHaveLength(13);
  });
});

it('every function of the list is one of the contract', async () => {
  for (const name of FUNCTIONS) {
    const ended = await channel.endorse(BACKEND, name).catch((error: Error) => error);
    expect(String(ended)).not.toContain('UNKNOWN_FUNCTION');
  }
});

it('a record has the time of the proposal, also far from now', async () => {
  const envelope = await channel.propose({ time: Date.UTC(9999, 11, 31) }, BACKEND, 'Void', 'k');
  expect(channel.commit(envelope)).toEqual(['VALID']);
  expect(await channel.evaluate(BACKEND, 'Record', envelope.txId)).toMatchObject({
    timestamp: '9999-12-31T00:00:00.000Z',
  });
});
