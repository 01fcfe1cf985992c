import { ledgerConformance } from 'spydra-sdk/ledger-conformance';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { audit } from './audit.js';
import { Stage } from './cases/stage.js';
import { assetOf, INTERLEAVINGS } from './interleavings.js';
import { type FabricNetwork, startFabric } from './network.js';
import { clientOn, losingClientOn, sdkOn } from './sdk.js';
import { auditWatch } from './watch-audit.js';

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

  it('a mint right after the start of a peer waits, without retries, until the peers have found each other', async () => {
    const assetId = await assetOf(clients);
    await network.nodes.peer.stop();
    await network.nodes.peer.start();
    const read = () => clients.one.assets.get(assetId).catch(() => undefined);
    await expect.poll(read).toMatchObject({ assetId });
    const mint = clients.one.tokens.mint({ assetId, recipientWallet: 'alice', amount: 7n }, { retries: 0 });
    expect(await mint).toMatchObject({ status: 'committed', newBalance: 7n });
  });

  it('a watch hands over 500 transactions in the order of the channel, while peer and watcher are killed', async () => {
    const from = await clients.one.transactions.checkpoint();
    const { ids, again, written } = await auditWatch(network, clients, { writes: 500, kills: 2 });
    expect(again).toBeLessThanOrEqual(2);
    expect(new Set(written).size).toBe(500);
    const undisturbed: string[] = [];
    for await (const { record } of clients.other.transactions.watch({ from, deadline: 60_000 })) {
      undisturbed.push(record.transactionId);
      if (undisturbed.length === ids.length) break;
    }
    expect(ids).toEqual(undisturbed);
  });

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
