import { beforeEach, describe, expect, it } from 'vitest';
import { isLong } from '../../helpers/scale.js';
import { BACKEND, Channel, type Result, refusalOf } from './harness.js';

let channel: Channel;
let assetId: string;
beforeEach(async () => {
  channel = await Channel.configured();
  assetId = await channel.createAsset();
});

const transfer = (amount: string) => ({ assetId, fromWallet: 'hot', toWallet: 'shop', amount });

/** Puts rows of credits of 1 token, as payments would have, and mints as many. */
async function loadCredits(count: number): Promise<void> {
  await channel.mint(assetId, 'hot', String(count));
  const rows = channel.ledger.rows();
  const [key = '', text = ''] = [...rows].find(([name]) => name.startsWith('\0credit\0')) ?? [];
  const row = JSON.parse(text);
  const credits = Array.from({ length: count - 1 }, (_, n) => {
    const creditId = `${String(n).padStart(15, '0')}-${'ab'.repeat(32)}`;
    return [key.replace(row.creditId, creditId), JSON.stringify({ ...row, creditId, amount: '1' })] as const;
  });
  channel.ledger.load([[key, JSON.stringify({ ...row, amount: '1' })], ...credits]);
}

it('a wallet with 200,000 unsettled credits pays a little at once, and more after sweeps of a thousand', async () => {
  await loadCredits(200_000);
  await channel.submit(BACKEND, 'TransferTokens', transfer('60'), channel.nextKey());
  const payment = channel.endorse(BACKEND, 'TransferTokens', transfer('1040'), 'payment');
  expect(await refusalOf(payment)).toMatchObject({ code: 'SWEEP_REQUIRED' });
  const sweep = await channel.endorse(BACKEND, 'SweepCredits', { assetId, walletId: 'hot' }, channel.nextKey());
  expect(JSON.parse(sweep.result)).toMatchObject({ credits: 1_000, settledBalance: '1040', hasMore: true });
  expect(channel.commit(sweep)).toEqual(['VALID']);
  await channel.submit(BACKEND, 'TransferTokens', transfer('1040'), 'payment');
});

const MANY = isLong ? 200_000 : 20_000;

it(`a wallet with ${MANY} unsettled credits pays all that it has after a sweep for each thousand`, async () => {
  await loadCredits(MANY);
  for (let [sweeps, hasMore] = [1, true]; hasMore; sweeps += 1) {
    const sweep = await channel.endorse(BACKEND, 'SweepCredits', { assetId, walletId: 'hot' }, channel.nextKey());
    // A payment that arrives meanwhile disturbs no sweep but the last, which reads the range to its end.
    const payment = await channel.endorse(BACKEND, 'MintTokens', mintOrder('1'), channel.nextKey());
    ({ hasMore } = JSON.parse(sweep.result));
    expect(channel.commit(...(hasMore ? [payment, sweep] : [sweep, payment]))).toEqual(['VALID', 'VALID']);
    expect(sweeps).toBeLessThanOrEqual(MANY / 1_000 + 1);
  }
  await channel.submit(BACKEND, 'TransferTokens', transfer(String(MANY)), 'payment');
  expect(await channel.balance(assetId, 'shop')).toBe(String(MANY));
});

const mintOrder = (amount: string) => ({ assetId, minterWallet: 'i', recipientWallet: 'hot', amount });

describe('a debit', () => {
  it('takes a hundred rows of the range at most, and the peer reads one more', async () => {
    await loadCredits(300);
    const envelope = await channel.endorse(BACKEND, 'TransferTokens', transfer('100'), channel.nextKey());
    expect(envelope.ranges.map(({ rows }) => rows.size)).toEqual([101]);
    expect(await refusalOf(channel.endorse(BACKEND, 'TransferTokens', transfer('101'), 'k'))).toMatchObject({
      code: 'SWEEP_REQUIRED',
      details: { assetId, walletId: 'hot', balance: '100', amount: '101' },
    });
  });

  it('reads no range if hints are enough, and takes all that they name', async () => {
    await loadCredits(300);
    const { credits, hasMore } = await channel.evaluate(BACKEND, 'Credits', assetId, 'hot');
    expect(hasMore).toBe(false);
    const hints = { credits: credits.map(({ creditId }: Result) => creditId) };
    const envelope = await channel.endorse(BACKEND, 'TransferTokens', transfer('300'), channel.nextKey(), hints);
    expect(envelope.ranges).toEqual([]);
    expect(channel.commit(envelope)).toEqual(['VALID']);
  });

  it('that is refused often in a batch reads the range once', async () => {
    await channel.mint(assetId, 'hot', '5');
    const orders = Array.from({ length: 50 }, (_, n) => ({
      function: 'TransferTokens',
      order: transfer('6'),
      key: `k${n}`,
    }));
    const envelope = await channel.endorse(BACKEND, 'Batch', orders);
    const codes = JSON.parse(envelope.result).outcomes.map(({ refused }: Result) => refused.code);
    expect([new Set(codes), envelope.ranges.length]).toEqual([new Set(['INSUFFICIENT_BALANCE']), 1]);
  });

  it('reads no credits if the settled balance is enough', async () => {
    await loadCredits(5);
    await channel.submit(BACKEND, 'SweepCredits', { assetId, walletId: 'hot' }, channel.nextKey());
    await channel.mint(assetId, 'hot', '7');
    const hints = { credits: ['000000000000000-ab'] };
    const envelope = await channel.endorse(BACKEND, 'TransferTokens', transfer('5'), channel.nextKey(), hints);
    expect(envelope.ranges).toEqual([]);
    expect([...envelope.reads.keys()].filter((key) => key.startsWith('\0credit\0'))).toEqual([]);
  });
});

describe('a hint', () => {
  /** The id of the only credit of a wallet. */
  const creditOf = async (walletId: string): Promise<string> =>
    (await channel.evaluate(BACKEND, 'Credits', assetId, walletId)).credits[0].creditId;

  it('that names one credit twice counts it once', async () => {
    await channel.mint(assetId, 'hot', '5');
    const id = await creditOf('hot');
    const call = channel.endorse(BACKEND, 'TransferTokens', transfer('6'), 'k', { credits: [id, id] });
    expect(await refusalOf(call)).toMatchObject({ code: 'INSUFFICIENT_BALANCE', details: { balance: '5' } });
  });

  it('that names a credit of another wallet, or none, counts nothing', async () => {
    await channel.mint(assetId, 'rich', '500');
    await channel.mint(assetId, 'hot', '5');
    const credits = [await creditOf('rich'), '000000000000000-ab'];
    const call = channel.endorse(BACKEND, 'TransferTokens', transfer('6'), 'k', { credits });
    expect(await refusalOf(call)).toMatchObject({ code: 'INSUFFICIENT_BALANCE', details: { balance: '5' } });
  });

  it('that names a credit which was spent counts nothing', async () => {
    await channel.mint(assetId, 'hot', '5');
    const id = await creditOf('hot');
    await channel.submit(BACKEND, 'TransferTokens', transfer('5'), channel.nextKey());
    const call = channel.endorse(BACKEND, 'TransferTokens', transfer('5'), 'k', { credits: [id] });
    expect(await refusalOf(call)).toMatchObject({ code: 'INSUFFICIENT_BALANCE' });
  });

  it.each(['../x', '000000000000000-a\0b', 'x', '000000000000000-'])('%j is refused', async (id) => {
    await channel.mint(assetId, 'hot', '5');
    const call = channel.endorse(BACKEND, 'TransferTokens', transfer('5'), 'k', { credits: [id] });
    expect(await refusalOf(call)).toMatchObject({ code: 'INVALID_REQUEST', details: [{ field: 'credits.0' }] });
  });

  it('of two debits that name the same credit lets one commit', async () => {
    await channel.mint(assetId, 'hot', '5');
    const hints = { credits: [await creditOf('hot')] };
    const pair = [
      await channel.endorse(BACKEND, 'TransferTokens', transfer('5'), 'k1', hints),
      await channel.endorse(BACKEND, 'TransferTokens', transfer('5'), 'k2', hints),
    ];
    expect(channel.commit(...pair)).toEqual(['VALID', 'MVCC_READ_CONFLICT']);
  });
});

it('Credits gives the thousand oldest, and whether there are more', async () => {
  await loadCredits(1_001);
  const { credits, hasMore } = await channel.evaluate(BACKEND, 'Credits', assetId, 'hot');
  expect([credits.length, credits[0].creditId.slice(0, 15), hasMore]).toEqual([1_000, '000000000000000', true]);
});

describe('SweepCredits', () => {
  it('changes no holding', async () => {
    await loadCredits(5);
    const before = await channel.evaluate(BACKEND, 'Holders', assetId);
    expect(await channel.submit(BACKEND, 'SweepCredits', { assetId, walletId: 'hot' }, 'k')).toMatchObject({
      credits: 5,
    });
    expect(await channel.evaluate(BACKEND, 'Holders', assetId)).toEqual(before);
  });

  it('takes the credits that a hint names', async () => {
    await loadCredits(5);
    const { credits } = await channel.evaluate(BACKEND, 'Credits', assetId, 'hot');
    const hints = { credits: credits.slice(0, 2).map(({ creditId }: Result) => creditId) };
    const envelope = await channel.endorse(BACKEND, 'SweepCredits', { assetId, walletId: 'hot' }, 'k', hints);
    expect(JSON.parse(envelope.result)).toMatchObject({ credits: 2, settledBalance: '2' });
    expect(envelope.ranges).toEqual([]);
  });

  it('takes a thousand credits at most in all orders of a batch together', async () => {
    await loadCredits(3_000);
    const sweep = (key: string) => ({ function: 'SweepCredits', order: { assetId, walletId: 'hot' }, key });
    const payment = { function: 'TransferTokens', order: transfer('1001'), key: 'p' };
    const { outcomes } = await channel.submit(BACKEND, 'Batch', [sweep('a'), sweep('b'), payment]);
    expect(outcomes).toMatchObject([
      { applied: { credits: 1_000, hasMore: true } },
      { applied: { credits: 0, hasMore: true } },
      { refused: { code: 'SWEEP_REQUIRED' } },
    ]);
    expect(await channel.balance(assetId, 'hot')).toBe('3000');
  });
});
