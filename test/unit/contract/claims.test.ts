import { tokenContract } from 'spydra-sdk/contract';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Envelope } from '../../helpers/fabric-ledger.js';
import { ADMIN, ASSET, BACKEND, Channel, identity, POLICY, refusalOf, withoutClaims } from './harness.js';

const INVESTOR = identity('Org1MSP', 'investor', ['client']);
const OTHER_MSP = identity('Org2MSP', 'clerk', ['client']);

let channel: Channel;
let assetId: string;
beforeEach(async () => {
  channel = await Channel.configured();
  assetId = await channel.createAsset();
});

const order = (amount = '5') => ({ assetId, minterWallet: 'i', recipientWallet: 'w', amount });

describe('a claim', () => {
  it('is of the MSP: an admin may repeat what an investor has sent', async () => {
    const first = await channel.submit(INVESTOR, 'MintTokens', order(), 'k');
    const again = await channel.endorse(ADMIN, 'MintTokens', order(), 'k');
    expect(JSON.parse(again.result)).toEqual({ ...first, replayed: true });
  });

  it('of another MSP under the same key is another one', async () => {
    const both = { ...POLICY, mint: [{ msp: 'Org1MSP' }, { msp: 'Org2MSP' }] };
    await channel.submit(ADMIN, 'Configure', { policy: both }, 'policy');
    await channel.submit(BACKEND, 'MintTokens', order(), 'k');
    expect(await channel.submit(OTHER_MSP, 'MintTokens', order('7'), 'k')).not.toHaveProperty('replayed');
    expect(await channel.evaluate(OTHER_MSP, 'Claim', 'k')).toMatchObject({ mspId: 'Org2MSP', state: 'applied' });
  });

  it('comes before the policy, the balances and the supply as they are by now', async () => {
    await channel.mint(assetId, 'a', '5');
    const transfer = { assetId, fromWallet: 'a', toWallet: 'b', amount: '5' };
    const moved = await channel.submit(BACKEND, 'TransferTokens', transfer, 'moved');
    const minted = await channel.submit(BACKEND, 'MintTokens', order(), 'minted');
    await channel.submit(
      BACKEND,
      'UpdateAsset',
      { assetId, updaterWallet: 'i', updates: { totalSupply: '10' } },
      'less',
    );
    const policy = { create: [], mint: [], burn: [], void: [], wallets: [] };
    await channel.submit(ADMIN, 'Configure', { policy }, 'policy');
    expect(await channel.evaluate(BACKEND, 'TransferTokens', transfer, 'moved')).toEqual({ ...moved, replayed: true });
    expect(await channel.evaluate(BACKEND, 'MintTokens', order(), 'minted')).toEqual({ ...minted, replayed: true });
    expect(await refusalOf(channel.endorse(BACKEND, 'MintTokens', order(), 'new'))).toMatchObject({
      code: 'FORBIDDEN',
    });
  });

  it('returns the first result of an order that is nested as deep as one can be', async () => {
    const value = `${'['.repeat(98)}${']'.repeat(98)}`;
    const asset = JSON.stringify({ creatorWallet: 'i', asset: { ...ASSET, metadata: {} } });
    const deep = asset.replace('"metadata":{}', `"metadata":{"value":${value.slice(1, -1)}}`);
    const first = await channel.submit(BACKEND, 'CreateAsset', deep, 'deep');
    expect(await channel.evaluate(BACKEND, 'CreateAsset', deep, 'deep')).toEqual({ ...first, replayed: true });
    expect(await channel.evaluate(BACKEND, 'Claim', 'deep')).toMatchObject({ state: 'applied' });
  });

  it('returns after an upgrade of the contract what was first returned, with its version', async () => {
    await channel.submit(BACKEND, 'MintTokens', order(), 'k');
    const key = [...channel.ledger.rows().keys()].find((name) => name.includes('\0k\0')) ?? '';
    const claim = JSON.parse(channel.ledger.rows().get(key) ?? '');
    claim.result = { contractVersion: '0', amount: 'as it was' };
    channel.ledger.load([[key, JSON.stringify(claim)]]);
    const again = await channel.evaluate(BACKEND, 'MintTokens', order(), 'k');
    expect(again).toEqual({ contractVersion: '0', amount: 'as it was', replayed: true });
  });

  it('is not left by a refusal, so the key may be used again', async () => {
    const tooMuch = order('1000001');
    expect(await refusalOf(channel.endorse(BACKEND, 'MintTokens', tooMuch, 'k'))).toMatchObject({
      code: 'SUPPLY_EXCEEDED',
    });
    expect(await channel.evaluate(BACKEND, 'Claim', 'k')).toEqual({ state: 'absent' });
    await channel.submit(BACKEND, 'MintTokens', order(), 'k');
  });

  it('is compared by function and order, not by white space, the order of names or hints', async () => {
    await channel.submit(BACKEND, 'MintTokens', order(), 'k');
    const text = `{ "recipientWallet" : "w", "amount":"\\u0035", "minterWallet":"i", "assetId":"${assetId}" }`;
    const hints = { credits: ['000000000000000-ab'] };
    expect(await channel.evaluate(BACKEND, 'MintTokens', text, 'k', hints)).toMatchObject({ replayed: true });
    const metadata = { ...order(), metadata: {} };
    for (const [functionName, other] of [
      ['MintTokens', metadata],
      ['BurnTokens', order()],
    ] as const) {
      const refusal = await refusalOf(channel.endorse(BACKEND, functionName, other, 'k'));
      expect(refusal).toMatchObject({ code: 'IDEMPOTENCY_CONFLICT' });
    }
  });

  it('can be read: absent, applied with its result, or void', async () => {
    const result = await channel.submit(BACKEND, 'MintTokens', order(), 'k');
    const { transactionId } = await channel.submit(BACKEND, 'Void', 'v');
    expect(await channel.evaluate(BACKEND, 'Claim', 'none')).toEqual({ state: 'absent' });
    expect(await channel.evaluate(BACKEND, 'Claim', 'k')).toMatchObject({
      state: 'applied',
      functionName: 'MintTokens',
      result,
    });
    expect(await channel.evaluate(BACKEND, 'Claim', 'v')).toMatchObject({ state: 'void', transactionId });
  });
});

describe('Void', () => {
  it('makes a held envelope fail', async () => {
    const held = await channel.endorse(BACKEND, 'MintTokens', order(), 'k');
    expect(await channel.submit(BACKEND, 'Void', 'k')).toMatchObject({ state: 'void' });
    expect(channel.commit(held)).toEqual(['MVCC_READ_CONFLICT']);
    expect(await channel.balance(assetId, 'w')).toBe('0');
  });

  it('fails if the held envelope commits first, and then says so', async () => {
    const held = await channel.endorse(BACKEND, 'MintTokens', order(), 'k');
    const voiding = await channel.endorse(BACKEND, 'Void', 'k');
    expect(channel.commit(held, voiding)).toEqual(['VALID', 'MVCC_READ_CONFLICT']);
    const first = JSON.parse(held.result);
    expect(await channel.evaluate(BACKEND, 'Void', 'k')).toEqual({
      state: 'applied',
      transactionId: held.txId,
      result: first,
      contractVersion: '1',
      replayed: true,
    });
  });

  it('and the held envelope in one block: exactly one of them is valid, in both orders', async () => {
    for (const isVoidFirst of [true, false]) {
      const key = `k-${isVoidFirst}`;
      const pair = [
        await channel.endorse(BACKEND, 'MintTokens', order(), key),
        await channel.endorse(BACKEND, 'Void', key),
      ];
      expect(channel.commit(...(isVoidFirst ? pair.reverse() : pair))).toEqual(['VALID', 'MVCC_READ_CONFLICT']);
    }
    expect(await channel.balance(assetId, 'w')).toBe('5');
  });

  it('is final: the key is refused for any call, and voiding again returns the first one', async () => {
    const { transactionId } = await channel.submit(BACKEND, 'Void', 'k');
    const refusal = await refusalOf(channel.endorse(BACKEND, 'MintTokens', order(), 'k'));
    expect(refusal).toMatchObject({ code: 'KEY_VOIDED', details: { transactionId } });
    expect(await channel.evaluate(BACKEND, 'Void', 'k')).toMatchObject({
      state: 'void',
      transactionId,
      replayed: true,
    });
  });

  it('does not reach the keys of another MSP', async () => {
    const policy = { ...POLICY, void: [{ msp: 'Org2MSP' }] };
    await channel.submit(ADMIN, 'Configure', { policy }, 'policy');
    await channel.submit(OTHER_MSP, 'Void', 'k');
    expect(await channel.submit(BACKEND, 'MintTokens', order(), 'k')).toMatchObject({ amount: '5' });
  });

  it('leaves a record and an event without the key', async () => {
    const { transactionId } = await channel.submit(BACKEND, 'Void', 'secret-key');
    const record = await channel.evaluate(BACKEND, 'Record', transactionId);
    expect(record).toMatchObject({ type: 'void', transactionId });
    expect(JSON.stringify([record, channel.ledger.events.at(-1)])).not.toContain('secret-key');
  });
});

/** Calls that are all the same, in the order in which they are endorsed (`e`) and committed (`c`). */
const SCHEDULES = [
  ['e0', 'e1', 'c0', 'c1'],
  ['e0', 'e1', 'c1', 'c0'],
  ['e0', 'c0', 'e1', 'c1'],
  ['e1', 'c1', 'e0', 'c0'],
  ['e0', 'e1', 'c01'],
  ['e0', 'e1', 'c10'],
] as const;

/** How often one call, made twice, was applied. Nothing but its claim keeps an asset from being created twice. */
async function timesApplied(at: Channel, schedule: readonly string[]): Promise<number> {
  const [creation, key] = [{ creatorWallet: 'i', asset: ASSET }, at.nextKey()];
  const before = (await at.evaluate(BACKEND, 'Assets', {})).total;
  const held: Record<string, Envelope> = {};
  for (const [action, ...calls] of schedule) {
    if (action === 'e') for (const call of calls) held[call] = await at.endorse(BACKEND, 'CreateAsset', creation, key);
    else at.commit(...calls.map((call) => held[call] as Envelope));
  }
  return (await at.evaluate(BACKEND, 'Assets', {})).total - before;
}

describe('the same write twice under one key', () => {
  it.each(SCHEDULES.map((schedule) => [schedule.join(' '), schedule]))('is applied once by %s', async (_, schedule) => {
    expect(await timesApplied(channel, schedule)).toBe(1);
  });

  it('is applied twice by every schedule if claims are hidden from the contract, so these tests can fail', async () => {
    const blind = new Channel(withoutClaims(tokenContract({ adminMsp: 'Org1MSP' })));
    await blind.submit(ADMIN, 'Configure', { policy: POLICY }, 'policy');
    for (const schedule of SCHEDULES) expect(await timesApplied(blind, schedule)).toBe(2);
  });
});
