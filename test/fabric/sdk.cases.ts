import { ledgerConformance } from 'spydra-sdk/ledger-conformance';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { audit } from './audit.js';
import { Stage } from './cases/stage.js';
import { INTERLEAVINGS } from './interleavings.js';
import { type FabricNetwork, startFabric } from './network.js';
import { clientOn, losingClientOn, sdkOn } from './sdk.js';

const home = process.env.FABRIC_HOME ?? '';

describe('the SDK on Fabric, with 2 organisations', () => {
  let network: FabricNetwork;
  let stage: Stage;
  let clients: ReturnType<typeof sdkOn>;
  beforeAll(async () => {
    network = await startFabric({ home, organisations: 2 });
    stage = new Stage(network);
    await stage.configure();
    clients = sdkOn(network);
  });
  afterAll(async () => {
    await clients?.close();
    await stage?.close();
  });

  it.each(INTERLEAVINGS)('$title', ({ run }) => run(clients));

  const cases = ledgerConformance({ open: () => clientOn(network), openLosing: () => losingClientOn(network) });
  it.each(cases)('$name', ({ run }) => run());

  it('30 transfers are applied exactly once, while the orderer and the peer are killed and started again', async () => {
    let attempts = 0;
    let crash = Promise.resolve();
    const crashed = (name: 'orderer' | 'peer') => {
      crash = crash.then(async () => {
        await network.nodes[name].stop();
        await network.nodes[name].start();
      });
    };
    await audit(clients, {
      writes: 30,
      deadline: (_, attempt) => 400 + attempt * 800,
      disturb: () => {
        attempts++;
        if (attempts === 5) crashed('orderer');
        if (attempts === 45) crashed('peer');
      },
    });
    await crash;
  });
});
