import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CASES } from './cases/cases.js';
import { mintOrder, Stage } from './cases/stage.js';
import { type FabricNetwork, startFabric } from './network.js';

describe('on Fabric', () => {
  let network: FabricNetwork;
  let stage: Stage;
  beforeAll(async () => {
    network = await startFabric(process.env.FABRIC_HOME ?? '');
    process.stderr.write(`Fabric ${network.version}\n`);
    stage = new Stage(network);
    await stage.configure();
  });
  afterAll(() => stage?.close());

  it.each(CASES)('$title', ({ run }) => run(stage));

  it('an upgrade keeps claims and balances, and an envelope of the version before does not apply twice', async () => {
    const assetId = await stage.asset();
    const [key, order] = [randomUUID(), mintOrder(assetId, 'alice', '3')];
    const held = await stage.client.endorse('MintTokens', order, key);
    const { result } = await stage.client.write('MintTokens', order, key);
    await network.upgrade();
    await expect.poll(() => stage.client.evaluate('Version').catch(() => undefined)).toBeDefined();
    expect((await stage.client.write('MintTokens', order, key)).result).toEqual({ ...result, replayed: true });
    expect((await stage.client.finish(held)).code).toBe('MVCC_READ_CONFLICT');
    expect(await stage.client.balance('alice', assetId)).toBe('3');
  });
});
