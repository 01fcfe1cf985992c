import { describe, expect, test } from 'vitest';
import { type ContractEvent, manualClock } from '../../../src/sandbox/index.js';
import { APP, burning, CONTRACTS, createAsset, creation, mint, start, startWithHolders, transfer } from './harness.js';

describe('events', () => {
  test.each(CONTRACTS)('are emitted for each valid transaction after its commit, under %s', async (contract) => {
    const clock = manualClock();
    const { sandbox, api } = start({ contract, blockTime: 2_000, clock });
    const events: ContractEvent[] = [];
    sandbox.onEvent((event) => events.push(event));
    const assetId = await createAsset(api);
    expect(events).toEqual([]);
    clock.advance(2_000);
    const steps = [
      () => mint(api, assetId, 'alice', 10),
      () => transfer(api, assetId, 'alice', 'bob', 4),
      () => api.post(`${APP}/tokens/burn`, burning(assetId, 'bob', 1)),
      () => api.put(`${APP}/assets/${assetId}`, { assetId, updaterWallet: 'o', updates: { name: 'New' } }),
      () => api.post(`${APP}/metadata`, { assetId, metadata: {}, timestamp: 'now' }),
    ];
    for (const step of steps) {
      await step();
      clock.advance(2_000);
    }
    expect(events.map(({ name, payload, blockNumber }) => ({ name, payload, blockNumber }))).toEqual([
      { name: 'AssetCreated', payload: { assetId }, blockNumber: 0 },
      { name: 'TokensMinted', payload: { assetId, recipientWallet: 'alice', amount: 10n }, blockNumber: 1 },
      {
        name: 'TokensTransferred',
        payload: { assetId, fromWallet: 'alice', toWallet: 'bob', amount: 4n },
        blockNumber: 2,
      },
      { name: 'TokensBurned', payload: { assetId, holderWallet: 'bob', amount: 1n }, blockNumber: 3 },
      { name: 'AssetUpdated', payload: { assetId }, blockNumber: 4 },
      { name: 'MetadataCreated', payload: { assetId, metadataId: expect.any(String) }, blockNumber: 5 },
    ]);
    expect(events.map(({ transactionId }) => transactionId)).toEqual(
      sandbox.blocks.map(({ transactions }) => transactions[0]?.transactionId),
    );
  });

  test('are not emitted for invalid transactions', async () => {
    const { sandbox, api, clock, assetId } = await startWithHolders({ alice: 10 });
    const amounts: unknown[] = [];
    sandbox.onEvent(({ payload }) => amounts.push(payload.amount));
    await transfer(api, assetId, 'alice', 'bob', 1);
    await transfer(api, assetId, 'alice', 'carol', 2);
    clock.advance(2_000);
    expect(amounts).toEqual([1n]);
  });

  test('are still emitted if a listener throws, and not after it unsubscribes', async () => {
    const warnings: string[] = [];
    const { sandbox, api } = start({ onWarning: (message) => warnings.push(message) });
    const seen: string[] = [];
    const endFailing = sandbox.onEvent(() => {
      throw new Error('broken listener');
    });
    sandbox.onEvent(({ name }) => seen.push(name));
    expect((await api.post(`${APP}/assets`, creation())).status).toBe(200);
    endFailing();
    await createAsset(api);
    expect(seen).toEqual(['AssetCreated', 'AssetCreated']);
    expect(warnings).toEqual([expect.stringContaining('broken listener')]);
  });
});
