import { balanceOf, type Check, expectEqual, issued } from './scene.js';

const MANY = 20;

export const CONCURRENT_WRITES: Readonly<Record<string, Check>> = {
  async 'debits of one wallet at once are all applied'(scene) {
    const { client, wallet } = scene;
    const assetId = await issued(scene, { minted: 1_000n });
    const fromWallet = wallet('treasury');
    const moves = Array.from({ length: MANY }, (_, n) =>
      client.tokens.transfer({ assetId, fromWallet, toWallet: wallet(`buyer-${n}`), amount: BigInt(n + 1) }),
    );
    await Promise.all(moves);
    const balances = await Promise.all(moves.map((_, n) => balanceOf(scene, `buyer-${n}`, assetId)));
    expectEqual(
      balances,
      moves.map((_, n) => BigInt(n + 1)),
      'the balances of the buyers',
    );
    expectEqual(await balanceOf(scene, 'treasury', assetId), 1_000n - 210n, 'the balance of the seller');
  },

  async 'debits at once never take more than the wallet holds'(scene) {
    const { client, wallet } = scene;
    const assetId = await issued(scene, { minted: 10n });
    const [fromWallet, toWallet] = [wallet('treasury'), wallet('alice')];
    const moves = Array.from({ length: 5 }, () =>
      client.tokens.transfer({ assetId, fromWallet, toWallet, amount: 4n }).then(
        () => true,
        (error: { code?: unknown }) => {
          if (error.code !== 'INSUFFICIENT_BALANCE') throw error;
          return false;
        },
      ),
    );
    const applied = (await Promise.all(moves)).filter(Boolean).length;
    const balances = [await balanceOf(scene, 'treasury', assetId), await balanceOf(scene, 'alice', assetId)];
    expectEqual([applied, ...balances], [2, 2n, 8n], 'what two of five debits leave');
  },

  async 'payments into one wallet at once are all applied'(scene) {
    const { client, wallet } = scene;
    const assetId = await issued(scene, { minted: 0n });
    const recipientWallet = wallet('alice');
    const mints = Array.from({ length: MANY }, () => client.tokens.mint({ assetId, recipientWallet, amount: 3n }));
    const ids = new Set((await Promise.all(mints)).map((each) => each.transactionId));
    expectEqual([ids.size, await balanceOf(scene, 'alice', assetId)], [MANY, 60n], 'the payments');
  },

  async 'a batch reports each of its writes, and a refused one costs the others nothing'(scene) {
    const { client, wallet } = scene;
    const assetId = await issued(scene, { minted: 30n });
    const fromWallet = wallet('treasury');
    const moves = [10n, 100n, 20n].map((amount, n) => ({
      assetId,
      fromWallet,
      toWallet: wallet(`buyer-${n}`),
      amount,
    }));
    const results = await client.tokens.transferMany(moves);
    expectEqual(
      results.map((each) => each.status),
      ['fulfilled', 'rejected', 'fulfilled'],
      'the results of a batch',
    );
    expectEqual(await balanceOf(scene, 'treasury', assetId), 0n, 'the balance after the batch');
  },
};
