import { randomUUID } from 'node:crypto';
import { expect } from 'vitest';
import { tally } from './actor.js';
import type { Case } from './cases.js';
import { mintOrder, type Stage, transferOrder } from './stage.js';

/** Endorses all of the transfers before it submits any. */
async function transferAtOnce(stage: Stage, orders: readonly object[]): Promise<Record<string, number>> {
  const endorsed = await Promise.all(
    orders.map((order) => stage.client.endorse('TransferTokens', order, randomUUID())),
  );
  const outcomes = await Promise.all(endorsed.map((transaction) => stage.client.finish(transaction)));
  return tally(outcomes.map(({ code }) => code));
}

/** Which writes disturb each other. */
export const conflictCases: readonly Case[] = [
  {
    title: '120 wallets that pay one wallet at once do not conflict, and a sweep settles all of it',
    async run(stage) {
      const assetId = await stage.asset();
      const wallets = Array.from({ length: 120 }, (_, n) => `payer-${n}`);
      const mints = wallets.map((walletId) => ({
        function: 'MintTokens',
        order: mintOrder(assetId, walletId, '10'),
        key: randomUUID(),
      }));
      expect((await stage.client.write('Batch', mints)).code).toBe('VALID');
      const orders = wallets.map((walletId) => transferOrder(assetId, walletId, 'hot', '10'));
      expect(await transferAtOnce(stage, orders)).toEqual({ VALID: 120 });
      expect(await stage.client.balance('hot', assetId)).toBe('1200');
      // More rows than a peer sends at a time.
      const swept = await stage.write(stage.client, 'SweepCredits', { assetId, walletId: 'hot' });
      expect(swept).toMatchObject({ credits: 120, settledBalance: '1200', hasMore: false });
      const { holders } = await stage.client.evaluate('Holders', assetId);
      expect(holders.filter(({ balance }: { balance: string }) => balance !== '0')).toEqual([
        { walletId: 'hot', balance: '1200' },
      ]);
    },
  },
  {
    title: 'of twenty debits of one wallet at once one is valid',
    async run(stage) {
      const assetId = await stage.asset();
      await stage.settle(assetId, 'treasury', '100');
      const orders = Array.from({ length: 20 }, (_, n) => transferOrder(assetId, 'treasury', `payee-${n}`, '1'));
      expect(await transferAtOnce(stage, orders)).toEqual({ VALID: 1, MVCC_READ_CONFLICT: 19 });
      expect(await stage.client.balance('treasury', assetId)).toBe('99');
    },
  },
  {
    title: 'a debit that takes credits has a phantom if one arrives in between, and is valid when it is repeated',
    async run(stage) {
      const assetId = await stage.asset();
      await stage.mint(assetId, 'alice', '10');
      const [key, order] = [randomUUID(), transferOrder(assetId, 'alice', 'bob', '4')];
      const debit = await stage.client.endorse('TransferTokens', order, key);
      await stage.mint(assetId, 'alice', '1');
      expect((await stage.client.finish(debit)).code).toBe('PHANTOM_READ_CONFLICT');
      expect((await stage.client.write('TransferTokens', order, key)).code).toBe('VALID');
      expect(await stage.client.balance('alice', assetId)).toBe('7');
      expect(await stage.client.balance('bob', assetId)).toBe('4');
    },
  },
  {
    title: 'a debit of a settled balance is not disturbed by a credit in between',
    async run(stage) {
      const assetId = await stage.asset();
      await stage.settle(assetId, 'alice', '10');
      const order = transferOrder(assetId, 'alice', 'bob', '4');
      const debit = await stage.client.endorse('TransferTokens', order, randomUUID());
      await stage.mint(assetId, 'alice', '1');
      expect((await stage.client.finish(debit)).code).toBe('VALID');
      expect(await stage.client.balance('alice', assetId)).toBe('7');
    },
  },
  {
    title: 'a batch of orders with one bad one commits the others in one transaction',
    async run(stage) {
      const assetId = await stage.asset();
      await stage.settle(assetId, 'bank', '100000');
      for (const count of [10, 500]) {
        const walletOf = (n: number) => `payee-${count}-${n}`;
        const orders = Array.from({ length: count }, (_, n) => ({
          function: n % 3 === 0 ? 'MintTokens' : 'TransferTokens',
          order:
            n % 3 === 0
              ? mintOrder(assetId, 'bank', '5')
              : transferOrder(assetId, 'bank', walletOf(n), n === 7 ? '999999999' : '1'),
          key: randomUUID(),
        }));
        const { code, result } = await stage.client.write('Batch', orders);
        expect(code).toBe('VALID');
        const refused = result.outcomes.flatMap(({ refused: reason }: { refused?: { code: string } }, n: number) =>
          reason ? [[n, reason.code]] : [],
        );
        expect(refused).toEqual([[7, 'INSUFFICIENT_BALANCE']]);
        expect(await stage.client.balance(walletOf(8), assetId)).toBe('1');
      }
    },
  },
];
