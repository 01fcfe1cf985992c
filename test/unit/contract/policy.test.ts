import type { Identity, Policy } from 'spydra-sdk/contract';
import { describe, expect, it } from 'vitest';
import { ADMIN, ASSET, BACKEND, Channel, identity, POLICY, refusalOf, STRANGER } from './harness.js';

const NOTHING: Policy = { create: [], mint: [], burn: [], void: [], wallets: [] };

const alice = identity('Org1MSP', 'alice', ['client'], { wallet: 'alice' });
const mallory = identity('Org1MSP', 'mallory', ['client'], { wallet: 'mallory', constructor: 'alice' });
/** Everything that alice has, by the CA of another organisation. */
const otherAlice = identity('Org2MSP', 'alice', ['client', 'admin'], { wallet: 'alice', desk: 'primary' });
const issuer = identity('Org1MSP', 'issuer', ['client'], { desk: 'primary' });

/** A channel with an asset, and 100 tokens of it in each of some wallets, under another policy after that. */
async function under(policy: Policy, ...wallets: readonly string[]): Promise<{ channel: Channel; assetId: string }> {
  const channel = await Channel.configured();
  const assetId = await channel.createAsset();
  for (const wallet of wallets) await channel.mint(assetId, wallet, '100');
  await channel.submit(ADMIN, 'Configure', { policy }, 'the policy');
  return { channel, assetId };
}

/** Whether an identity may do something: by what the contract refuses. */
async function may(channel: Channel, who: Identity, functionName: string, order: object | string): Promise<boolean> {
  const args = functionName === 'Void' ? [order] : [order, channel.nextKey()];
  const ended = await channel.endorse(who, functionName, ...args).then(
    () => undefined,
    (error: Error) => JSON.parse(error.message).code,
  );
  if (ended !== undefined && ended !== 'FORBIDDEN') throw new Error(`${functionName} ended with ${ended}`);
  return ended === undefined;
}

describe('a right', () => {
  const orders = (assetId: string) =>
    [
      ['create', 'CreateAsset', { creatorWallet: 'i', asset: ASSET }],
      ['create', 'UpdateAsset', { assetId, updaterWallet: 'i', updates: {} }],
      ['create', 'CreateMetadata', { assetId, metadata: {} }],
      ['mint', 'MintTokens', { assetId, minterWallet: 'i', recipientWallet: 'w', amount: '1' }],
      ['void', 'Void', 'some-key'],
    ] as const;

  it.each([
    ['an MSP', { msp: 'Org1MSP' }, [alice, issuer, BACKEND, ADMIN], [otherAlice, STRANGER]],
    ['a role of an MSP', { msp: 'Org1MSP', role: 'admin' }, [ADMIN], [alice, BACKEND, otherAlice, STRANGER]],
    ['one identity', { msp: 'Org1MSP', id: alice.id }, [alice], [mallory, issuer, ADMIN, otherAlice]],
    [
      'the value of an attribute',
      { msp: 'Org1MSP', attribute: { name: 'desk', value: 'primary' } },
      [issuer],
      [alice, ADMIN, otherAlice],
    ],
    [
      'a role and an attribute',
      { msp: 'Org1MSP', role: 'admin', attribute: { name: 'desk', value: 'primary' } },
      [identity('Org1MSP', 'x', ['admin'], { desk: 'primary' })],
      [issuer, ADMIN, otherAlice],
    ],
  ])('of %s is theirs alone, and gives no other right', async (_, principal, those, others) => {
    for (const right of ['create', 'mint', 'void'] as const) {
      const { channel, assetId } = await under({ ...NOTHING, [right]: [principal] });
      for (const [needed, functionName, order] of orders(assetId)) {
        for (const who of those) expect(await may(channel, who, functionName, order)).toBe(needed === right);
        for (const who of others) expect(await may(channel, who, functionName, order)).toBe(false);
      }
    }
  });

  it('that names nobody is nobody’s, not even an admin’s', async () => {
    const { channel, assetId } = await under(NOTHING);
    for (const [, functionName, order] of orders(assetId)) {
      for (const who of [ADMIN, BACKEND]) expect(await may(channel, who, functionName, order)).toBe(false);
    }
  });

  it('to burn does not reach into wallets of others', async () => {
    const owned = { wallet: 'alice', owners: [{ msp: 'Org1MSP', id: alice.id }] };
    const burn = [{ msp: 'Org1MSP', id: issuer.id }];
    const order = (assetId: string) => ({ assetId, burnerWallet: 'i', holderWallet: 'alice', amount: '1' });
    const one = await under({ ...NOTHING, burn, wallets: [owned] }, 'alice');
    for (const who of [issuer, alice, ADMIN]) {
      expect(await may(one.channel, who, 'BurnTokens', order(one.assetId))).toBe(false);
    }
    const both = [...owned.owners, ...burn];
    const two = await under({ ...NOTHING, burn, wallets: [{ ...owned, owners: both }] }, 'alice');
    expect(await may(two.channel, issuer, 'BurnTokens', order(two.assetId))).toBe(true);
    expect(await may(two.channel, alice, 'BurnTokens', order(two.assetId))).toBe(false);
  });
});

describe('a wallet', () => {
  const policy: Policy = {
    ...NOTHING,
    wallets: [
      { prefix: '', owners: [{ msp: 'Org1MSP', walletAttribute: 'wallet' }] },
      { prefix: 'org2-', owners: [{ msp: 'Org2MSP' }] },
      { prefix: 'org2-cold-', owners: [{ msp: 'Org2MSP', role: 'admin' }] },
      {
        wallet: 'treasury',
        owners: [
          { msp: 'Org1MSP', role: 'admin' },
          { msp: 'Org1MSP', id: issuer.id },
        ],
      },
      { wallet: 'frozen', owners: [] },
    ],
  };
  const org2 = identity('Org2MSP', 'clerk', ['client']);
  const namesake = identity('Org1MSP', 'x', ['client'], { wallet: 'treasury' });

  it.each([
    ['alice', [alice], [mallory, otherAlice, ADMIN, BACKEND]],
    ['mallory', [mallory], [alice]],
    ['treasury', [ADMIN, issuer], [alice, namesake, STRANGER]],
    ['org2-7', [org2, otherAlice], [alice, ADMIN]],
    ['org2-cold-1', [otherAlice], [org2, ADMIN]],
    ['frozen', [], [ADMIN, alice, identity('Org1MSP', 'x', ['admin'], { wallet: 'frozen' })]],
  ])('%s is debited by its owners alone', async (fromWallet, owners, others) => {
    const { channel, assetId } = await under(policy, fromWallet);
    const transfer = { assetId, fromWallet, toWallet: 'elsewhere', amount: '1' };
    const sweep = { assetId, walletId: fromWallet };
    for (const [isOwner, list] of [
      [true, owners],
      [false, others],
    ] as const) {
      for (const who of list) {
        expect([who.id, await may(channel, who, 'TransferTokens', transfer)]).toEqual([who.id, isOwner]);
        expect([who.id, await may(channel, who, 'SweepCredits', sweep)]).toEqual([who.id, isOwner]);
      }
    }
  });

  it('without a rule belongs to the admins', async () => {
    const { channel, assetId } = await under(NOTHING, 'w');
    const transfer = { assetId, fromWallet: 'w', toWallet: 'v', amount: '1' };
    expect(await may(channel, ADMIN, 'TransferTokens', transfer)).toBe(true);
    for (const who of [BACKEND, alice, STRANGER])
      expect(await may(channel, who, 'TransferTokens', transfer)).toBe(false);
  });

  it('is debited in a batch by its owners alone', async () => {
    const { channel, assetId } = await under(policy, 'alice', 'mallory');
    const member = (fromWallet: string, key: string) => {
      return { function: 'TransferTokens', order: { assetId, fromWallet, toWallet: 'v', amount: '1' }, key };
    };
    const { outcomes } = await channel.submit(mallory, 'Batch', [member('alice', 'a'), member('mallory', 'b')]);
    expect(outcomes).toMatchObject([{ refused: { code: 'FORBIDDEN' } }, { applied: { amount: '1' } }]);
  });
});

describe('the policy', () => {
  it('is configured by admins of the MSP of the package alone', async () => {
    const channel = new Channel();
    const order = { policy: POLICY };
    for (const who of [BACKEND, alice, STRANGER, otherAlice, identity('Org1MSP', 'administrator', ['Admin', 'peer'])]) {
      expect(await refusalOf(channel.endorse(who, 'Configure', order, 'k'))).toMatchObject({ code: 'FORBIDDEN' });
    }
    await channel.submit(ADMIN, 'Configure', order, 'k');
  });

  it('cannot be configured in a batch', async () => {
    const channel = await Channel.configured();
    const order = { policy: NOTHING };
    const { outcomes } = await channel.submit(ADMIN, 'Batch', [{ function: 'Configure', order, key: 'k' }]);
    expect(outcomes).toMatchObject([{ refused: { code: 'INVALID_REQUEST' } }]);
    expect((await channel.evaluate(ADMIN, 'Policy')).policy).toEqual(POLICY);
  });

  it('says in a refusal who was refused what', async () => {
    const { channel, assetId } = await under(NOTHING, 'w');
    const transfer = { assetId, fromWallet: 'w', toWallet: 'v', amount: '1' };
    expect(await refusalOf(channel.endorse(alice, 'TransferTokens', transfer, 'k'))).toEqual({
      code: 'FORBIDDEN',
      message: `The policy does not let ${alice.id} of Org1MSP debit wallet w.`,
      details: { mspId: 'Org1MSP', id: alice.id },
    });
  });
});
