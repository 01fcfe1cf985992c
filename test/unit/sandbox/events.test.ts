import { describe, expect, test } from 'vitest';
import { type ContractEvent, manualClock } from '../../../src/sandbox/index.js';
import {
  APP,
  burning,
  createAsset,
  creation,
  type Fields,
  mint,
  start,
  startWithHolders,
  transfer,
} from './harness.js';

describe('events', () => {
  test('are emitted for each valid transaction after its commit', async () => {
    const clock = manualClock();
    const { sandbox, api } = start({ blockTime: 2_000, clock });
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
      () => api.put(`${APP}/assets/${assetId}`, { assetId, updaterWallet: 'o', updates: { status: 'published' } }),
      () => api.post(`${APP}/metadata`, { assetId, metadata: {}, timestamp: 'now' }),
    ];
    for (const step of steps) {
      await step();
      clock.advance(2_000);
    }
    const wallets = { fromWallet: 'alice', toWallet: 'bob' };
    const marked = { hasMetadata: true };
    const records = [
      { event: 'AssetCreated', type: 'create', actor: 'creator', ...marked },
      { event: 'TokensMinted', type: 'mint', actor: 'minter', recipientWallet: 'alice', amount: '10' },
      { event: 'TokensTransferred', type: 'transfer', actor: 'alice', ...wallets, amount: '4' },
      { event: 'TokensBurned', type: 'burn', actor: 'burner', holderWallet: 'bob', amount: '1' },
      { event: 'AssetUpdated', type: 'update', actor: 'o' },
      { event: 'AssetPublished', type: 'publish', actor: 'o' },
      { event: 'MetadataCreated', type: 'metadata', ...marked },
    ];
    expect(events).toEqual(
      records.map((record, blockNumber) => {
        const [transaction] = sandbox.blocks[blockNumber]?.transactions ?? [];
        const { transactionId, timestamp = 0 } = transaction ?? {};
        const common = { assetId, transactionId, mspId: 'SandboxMSP', timestamp: new Date(timestamp).toISOString() };
        const payload = { records: [{ ...record, ...common }] };
        return { name: record.event, payload, transactionId, blockNumber };
      }),
    );
    expect(events.map(({ transactionId }) => transactionId)).toEqual(
      sandbox.blocks.map(({ transactions }) => transactions[0]?.transactionId),
    );
  });

  test('are not emitted for invalid transactions', async () => {
    const { sandbox, api, clock, assetId } = await startWithHolders({ alice: 10 });
    const amounts: unknown[] = [];
    sandbox.onEvent(({ payload: { records } }) => amounts.push(...(records as Fields[]).map(({ amount }) => amount)));
    await transfer(api, assetId, 'alice', 'bob', 1);
    await transfer(api, assetId, 'alice', 'carol', 2);
    clock.advance(2_000);
    expect(amounts).toEqual(['1']);
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
