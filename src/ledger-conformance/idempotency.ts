import { balanceOf, type Check, expectEqual, expectRefusal, issued, type Scene } from './scene.js';

/** The mint that is repeated. */
function mintOf({ wallet }: Scene, assetId: string, amount = 5n) {
  return { assetId, recipientWallet: wallet('alice'), amount };
}

export const IDEMPOTENCY: Readonly<Record<string, Check>> = {
  async 'a write that is repeated under its key returns the first result and is applied once'(scene) {
    const assetId = await issued(scene, { minted: 0n });
    const options = { idempotencyKey: scene.key('order') };
    const first = await scene.client.tokens.mint(mintOf(scene, assetId), options);
    const again = await scene.client.tokens.mint(mintOf(scene, assetId), options);
    const elsewhere = await (await scene.another()).tokens.mint(mintOf(scene, assetId), options);
    const ids = [again.transactionId, elsewhere.transactionId];
    expectEqual(ids, [first.transactionId, first.transactionId], 'the repeated writes');
    expectEqual(await balanceOf(scene, 'alice', assetId), 5n, 'the balance after repeated writes');
  },

  async 'each kind of write can be repeated under its key'(scene) {
    const { client, wallet, key } = scene;
    const assetId = await issued(scene, { minted: 100n });
    const [treasury, alice] = [wallet('treasury'), wallet('alice')];
    const move = { assetId, fromWallet: treasury, toWallet: alice, amount: 20n };
    const burn = { assetId, holderWallet: alice, burnerWallet: alice, amount: 5n };
    const change = { updates: { description: 'Sold' }, updaterWallet: treasury };
    for (let n = 0; n < 2; n++) {
      await client.tokens.transfer(move, { idempotencyKey: key('move') });
      await client.tokens.burn(burn, { idempotencyKey: key('burn') });
      await client.assets.update(assetId, change, { idempotencyKey: key('change') });
    }
    const balances = [await balanceOf(scene, 'treasury', assetId), await balanceOf(scene, 'alice', assetId)];
    expectEqual(balances, [80n, 15n], 'the balances after repeated writes');
  },

  async 'a key cannot be used with another input'(scene) {
    const { client, key } = scene;
    const assetId = await issued(scene, { minted: 0n });
    const options = { idempotencyKey: key('order') };
    await client.tokens.mint(mintOf(scene, assetId), options);
    const other = client.tokens.mint(mintOf(scene, assetId, 6n), options);
    await expectRefusal(other, 'IDEMPOTENCY_CONFLICT', 'another input under a key');
    expectEqual(await balanceOf(scene, 'alice', assetId), 5n, 'the balance after the refusal');
  },

  async 'calls at once under one key are applied once'(scene) {
    const { client, key } = scene;
    const assetId = await issued(scene, { minted: 0n });
    const options = { idempotencyKey: key('order') };
    const mints = Array.from({ length: 5 }, () => client.tokens.mint(mintOf(scene, assetId), options));
    const ids = new Set((await Promise.all(mints)).map((each) => each.transactionId));
    expectEqual(ids.size, 1, 'the number of transactions');
    expectEqual(await balanceOf(scene, 'alice', assetId), 5n, 'the balance after calls at once');
  },

  async 'a refused write leaves its key free'(scene) {
    const { client, wallet, key } = scene;
    const assetId = await issued(scene, { minted: 10n });
    const move = { assetId, fromWallet: wallet('treasury'), toWallet: wallet('alice'), amount: 15n };
    const options = { idempotencyKey: key('order') };
    await expectRefusal(client.tokens.transfer(move, options), 'INSUFFICIENT_BALANCE', 'a transfer above the balance');
    await client.tokens.mint({ assetId, recipientWallet: wallet('treasury'), amount: 10n });
    await client.tokens.transfer(move, options);
    expectEqual(await balanceOf(scene, 'alice', assetId), 15n, 'the balance after the repeated transfer');
  },

  async 'reconcile finds the transaction of a key, and none of an unused one'(scene) {
    const { client, key } = scene;
    const assetId = await issued(scene, { minted: 0n });
    const options = { idempotencyKey: key('order') };
    const { transactionId } = await client.tokens.mint(mintOf(scene, assetId), options);
    const found = await (await scene.another()).transactions.reconcile(key('order'), { assetId });
    const id = 'transaction' in found ? found.transaction.transactionId : undefined;
    expectEqual([found.state, id], ['committed', transactionId], 'a used key');
    const unused = await client.transactions.reconcile(key('unused'), { assetId });
    expectEqual(unused.state, 'not-found', 'an unused key');
  },
};

/** With a client that loses the response of its first write, which is applied. */
export const LOST_RESPONSES: Readonly<Record<string, Check>> = {
  async 'a write whose response is lost is applied once, and its key finds it'(scene) {
    const clean = await scene.another();
    const assetId = await issued({ ...scene, client: clean }, { minted: 0n });
    const options = { idempotencyKey: scene.key('order') };
    // It resolves if the ledger can tell; otherwise its outcome is unknown.
    const lost = await scene.client.tokens.mint(mintOf(scene, assetId), options).catch((error: unknown) => {
      if ((error as { outcome?: unknown }).outcome !== 'unknown') throw error;
      return undefined;
    });
    const again = await scene.client.tokens.mint(mintOf(scene, assetId), options);
    if (lost) expectEqual(again.transactionId, lost.transactionId, 'the repeated write');
    expectEqual(await balanceOf({ ...scene, client: clean }, 'alice', assetId), 5n, 'the balance');
  },
};
