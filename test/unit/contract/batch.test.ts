import { beforeEach, describe, expect, it } from 'vitest';
import { BACKEND, Channel, type Result, refusalOf } from './harness.js';

let channel: Channel;
let assetId: string;
beforeEach(async () => {
  channel = await Channel.configured();
  assetId = await channel.createAsset();
});

const mint = (recipientWallet: string, amount: string, key = channel.nextKey()) => ({
  function: 'MintTokens',
  order: { assetId, minterWallet: 'issuer', recipientWallet, amount },
  key,
});
const transfer = (fromWallet: string, toWallet: string, amount: string, key = channel.nextKey()) => ({
  function: 'TransferTokens',
  order: { assetId, fromWallet, toWallet, amount },
  key,
});
const batch = (...orders: readonly unknown[]): Promise<Result> => channel.submit(BACKEND, 'Batch', orders);

async function holdings(): Promise<Record<string, string>> {
  const { holders } = await channel.evaluate(BACKEND, 'Holders', assetId);
  return Object.fromEntries(holders.map(({ walletId, balance }: Result) => [walletId, balance]));
}

describe('a batch', () => {
  it.each([10, 100, 500, 1_000])(
    'of %d orders, a third mints and the rest debits of one hot wallet, applies all but the bad one',
    async (count) => {
      await channel.mint(assetId, 'bank', '100000');
      const orders = Array.from({ length: count }, (_, n) =>
        n % 3 === 0 ? mint('bank', '5') : transfer('bank', `w${n}`, n === 7 ? '999999999' : '1'),
      );
      const { outcomes } = await batch(...orders);
      const refused = outcomes.flatMap((outcome: Result, n: number) =>
        outcome.refused ? [[n, outcome.refused.code]] : [],
      );
      expect(refused).toEqual([[7, 'INSUFFICIENT_BALANCE']]);
      const mints = Math.ceil(count / 3);
      expect(await channel.balance(assetId, 'bank')).toBe(String(100_000 + 5 * mints - (count - mints - 1)));
      expect(await channel.evaluate(BACKEND, 'Claim', orders[7]?.key)).toEqual({ state: 'absent' });
    },
  );

  it('shows each order what those before it have done', async () => {
    const { outcomes } = await batch(
      mint('a', '10'),
      transfer('a', 'b', '7'),
      transfer('b', 'c', '7'),
      transfer('b', 'c', '1'),
      transfer('c', 'a', '2'),
      transfer('a', 'd', '5'),
    );
    expect(outcomes.map((outcome: Result) => outcome.refused?.code ?? 'applied')).toEqual([
      'applied',
      'applied',
      'applied',
      'INSUFFICIENT_BALANCE',
      'applied',
      'applied',
    ]);
    expect(await holdings()).toEqual({ c: '5', d: '5' });
  });

  it('replays a key that is used twice, and refuses it for another order', async () => {
    const { outcomes } = await batch(mint('a', '10', 'k'), mint('a', '10', 'k'), mint('a', '11', 'k'));
    expect(outcomes[1].applied).toEqual({ ...outcomes[0].applied, replayed: true });
    expect(outcomes[2].refused).toMatchObject({ code: 'IDEMPOTENCY_CONFLICT' });
    expect(await holdings()).toEqual({ a: '10' });
  });

  it('leaves no claim of a refused order, so a later one may have its key', async () => {
    const { outcomes } = await batch(transfer('a', 'b', '1', 'k'), mint('a', '10', 'k'));
    expect(outcomes).toMatchObject([{ refused: { code: 'INSUFFICIENT_BALANCE' } }, { applied: { amount: '10' } }]);
  });

  it('drops all that a refused order has written', async () => {
    await channel.mint(assetId, 'a', '3');
    const envelope = await channel.endorse(BACKEND, 'Batch', [transfer('a', 'b', '4'), mint('c', '1')]);
    const written = [...envelope.writes.keys()].join();
    expect(written).not.toMatch(/\0(?:a|b)\0/);
    expect(channel.commit(envelope)).toEqual(['VALID']);
    expect(await holdings()).toEqual({ a: '3', c: '1' });
  });

  it('is the same as its orders one by one: either may be the repetition', async () => {
    await channel.mint(assetId, 'a', '10', 'alone');
    expect((await batch(mint('a', '10', 'alone'))).outcomes).toMatchObject([{ applied: { replayed: true } }]);
    await batch(mint('a', '10', 'in batch'));
    expect(await channel.mint(assetId, 'a', '10', 'in batch')).toMatchObject({ replayed: true });
    expect(await holdings()).toEqual({ a: '20' });
  });

  it('has one event with the records of what was applied, in order', async () => {
    const { transactionId } = await batch(mint('a', '10'), transfer('b', 'a', '1'), transfer('a', 'b', '1'));
    const { name, payload } = channel.ledger.events.at(-1) ?? { name: '', payload: '' };
    expect(name).toBe('Batch');
    expect(JSON.parse(payload).records).toMatchObject([
      { event: 'TokensMinted', transactionId: `${transactionId}.0`, recipientWallet: 'a', amount: '10' },
      { event: 'TokensTransferred', transactionId: `${transactionId}.2`, fromWallet: 'a', toWallet: 'b' },
    ]);
  });

  it('writes nothing and has no event if nothing was applied', async () => {
    const envelope = await channel.endorse(BACKEND, 'Batch', [transfer('a', 'b', '1')]);
    expect([envelope.writes.size, envelope.event]).toEqual([0, undefined]);
  });

  it('returns for each order the id of its record', async () => {
    const { transactionId, outcomes } = await batch(mint('a', '10', 'k'), mint('a', '11', 'k'), mint('b', '1'));
    const ids = [`${transactionId}.0`, `${transactionId}.0`, `${transactionId}.2`];
    expect([outcomes[0].applied, outcomes[1].refused.details, outcomes[2].applied]).toMatchObject(
      ids.map((id) => ({ transactionId: id })),
    );
    expect(await channel.evaluate(BACKEND, 'Record', ids[2])).toMatchObject({ recipientWallet: 'b' });
  });

  it('has a record for each order, the last order first', async () => {
    const { transactionId } = await batch(...Array.from({ length: 11 }, (_, n) => mint('a', String(n + 1))));
    const { transactions } = await channel.evaluate(BACKEND, 'Records', { walletId: 'a' });
    expect(transactions.map((record: Result) => record.transactionId)).toEqual(
      Array.from({ length: 11 }, (_, n) => `${transactionId}.${10 - n}`),
    );
  });

  it('gives each asset and each document that it creates an id of its own', async () => {
    const asset = { name: 'N', symbol: 'S', description: '', assetType: 'art', totalValue: '1', totalSupply: '1' };
    const creation = () => ({ function: 'CreateAsset', order: { creatorWallet: 'i', asset }, key: channel.nextKey() });
    const document = () => ({ function: 'CreateMetadata', order: { assetId, metadata: {} }, key: channel.nextKey() });
    const { outcomes } = await batch(creation(), creation(), document(), document());
    const ids = outcomes.map(({ applied }: Result) => applied.metadataId ?? applied.assetId);
    expect(new Set(ids).size).toBe(4);
  });

  it('puts one credit for many payments to one wallet, and none for a wallet that it debits', async () => {
    await channel.mint(assetId, 'hot', '10');
    await channel.submit(BACKEND, 'SweepCredits', { assetId, walletId: 'hot' }, channel.nextKey());
    await batch(mint('a', '1'), mint('a', '2'), transfer('hot', 'b', '1'), mint('hot', '5'));
    const rows = [...channel.ledger.rows().keys()].filter((key) => key.startsWith('\0credit\0'));
    expect(rows.map((key) => key.split('\0')[3]).sort()).toEqual(['a', 'b']);
    expect(await holdings()).toEqual({ hot: '14', a: '3', b: '1' });
  });

  it('can void keys', async () => {
    const { outcomes } = await batch({ function: 'Void', key: 'k' }, mint('a', '1', 'k'));
    expect(outcomes).toMatchObject([{ applied: { state: 'void' } }, { refused: { code: 'KEY_VOIDED' } }]);
  });

  it.each([
    ['no object', 7],
    ['no function', { order: {}, key: 'k' }],
    ['an unknown function', { function: 'Mint', order: {}, key: 'k' }],
    ['a batch', { function: 'Batch', order: [], key: 'k' }],
    ['a read', { function: 'Version', key: 'k' }],
    ['no key', { function: 'MintTokens', order: {} }],
    ['a key that is no text', { function: 'MintTokens', order: {}, key: 7 }],
    ['an unknown field', { function: 'MintTokens', order: {}, key: 'k', memo: '' }],
  ])('refuses an order that is %s, and applies the others', async (_, order) => {
    const { outcomes } = await batch(order, mint('a', '1'));
    expect(outcomes[0].refused.code).toMatch(/^(INVALID_REQUEST|UNKNOWN_FUNCTION)$/);
    expect(outcomes[1]).toMatchObject({ applied: { amount: '1' } });
  });

  it.each([
    ['no list', {}],
    ['1,001 orders', Array.from({ length: 1_001 }, () => ({}))],
  ])('of %s is refused', async (_, orders) => {
    expect(await refusalOf(channel.endorse(BACKEND, 'Batch', orders))).toMatchObject({ code: 'INVALID_REQUEST' });
  });

  it('fails as a whole if the peer fails, so that no order is reported wrongly', async () => {
    const { state } = channel.ledger;
    const read = state.valueOf.bind(state);
    state.valueOf = (key) => {
      if (key.startsWith('\0supply\0')) throw new Error('the peer failed');
      return read(key);
    };
    await expect(channel.endorse(BACKEND, 'Batch', [mint('a', '1')])).rejects.toThrow('the peer failed');
  });

  it('conflicts as a whole with another one that debits the same wallet, and may be repeated', async () => {
    await channel.mint(assetId, 'hot', '10');
    const orders = [transfer('hot', 'a', '1'), mint('b', '1')];
    const pair = [
      await channel.endorse(BACKEND, 'Batch', [transfer('hot', 'c', '1')]),
      await channel.endorse(BACKEND, 'Batch', orders),
    ];
    expect(channel.commit(...pair)).toEqual(['VALID', 'MVCC_READ_CONFLICT']);
    await batch(...orders);
    expect(await holdings()).toEqual({ hot: '8', a: '1', b: '1', c: '1' });
  });
});
