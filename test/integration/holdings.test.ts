import fc from 'fast-check';
import { InvalidResponseError, SpydraError } from 'spydra-sdk';
import { describe, expect, it } from 'vitest';
import { rejection, testClient } from '../helpers/client.js';
import { minted, sandboxed } from '../helpers/sandbox.js';
import { scaled } from '../helpers/scale.js';

const WALLETS = ['treasury', 'alice', 'bob', 'carol'];
const wallet = fc.constantFrom(...WALLETS);
const amount = fc.oneof(fc.bigInt({ min: 1n, max: 50n }), fc.bigInt({ min: 1n, max: 10n ** 30n }));
const operation = fc.oneof(
  fc.record({ type: fc.constant('mint' as const), to: wallet, amount }),
  fc.record({ type: fc.constant('burn' as const), from: wallet, amount }),
  fc.record({ type: fc.constant('transfer' as const), from: wallet, to: wallet, amount }),
);

describe('holders and supply', () => {
  it('match a model after any sequence of mints, burns and transfers, and supply is conserved', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(operation, { maxLength: 25 }), async (operations) => {
        const { spydra } = sandboxed();
        const cap = 10n ** 30n;
        const assetId = await minted(spydra, 100n, cap);
        const model = new Map<string, bigint>([['treasury', 100n]]);
        const of = (name: string) => model.get(name) ?? 0n;
        let minted_ = 100n;
        let burned = 0n;

        for (const op of operations) {
          const applied = await apply(op, assetId, spydra);
          const circulating = minted_ - burned;
          const possible =
            op.type === 'mint'
              ? circulating + op.amount <= cap
              : op.type === 'burn'
                ? of(op.from) >= op.amount
                : op.from !== op.to && of(op.from) >= op.amount;
          expect(applied).toBe(possible);
          if (!possible) continue;
          if (op.type === 'mint') minted_ += op.amount;
          else model.set(op.from, of(op.from) - op.amount);
          if (op.type === 'burn') burned += op.amount;
          else model.set(op.to, of(op.to) + op.amount);
        }

        const supply = await spydra.tokens.supply(assetId);
        expect(supply).toEqual({
          assetId,
          totalMinted: minted_,
          totalBurned: burned,
          circulatingSupply: minted_ - burned,
        });
        const holders = await spydra.tokens.holders(assetId);
        expect(new Map(holders.map((holder) => [holder.wallet, holder.balance]))).toEqual(
          new Map([...model].filter(([, balance]) => balance > 0n)),
        );
        for (const [i, holder] of holders.entries())
          expect(holder.balance <= (holders[i - 1]?.balance ?? cap)).toBe(true);
        let sum = 0n;
        for (const name of WALLETS) {
          const held = (await spydra.wallets.balance(name, { assetId })).balances[0]?.balance ?? 0n;
          expect(held).toBe(of(name));
          sum += held;
        }
        expect(sum).toBe(supply.circulatingSupply);
      }),
      { numRuns: scaled(10) },
    );
  });

  it('terminate although two transfers are made for every page that they read', async () => {
    const { sandbox, spydra } = sandboxed({ blockTime: 0 });
    const assetId = await minted(spydra, 1_000n);
    const { fetch, ...connection } = sandbox.connection();
    let pages = 0;
    const reader = testClient({
      ...connection,
      fetch: async (input, init) => {
        pages++;
        const transfer = { assetId, fromWallet: 'treasury', toWallet: 'alice', amount: 1n };
        for (let n = 0; n < 2; n++) await spydra.tokens.transfer(transfer);
        return fetch(input, init);
      },
    });
    expect(await reader.tokens.supply(assetId)).toMatchObject({ totalMinted: 1_000n, circulatingSupply: 1_000n });
    const holders = await reader.tokens.holders(assetId);
    expect(holders.reduce((sum, { balance }) => sum + balance, 0n)).toBe(1_000n);
    expect(pages).toBeLessThan(10);
  });

  const timestamp = '2026-01-01T00:00:00Z';
  const mint = { type: 'mint', status: 'COMMITTED', assetId: 'a1', timestamp, recipientWallet: 'w1', amount: 5 };
  const history = (...records: object[]) =>
    testClient({
      fetch: async () =>
        Response.json({
          transactions: records.map((record, i) => ({ transactionId: `t${i}`, ...record })),
          total: records.length,
        }),
    });

  it('count only committed transactions of the asset', async () => {
    const client = history(
      mint,
      { ...mint, status: 'CONFIRMED' },
      { ...mint, status: 'FAILED' },
      { ...mint, status: 'PENDING' },
      { ...mint, status: 'SOMETHING_NEW' },
      { ...mint, assetId: 'other' },
      { ...mint, type: 'something-new' },
    );
    expect((await client.tokens.supply('a1')).totalMinted).toBe(10n);
  });

  it.each([
    ['an amount is missing', [{ ...mint, amount: undefined }]],
    ['a wallet is missing', [{ ...mint, recipientWallet: undefined }]],
    ['more was moved than there was', [mint, { ...mint, type: 'transfer', fromWallet: 'w2', toWallet: 'w3' }]],
  ])('throw instead of guessing if %s', async (_name, records) => {
    expect(await rejection(history(...records).tokens.holders('a1'))).toBeInstanceOf(InvalidResponseError);
  });
});

type Operation = typeof operation extends fc.Arbitrary<infer T> ? T : never;

/** Whether the SDK reported it as done. */
async function apply(op: Operation, assetId: string, { tokens }: ReturnType<typeof testClient>): Promise<boolean> {
  const { amount } = op;
  const call =
    op.type === 'mint'
      ? tokens.mint({ assetId, recipientWallet: op.to, amount })
      : op.type === 'burn'
        ? tokens.burn({ assetId, holderWallet: op.from, burnerWallet: op.from, amount })
        : tokens.transfer({ assetId, fromWallet: op.from, toWallet: op.to, amount });
  return call.then(
    () => true,
    (error: unknown) => {
      expect(error).toBeInstanceOf(SpydraError);
      expect(['INSUFFICIENT_BALANCE', 'SUPPLY_EXCEEDED', 'INVALID_INPUT']).toContain((error as SpydraError).code);
      return false;
    },
  );
}
