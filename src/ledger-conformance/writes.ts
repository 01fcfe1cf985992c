import { balanceOf, type Check, expectEqual, expectRefusal, issued } from './scene.js';

/** More than a float or 64 bits can hold. */
const HUGE = 10n ** 24n + 1n;

export const READS_AND_WRITES: Readonly<Record<string, Check>> = {
  async 'an asset is read as it was created'(scene) {
    const assetId = await issued(scene, { supply: 1_000n, minted: 0n });
    const { name, symbol, assetType, totalValue, totalSupply } = await scene.client.assets.get(assetId);
    const expected = ['Flat', 'FL', 'real-estate', '52500.25', 1_000n];
    expectEqual([name, symbol, assetType, totalValue, totalSupply], expected, 'the asset');
  },

  async 'an update changes the named fields only'({ client, wallet, ...rest }) {
    const assetId = await issued({ client, wallet, ...rest }, { minted: 0n });
    await client.assets.update(assetId, { updates: { description: 'Sold' }, updaterWallet: wallet('treasury') });
    const { name, description, totalSupply } = await client.assets.get(assetId);
    expectEqual([name, description, totalSupply], ['Flat', 'Sold', 1_000n], 'the updated asset');
  },

  async 'what does not exist is not found'({ client, key, wallet }) {
    await expectRefusal(client.assets.get(key('unknown')), 'NOT_FOUND', 'an unknown asset');
    await expectRefusal(client.transactions.get(key('unknown')), 'NOT_FOUND', 'an unknown transaction');
    const { balances } = await client.wallets.balance(wallet('nobody'));
    expectEqual(balances, [], 'the balances of an unknown wallet');
  },

  async 'mint, transfer and burn move exactly the amount, once committed'(scene) {
    const { client, wallet } = scene;
    const assetId = await issued(scene, { minted: 600n });
    const [fromWallet, toWallet] = [wallet('treasury'), wallet('alice')];
    const moved = await client.tokens.transfer({ assetId, fromWallet, toWallet, amount: 250n });
    expectEqual([moved.status, moved.fromBalance, moved.toBalance], ['committed', 350n, 250n], 'the transfer');
    const burned = await client.tokens.burn({ assetId, holderWallet: toWallet, burnerWallet: toWallet, amount: 50n });
    expectEqual([burned.status, burned.newBalance], ['committed', 200n], 'the burn');
    const balances = [await balanceOf(scene, 'treasury', assetId), await balanceOf(scene, 'alice', assetId)];
    expectEqual(balances, [350n, 200n], 'the balances');
    const { totalMinted, totalBurned } = await client.tokens.supply(assetId);
    expectEqual([totalMinted, totalBurned], [600n, 50n], 'the supply');
    const held = (await client.tokens.holders(assetId)).map((each) => [each.wallet, each.balance]);
    expectEqual(
      held.toSorted(),
      [
        [fromWallet, 350n],
        [toWallet, 200n],
      ].toSorted(),
      'the holders',
    );
  },

  async 'the record of a write names what it did'(scene) {
    const { client, wallet } = scene;
    const assetId = await issued(scene, { minted: 0n });
    const { transactionId } = await client.tokens.mint({ assetId, recipientWallet: wallet('alice'), amount: 7n });
    const record = await client.transactions.get(transactionId);
    const found = [record.type, record.assetId, record.amount, record.recipientWallet];
    expectEqual(found, ['mint', assetId, 7n, wallet('alice')], 'the record');
    expectEqual((await client.transactions.wait(transactionId)).transactionId, transactionId, 'the awaited record');
  },

  async 'amounts of any size are exact'(scene) {
    const { client, wallet } = scene;
    const assetId = await issued(scene, { supply: HUGE });
    const amount = HUGE - 1n;
    await client.tokens.transfer({ assetId, fromWallet: wallet('treasury'), toWallet: wallet('alice'), amount });
    expectEqual(await balanceOf(scene, 'alice', assetId), amount, 'a balance above 64 bits');
    expectEqual(await balanceOf(scene, 'treasury', assetId), 1n, 'what is left');
    expectEqual((await client.assets.get(assetId)).totalSupply, HUGE, 'the supply');
  },

  async 'a mint above the supply is refused and changes nothing'(scene) {
    const { client, wallet } = scene;
    const assetId = await issued(scene, { supply: 100n, minted: 90n });
    const mint = client.tokens.mint({ assetId, recipientWallet: wallet('alice'), amount: 11n });
    await expectRefusal(mint, 'SUPPLY_EXCEEDED', 'a mint above the supply');
    expectEqual(await balanceOf(scene, 'alice', assetId), 0n, 'the balance after a refused mint');
    await client.tokens.mint({ assetId, recipientWallet: wallet('alice'), amount: 10n });
  },

  async 'a debit above the balance is refused and changes nothing'(scene) {
    const { client, wallet } = scene;
    const assetId = await issued(scene, { minted: 10n });
    const [fromWallet, toWallet] = [wallet('treasury'), wallet('alice')];
    const transfer = client.tokens.transfer({ assetId, fromWallet, toWallet, amount: 11n });
    await expectRefusal(transfer, 'INSUFFICIENT_BALANCE', 'a transfer above the balance');
    const burn = client.tokens.burn({ assetId, holderWallet: fromWallet, burnerWallet: fromWallet, amount: 11n });
    await expectRefusal(burn, 'INSUFFICIENT_BALANCE', 'a burn above the balance');
    expectEqual(await balanceOf(scene, 'treasury', assetId), 10n, 'the balance after refusals');
  },

  async 'a write to an unknown asset is refused'({ client, wallet, key }) {
    const mint = client.tokens.mint({ assetId: key('unknown'), recipientWallet: wallet('alice'), amount: 1n });
    await expectRefusal(mint, 'NOT_FOUND', 'a mint of an unknown asset');
  },

  async 'a document is read as it was added'(scene) {
    const assetId = await issued(scene, { minted: 0n });
    const document = { title: 'Deed', pages: 3, rooms: ['hall'], owner: { name: 'Zoë' } };
    const { metadataId, status } = await scene.client.assets.addMetadata(assetId, document);
    expectEqual(status, 'committed', 'the document');
    const read = await scene.client.assets.getMetadata(metadataId);
    for (const [name, value] of Object.entries(document)) expectEqual(read[name], value, `the field ${name}`);
  },
};
