import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { failureOf } from './cases/actor.js';
import { CASES } from './cases/cases.js';
import { mintOrder, Stage } from './cases/stage.js';
import { type FabricNetwork, startFabric } from './network.js';

const home = process.env.FABRIC_HOME ?? '';
const ORGANISATIONS = [1, 2] as const;

describe.each(ORGANISATIONS)('on Fabric, with %d organisations', (organisations) => {
  let network: FabricNetwork;
  let stage: Stage;
  beforeAll(async () => {
    network = await startFabric({ home, organisations });
    process.stderr.write(`Fabric ${network.version}\n`);
    stage = new Stage(network);
    await stage.configure();
  });
  afterAll(() => stage?.close());

  it.each(CASES)('$title', ({ run }) => run(stage));

  it('the endorsement of every organisation is needed', async () => {
    const last = network.chaincodes.at(-1);
    await last?.stop();
    const failure = await failureOf(stage.client.endorseOnce('Version'));
    expect(failure).toMatchObject({ name: 'EndorseError', code: 10 });
    const message =
      organisations === 1 ? 'failed to endorse transaction' : 'failed to collect enough transaction endorsements';
    expect(failure.message).toContain(message);
    await last?.start();
    await expect.poll(() => stage.client.endorseOnce('Version').catch(() => undefined)).toBeDefined();
  });

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
