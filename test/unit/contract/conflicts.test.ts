import { beforeEach, describe, expect, it } from 'vitest';
import { ADMIN, BACKEND, Channel, identity, refusalOf } from './harness.js';

/*
 * What a real peer has answered (Fabric v2.5.16 and v3.1.5), with the same contract rules.
 */

const USER2 = identity('Org1MSP', 'user2', ['client']);

let channel: Channel;
let assetId: string;
beforeEach(async () => {
  channel = await Channel.configured();
  assetId = await channel.createAsset();
});

const mintOrder = (recipientWallet: string, amount: string) => ({
  assetId,
  minterWallet: 'issuer',
  recipientWallet,
  amount,
});
const transferOrder = (fromWallet: string, toWallet: string, amount: string) => ({
  assetId,
  fromWallet,
  toWallet,
  amount,
});

/** A wallet whose tokens are all settled. */
async function settled(walletId: string, amount: string): Promise<void> {
  await channel.mint(assetId, walletId, amount);
  await channel.submit(BACKEND, 'SweepCredits', { assetId, walletId }, channel.nextKey());
}

const codesOf = (codes: readonly string[]) => {
  const counted: Record<string, number> = {};
  for (const code of codes) counted[code] = (counted[code] ?? 0) + 1;
  return counted;
};

describe('one idempotency key', () => {
  it('commits one of 20 calls at once by two identities', async () => {
    const callers = Array.from({ length: 20 }, (_, index) => (index % 2 ? USER2 : BACKEND));
    const envelopes = [];
    for (const who of callers) envelopes.push(await channel.endorse(who, 'MintTokens', mintOrder('e1', '7'), 'k'));
    expect(codesOf(channel.commit(...envelopes))).toEqual({ VALID: 1, MVCC_READ_CONFLICT: 19 });
    expect(await channel.balance(assetId, 'e1')).toBe('7');
  });

  it('commits one of 20 calls that are spread over three blocks', async () => {
    const envelopes = [];
    for (let n = 0; n < 20; n += 1)
      envelopes.push(await channel.endorse(BACKEND, 'MintTokens', mintOrder('e1', '7'), 'k'));
    const codes = [envelopes.slice(0, 7), envelopes.slice(7, 14), envelopes.slice(14)].flatMap((block) =>
      channel.commit(...block),
    );
    expect(codesOf(codes)).toEqual({ VALID: 1, MVCC_READ_CONFLICT: 19 });
  });

  it('returns the first result at endorsement, writes nothing and has no event', async () => {
    const first = await channel.submit(BACKEND, 'MintTokens', mintOrder('e1', '7'), 'k');
    const again = await channel.endorse(USER2, 'MintTokens', mintOrder('e1', '7'), 'k');
    expect(JSON.parse(again.result)).toEqual({ ...first, replayed: true });
    expect([again.writes.size, again.event]).toEqual([0, undefined]);
  });

  it('is refused for another call, and the refusal names the first transaction', async () => {
    const { transactionId } = await channel.submit(BACKEND, 'MintTokens', mintOrder('e1', '7'), 'k');
    const refusal = await refusalOf(channel.endorse(BACKEND, 'MintTokens', mintOrder('e1', '8'), 'k'));
    expect(refusal).toMatchObject({ code: 'IDEMPOTENCY_CONFLICT', details: { transactionId } });
  });

  it('cannot apply a held envelope after another one has committed under it, however late', async () => {
    const held = await channel.endorse(BACKEND, 'MintTokens', mintOrder('e9', '3'), 'k');
    await channel.submit(BACKEND, 'MintTokens', mintOrder('e9', '3'), 'k');
    for (let block = 0; block < 10; block += 1) await channel.mint(assetId, 'x', '1');
    expect(channel.commit(held)).toEqual(['MVCC_READ_CONFLICT']);
    expect(await channel.balance(assetId, 'e9')).toBe('3');
  });

  it('is the same transaction if one envelope is ordered many times', async () => {
    const envelope = await channel.endorse(BACKEND, 'MintTokens', mintOrder('e3', '5'), 'k');
    expect(channel.commit(envelope, envelope, envelope)).toEqual(['VALID', 'DUPLICATE_TXID', 'DUPLICATE_TXID']);
    expect(channel.commit(envelope)).toEqual(['DUPLICATE_TXID']);
    expect(await channel.balance(assetId, 'e3')).toBe('5');
  });
});

describe('payments in one block', () => {
  it('into one wallet from 50 others all commit', async () => {
    const wallets = Array.from({ length: 50 }, (_, index) => `w${index}`);
    for (const wallet of wallets) await settled(wallet, '10');
    const envelopes = [];
    for (const wallet of wallets) {
      envelopes.push(
        await channel.endorse(BACKEND, 'TransferTokens', transferOrder(wallet, 'hot', '10'), channel.nextKey()),
      );
    }
    expect(codesOf(channel.commit(...envelopes))).toEqual({ VALID: 50 });
    expect(await channel.balance(assetId, 'hot')).toBe('500');
  });

  it('out of one wallet commit once', async () => {
    await settled('hot', '1000');
    const envelopes = [];
    for (let n = 0; n < 20; n += 1) {
      envelopes.push(
        await channel.endorse(BACKEND, 'TransferTokens', transferOrder('hot', 'y', '1'), channel.nextKey()),
      );
    }
    expect(codesOf(channel.commit(...envelopes))).toEqual({ VALID: 1, MVCC_READ_CONFLICT: 19 });
  });
});

describe('a debit, and a credit of the same wallet that commits in between', () => {
  const credit = () => channel.mint(assetId, 'hot', '1');

  it('conflict if the debit sweeps a range, and the debit commits when it is repeated', async () => {
    await channel.mint(assetId, 'hot', '500');
    const key = channel.nextKey();
    const sweep = await channel.endorse(BACKEND, 'TransferTokens', transferOrder('hot', 'y', '400'), key);
    await credit();
    expect(channel.commit(sweep)).toEqual(['PHANTOM_READ_CONFLICT']);
    expect(await channel.transfer(assetId, 'hot', 'y', '400', key)).toMatchObject({ settledBalance: '101' });
  });

  it('do not conflict if the settled balance is enough', async () => {
    await settled('hot', '101');
    const debit = await channel.endorse(BACKEND, 'TransferTokens', transferOrder('hot', 'y', '1'), channel.nextKey());
    await credit();
    expect(channel.commit(debit)).toEqual(['VALID']);
  });

  it('do not conflict if a hint names the credits', async () => {
    await channel.mint(assetId, 'hot', '500');
    const { credits } = await channel.evaluate(BACKEND, 'Credits', assetId, 'hot');
    const hints = { credits: credits.map(({ creditId }: { creditId: string }) => creditId) };
    const order = transferOrder('hot', 'y', '400');
    const debit = await channel.endorse(BACKEND, 'TransferTokens', order, channel.nextKey(), hints);
    await credit();
    expect(channel.commit(debit)).toEqual(['VALID']);
    expect(await channel.balance(assetId, 'hot')).toBe('101');
  });

  it('do not conflict if the sweep takes a part of the credits, and the new one is younger', async () => {
    for (let n = 0; n < 150; n += 1) await channel.mint(assetId, 'hot', '1');
    const debit = await channel.endorse(BACKEND, 'TransferTokens', transferOrder('hot', 'y', '60'), channel.nextKey());
    await credit();
    expect(channel.commit(debit)).toEqual(['VALID']);
    expect(await channel.balance(assetId, 'hot')).toBe('91');
  });
});

it('an edit of an asset and a mint in the same block both commit', async () => {
  const edit = { assetId, updaterWallet: 'issuer', updates: { description: 'new' } };
  const envelopes = [
    await channel.endorse(BACKEND, 'UpdateAsset', edit, channel.nextKey()),
    await channel.endorse(BACKEND, 'MintTokens', mintOrder('w', '5'), channel.nextKey()),
  ];
  expect(channel.commit(...envelopes)).toEqual(['VALID', 'VALID']);
});

it('a new total supply and a mint in the same block conflict', async () => {
  const edit = { assetId, updaterWallet: 'issuer', updates: { totalSupply: '4' } };
  const envelopes = [
    await channel.endorse(BACKEND, 'UpdateAsset', edit, channel.nextKey()),
    await channel.endorse(BACKEND, 'MintTokens', mintOrder('w', '5'), channel.nextKey()),
  ];
  expect(channel.commit(...envelopes)).toEqual(['VALID', 'MVCC_READ_CONFLICT']);
});

it('a write that was endorsed under the policy before does not commit behind a change of it', async () => {
  const write = await channel.endorse(BACKEND, 'MintTokens', mintOrder('w', '5'), channel.nextKey());
  const policy = { create: [], mint: [], burn: [], void: [], wallets: [] };
  await channel.submit(ADMIN, 'Configure', { policy }, channel.nextKey());
  expect(channel.commit(write)).toEqual(['MVCC_READ_CONFLICT']);
});

it('a held change of the policy does not commit behind a later one', async () => {
  const policy = { create: [], mint: [], burn: [], void: [], wallets: [] };
  const held = await channel.endorse(ADMIN, 'Configure', { policy }, channel.nextKey());
  await channel.submit(ADMIN, 'Configure', { policy: { ...policy, mint: [{ msp: 'Org1MSP' }] } }, channel.nextKey());
  expect(channel.commit(held)).toEqual(['MVCC_READ_CONFLICT']);
});

it('a document about an asset conflicts with no edit of it', async () => {
  const order = { assetId, metadata: { deed: '4711' } };
  const edit = { assetId, updaterWallet: 'issuer', updates: { name: 'New' } };
  const document = await channel.endorse(BACKEND, 'CreateMetadata', order, channel.nextKey());
  const update = await channel.endorse(BACKEND, 'UpdateAsset', edit, channel.nextKey());
  expect(channel.commit(update, document)).toEqual(['VALID', 'VALID']);
});

it.each(['asset-', 'asset-unknown', 'unknown'])(
  'a document about the asset %s, which does not exist, is refused',
  async (unknown) => {
    const refusal = await refusalOf(
      channel.endorse(BACKEND, 'CreateMetadata', { assetId: unknown, metadata: {} }, channel.nextKey()),
    );
    expect(refusal).toMatchObject({ code: 'NOT_FOUND', message: `There is no asset ${unknown} on the ledger.` });
  },
);
