import { type Check, expectEqual, issued } from './scene.js';

const LIMIT = 4;

export const LISTS: Readonly<Record<string, Check>> = {
  async "an asset's transactions are listed once each, newest first, whatever the size of a page"(scene) {
    const { client, wallet } = scene;
    const assetId = await issued(scene, { minted: 0n });
    const written: string[] = [];
    for (let n = 0; n < 9; n++) {
      const mint = await client.tokens.mint({ assetId, recipientWallet: wallet('alice'), amount: 1n });
      written.unshift(mint.transactionId);
    }
    const listed: string[] = [];
    for await (const record of client.transactions.list({ assetId, type: 'mint', limit: LIMIT })) {
      listed.push(record.transactionId);
    }
    expectEqual(listed.toSorted(), written.toSorted(), 'the listed transactions');
    const times = await Promise.all(
      listed.map(async (id) => Date.parse((await client.transactions.get(id)).timestamp)),
    );
    expectEqual(
      times,
      times.toSorted((a, b) => b - a),
      'the times of the listed transactions',
    );
  },

  async "a wallet's transactions are those that touch it"(scene) {
    const { client, wallet } = scene;
    const assetId = await issued(scene, { minted: 10n });
    const [fromWallet, toWallet] = [wallet('treasury'), wallet('alice')];
    const { transactionId } = await client.tokens.transfer({ assetId, fromWallet, toWallet, amount: 1n });
    await client.tokens.mint({ assetId, recipientWallet: wallet('bob'), amount: 1n });
    for (const name of ['treasury', 'alice']) {
      const page = await client.wallets.transactions(wallet(name), { assetId });
      const moves = page.items.filter((each) => each.type === 'transfer').map((each) => each.transactionId);
      expectEqual(moves, [transactionId], `the transfers of ${name}`);
    }
    const other = await client.wallets.transactions(wallet('bob'), { assetId });
    expectEqual(
      other.items.map((each) => each.type),
      ['mint'],
      'the transactions of another wallet',
    );
  },

  async 'an asset that was created is in the list of assets'(scene) {
    const assetId = await issued(scene, { minted: 0n });
    for await (const each of scene.client.assets.list({ assetType: 'real-estate' })) {
      if (each.assetId === assetId) return;
    }
    throw new Error('Expected the created asset in the list of assets, got a list without it.');
  },
};
