import { randomUUID } from 'node:crypto';
import type { SpydraClient } from 'spydra-sdk';
import { expect } from 'vitest';

/** Clients of one contract on one channel, which may write everything: two identities of one organisation. */
export interface Clients {
  readonly one: SpydraClient;
  readonly other: SpydraClient;
}

interface Interleaving {
  readonly title: string;
  run(clients: Clients): Promise<void>;
}

const times = <T>(count: number, make: (n: number) => T): T[] => Array.from({ length: count }, (_, n) => make(n));

/** A new asset. */
export async function assetOf({ one }: Clients): Promise<string> {
  const { assetId } = await one.assets.create({
    name: 'House',
    symbol: 'HSE',
    description: 'A house',
    assetType: 'real-estate',
    totalValue: '1000000',
    totalSupply: 100_000_000n,
    creatorWallet: 'issuer',
  });
  return assetId;
}

/** What a wallet holds. */
async function balanceOf({ one }: Clients, assetId: string, walletId: string): Promise<bigint> {
  return (await one.wallets.balance(walletId, { assetId })).balances[0]?.balance ?? 0n;
}

const PATIENT = { retries: 50 };

/**
 * What concurrent clients of a contract ledger may rely on, on whatever chain it runs: a channel in memory, a stand-in of
 * a peer, or Fabric itself.
 */
export const INTERLEAVINGS: readonly Interleaving[] = [
  {
    title: '20 calls at once under one key, of two identities, are one mint; and so is one more later',
    async run(clients) {
      const assetId = await assetOf(clients);
      const idempotencyKey = randomUUID();
      const mint = (n: number) =>
        (n % 2 ? clients.one : clients.other).tokens.mint(
          { assetId, recipientWallet: 'alice', amount: 7n },
          { ...PATIENT, idempotencyKey },
        );
      const ends = await Promise.all(times(20, mint));
      ends.push(await mint(0));
      expect(new Set(ends.map(({ transactionId }) => transactionId)).size).toBe(1);
      expect(await balanceOf(clients, assetId, 'alice')).toBe(7n);
    },
  },
  {
    title: 'a key that was used is refused with another input, to another identity too',
    async run(clients) {
      const assetId = await assetOf(clients);
      const key = { idempotencyKey: randomUUID() };
      const input = { assetId, recipientWallet: 'alice', amount: 7n };
      const { transactionId } = await clients.one.tokens.mint(input, key);
      const again = clients.other.tokens.mint({ ...input, amount: 8n }, key);
      await expect(again).rejects.toMatchObject({
        code: 'IDEMPOTENCY_CONFLICT',
        transactionId,
        outcome: 'not-applied',
      });
      expect(await balanceOf(clients, assetId, 'alice')).toBe(7n);
    },
  },
  {
    title: 'a refused transfer changes nothing, and leaves its key free',
    async run(clients) {
      const assetId = await assetOf(clients);
      const key = { idempotencyKey: randomUUID() };
      const input = { assetId, fromWallet: 'alice', toWallet: 'bob', amount: 5n };
      const refused = clients.one.tokens.transfer(input, key);
      await expect(refused).rejects.toMatchObject({ code: 'INSUFFICIENT_BALANCE', outcome: 'not-applied' });
      expect(await clients.one.transactions.reconcile(key.idempotencyKey)).toMatchObject({ state: 'not-found' });
      await clients.one.tokens.mint({ assetId, recipientWallet: 'alice', amount: 5n });
      expect(await clients.other.tokens.transfer(input, key)).toMatchObject({ fromBalance: 0n, toBalance: 5n });
    },
  },
  {
    title: '20 wallets pay one hot wallet at once, and none of them comes second',
    async run(clients) {
      const assetId = await assetOf(clients);
      const mints = times(20, (n) => ({ assetId, recipientWallet: `w${n}`, amount: 10n }));
      expect((await clients.one.tokens.mintMany(mints)).every(({ status }) => status === 'fulfilled')).toBe(true);
      const pay = (n: number) =>
        clients.one.tokens.transfer({ assetId, fromWallet: `w${n}`, toWallet: 'hot', amount: 10n }, { retries: 0 });
      await Promise.all(times(20, pay));
      expect(await balanceOf(clients, assetId, 'hot')).toBe(200n);
    },
  },
  {
    title: '10 debits of one wallet at once are all applied in the end',
    async run(clients) {
      const assetId = await assetOf(clients);
      await clients.one.tokens.mint({ assetId, recipientWallet: 'treasury', amount: 100n });
      const pay = (n: number) =>
        clients.one.tokens.transfer({ assetId, fromWallet: 'treasury', toWallet: `d${n}`, amount: 1n }, PATIENT);
      await Promise.all(times(10, pay));
      expect(await balanceOf(clients, assetId, 'treasury')).toBe(90n);
      expect((await clients.one.tokens.holders(assetId)).length).toBe(11);
    },
  },
  {
    title: 'a debit that sweeps credits is applied although more of them arrive',
    async run(clients) {
      const assetId = await assetOf(clients);
      await clients.one.tokens.mintMany(times(20, () => ({ assetId, recipientWallet: 'hot', amount: 1n })));
      const spend = clients.one.tokens.transfer({ assetId, fromWallet: 'hot', toWallet: 'cold', amount: 20n }, PATIENT);
      const credits = times(5, (n) =>
        clients.other.tokens.mint({ assetId, recipientWallet: 'hot', amount: BigInt(n + 1) }, PATIENT),
      );
      await Promise.all([spend, ...credits]);
      expect(await balanceOf(clients, assetId, 'hot')).toBe(15n);
      expect(await balanceOf(clients, assetId, 'cold')).toBe(20n);
    },
  },
  {
    title:
      'of 100 orders of one wallet in a batch the one that is refused costs the others nothing, nor does a second run',
    async run(clients) {
      const assetId = await assetOf(clients);
      await clients.one.tokens.mint({ assetId, recipientWallet: 'treasury', amount: 99n });
      const inputs = times(100, (n) => ({
        assetId,
        fromWallet: n === 50 ? 'nobody' : 'treasury',
        toWallet: `m${n}`,
        amount: 1n,
      }));
      const batchKey = randomUUID();
      for (const client of [clients.one, clients.other]) {
        const results = await client.tokens.transferMany(inputs, { ...PATIENT, batchKey });
        const refused = results.flatMap(({ status }, n) => (status === 'rejected' ? [n] : []));
        expect(refused).toEqual([50]);
        expect(results[50]).toMatchObject({ reason: { code: 'INSUFFICIENT_BALANCE', outcome: 'not-applied' } });
        expect(await balanceOf(clients, assetId, 'treasury')).toBe(0n);
      }
      expect((await clients.one.tokens.holders(assetId)).length).toBe(99);
    },
  },
  {
    title: 'two batches of one wallet at once, of two clients, are both applied once',
    async run(clients) {
      const assetId = await assetOf(clients);
      await clients.one.tokens.mint({ assetId, recipientWallet: 'treasury', amount: 100n });
      const inputs = times(20, (n) => ({ assetId, fromWallet: 'treasury', toWallet: `m${n}`, amount: 1n }));
      const options = { ...PATIENT, batchKey: randomUUID() };
      const runs = [clients.one, clients.other, clients.one].map((client) =>
        client.tokens.transferMany(inputs, options),
      );
      for (const results of await Promise.all(runs)) {
        expect(results.every(({ status }) => status === 'fulfilled')).toBe(true);
      }
      expect(await balanceOf(clients, assetId, 'treasury')).toBe(80n);
    },
  },
  {
    title: 'a transaction that came second is known by its id, with the reason, and its write can be repeated',
    async run(clients) {
      const assetId = await assetOf(clients);
      await clients.one.tokens.mint({ assetId, recipientWallet: 'treasury', amount: 100n });
      await clients.one.tokens.transfer({ assetId, fromWallet: 'treasury', toWallet: 'x', amount: 1n });
      const pay = async (n: number): Promise<string | undefined> => {
        const input = { assetId, fromWallet: 'treasury', toWallet: `e${n}`, amount: 1n };
        const client = n % 2 ? clients.one : clients.other;
        return client.tokens.transfer(input, { retries: 0, idempotencyKey: `${assetId}-${n}` }).then(
          () => undefined,
          (error) => error.transactionId,
        );
      };
      let failed: string | undefined;
      for (let round = 0; failed === undefined && round < 20; round++) {
        failed = (await Promise.all(times(6, (n) => pay(round * 6 + n)))).find((id) => id !== undefined);
      }
      expect(failed).toBeDefined();
      const record = await clients.other.transactions.get(failed ?? '');
      expect(record).toMatchObject({ status: 'FAILED', error: 'MVCC_READ_CONFLICT' });
      await expect(clients.one.transactions.wait(failed ?? '')).rejects.toMatchObject({ code: 'TRANSACTION_FAILED' });
    },
  },
  {
    title: 'a write that is not waited for is waited for by its id, by another client',
    async run(clients) {
      const assetId = await assetOf(clients);
      const input = { assetId, recipientWallet: 'alice', amount: 7n };
      const { transactionId, status, newBalance } = await clients.one.tokens.mint(input, { confirm: false });
      expect([status, newBalance]).toEqual(['pending', 7n]);
      expect(await clients.other.transactions.wait(transactionId)).toMatchObject({ type: 'mint', amount: 7n });
      expect(await balanceOf(clients, assetId, 'alice')).toBe(7n);
    },
  },
  {
    title: 'a key is either applied or void, whichever of a mint and a void comes first',
    async run(clients) {
      const assetId = await assetOf(clients);
      for (let round = 0; round < 5; round++) {
        const [key, wallet] = [randomUUID(), `v${round}`];
        const input = { assetId, recipientWallet: wallet, amount: 7n };
        const minted = clients.one.tokens.mint(input, { ...PATIENT, idempotencyKey: key }).then(
          () => true,
          (error) => error.serverCode !== 'KEY_VOIDED',
        );
        const { state } = await clients.other.transactions.reconcile(key, { void: true });
        expect(await minted).toBe(state === 'committed');
        expect(await balanceOf(clients, assetId, wallet)).toBe(state === 'committed' ? 7n : 0n);
      }
    },
  },
];
