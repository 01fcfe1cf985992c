import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import type { Transaction } from '@hyperledger/fabric-gateway';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isMissing } from '../helpers/programs.js';
import { scaled } from '../helpers/scale.js';
import { failureOf, type Result, refusalIn } from './cases/actor.js';
import { mintOrder, Stage, transferOrder } from './cases/stage.js';
import { startStandIn } from './peer/network.js';

const WALLETS = ['alice', 'Bob', 'émile', 'zoë'] as const;
const wallet = fc.constantFrom(...WALLETS);

interface Order {
  readonly fn: 'MintTokens' | 'BurnTokens' | 'TransferTokens' | 'SweepCredits';
  readonly from: string;
  readonly to: string;
  readonly amount: number;
}

const order: fc.Arbitrary<Order> = fc
  .record({
    fn: fc.constantFrom('MintTokens', 'BurnTokens', 'TransferTokens', 'TransferTokens', 'SweepCredits'),
    from: wallet,
    to: wallet,
    amount: fc.integer({ min: 1, max: 20 }),
  })
  .filter(({ fn, from, to }) => fn !== 'TransferTokens' || from !== to);

/** Orders of one batch; or transactions that are all endorsed before one of them is ordered, so that they may conflict. */
const step = fc.record({
  isBatch: fc.boolean(),
  orders: fc.array(order, { minLength: 1, maxLength: 5 }),
});

const AGREEMENTS = 50;

/** What wallets hold, if each order that was applied is applied once. */
class Model {
  readonly balances = new Map<string, number>(WALLETS.map((each) => [each, 0]));

  get circulating(): number {
    return [...this.balances.values()].reduce((sum, balance) => sum + balance, 0);
  }

  apply({ fn, from, to, amount }: Order): void {
    if (fn === 'BurnTokens' || fn === 'TransferTokens') this.#add(from, -amount);
    if (fn === 'MintTokens' || fn === 'TransferTokens') this.#add(to, amount);
    for (const balance of this.balances.values()) expect(balance).toBeGreaterThanOrEqual(0);
  }

  #add(walletId: string, amount: number): void {
    this.balances.set(walletId, (this.balances.get(walletId) ?? 0) + amount);
  }
}

describe.skipIf(isMissing('openssl'))('two endorsers with another clock, time zone and language', () => {
  let stage: Stage;
  beforeAll(async () => {
    const network = await startStandIn({
      mspIds: ['Org1MSP', 'Org2MSP'],
      processes: [
        { environment: { TZ: 'Pacific/Kiritimati', LANG: 'tr_TR.UTF-8', LC_ALL: 'tr_TR.UTF-8' } },
        {
          environment: { TZ: 'America/St_Johns', LANG: 'C', LC_ALL: 'C' },
          preload: fileURLToPath(new URL('shifted-clock.cjs', import.meta.url)),
        },
      ],
    });
    stage = new Stage(network);
    await stage.configure();
  });
  afterAll(() => stage?.close());

  /** Endorses with the same bytes from both, once the second one has committed the blocks of the first. */
  const endorsed = async (functionName: string, ...args: readonly unknown[]): Promise<Transaction> => {
    for (let attempt = 1; ; attempt++) {
      try {
        return await stage.client.endorseOnce(functionName, ...args);
      } catch (error) {
        const isDifferent = (error as Error).message.includes('failed to collect enough transaction endorsements');
        if (!isDifferent || attempt === AGREEMENTS) throw error;
      }
    }
  };

  const argumentOf = (assetId: string, { fn, from, to, amount }: Order): object => {
    if (fn === 'MintTokens') return mintOrder(assetId, to, String(amount));
    if (fn === 'TransferTokens') return transferOrder(assetId, from, to, String(amount));
    if (fn === 'SweepCredits') return { assetId, walletId: from };
    return { assetId, burnerWallet: from, holderWallet: from, amount: String(amount) };
  };

  /** The orders that the batch applies, in their order. */
  const runBatch = async (assetId: string, orders: readonly Order[]): Promise<Order[]> => {
    const members = orders.map((each) => ({
      function: each.fn,
      order: argumentOf(assetId, each),
      key: randomUUID(),
    }));
    const { code, result } = await stage.client.finish(await endorsed('Batch', members));
    expect(code).toBe('VALID');
    return orders.filter((_, place) => 'applied' in (result.outcomes as Result)[place]);
  };

  /** The orders that are valid, in the order of their blocks. */
  const runAtOnce = async (assetId: string, orders: readonly Order[]): Promise<Order[]> => {
    const envelopes: { readonly order: Order; readonly envelope: Transaction }[] = [];
    for (const each of orders) {
      const endorsing = endorsed(each.fn, argumentOf(assetId, each), randomUUID());
      const envelope = await endorsing.catch(() => undefined);
      if (envelope) envelopes.push({ order: each, envelope });
      else expect(refusalIn(await failureOf(endorsing))).toMatchObject({ code: 'INSUFFICIENT_BALANCE' });
    }
    const applied: Order[] = [];
    for (const { order: each, envelope } of envelopes) {
      const { code } = await stage.client.finish(envelope);
      expect(['VALID', 'MVCC_READ_CONFLICT', 'PHANTOM_READ_CONFLICT']).toContain(code);
      if (code === 'VALID') applied.push(each);
    }
    return applied;
  };

  it('endorse random orders, batches and conflicts with the same bytes, and keep every token', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 8 }), async (steps) => {
        const [assetId, model] = [await stage.asset(), new Model()];
        for (const { isBatch, orders } of steps) {
          const applied = await (isBatch ? runBatch : runAtOnce)(assetId, orders);
          for (const each of applied) model.apply(each);
          const accounts = WALLETS.map((walletId) => ({ assetId, walletId }));
          const { balances } = await stage.client.evaluate('AccountBalances', accounts);
          expect(balances).toEqual([...model.balances.values()].map(String));
          const supply = await stage.client.evaluate('Supply', assetId);
          expect(supply).toMatchObject({ circulating: String(model.circulating) });
        }
      }),
      { numRuns: scaled(8), endOnFailure: true },
    );
  });
});
