import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seeded } from '../faults/random.js';
import { isMissing } from '../helpers/programs.js';
import { isLong, scaled } from '../helpers/scale.js';
import { Watcher } from '../helpers/watcher.js';
import { Stage } from './cases/stage.js';
import { assetOf } from './interleavings.js';
import { type StandInNetwork, startStandIn } from './peer/network.js';
import { clientOn, sdkOn } from './sdk.js';
import { auditWatch } from './watch-audit.js';

describe.skipIf(isMissing('openssl'))('a watch on the stand-in', () => {
  let network: StandInNetwork;
  let stage: Stage;
  let clients: ReturnType<typeof sdkOn>;
  beforeAll(async () => {
    network = await startStandIn();
    stage = new Stage(network);
    await stage.configure();
    clients = sdkOn(network);
  });
  afterAll(async () => {
    await clients?.close();
    await stage?.close();
  });

  /** The ids of valid transactions from a block on, in the order of the channel: of a batch those of its orders. */
  function committedFrom(block: number): string[] {
    const events = network.standIn.channel.blocks
      .from(block)
      .flatMap(({ transactions }) => transactions)
      .flatMap(({ code, chaincodeEvent }) => (code === 'VALID' && chaincodeEvent ? [chaincodeEvent] : []));
    return events.flatMap((event) =>
      JSON.parse(Buffer.from(event.getPayload_asU8()).toString()).records.map(
        ({ transactionId }: { transactionId: string }) => transactionId,
      ),
    );
  }

  it('hands over all in the order of the channel, while peer and watcher are killed, submissions are lost, and events come twice', async () => {
    const kills = isLong ? 10 : 3;
    const { height } = network.standIn.channel.blocks;
    network.standIn.faults.losing(0.1, seeded(1));
    const { ids, again, written } = await auditWatch(network, clients, { writes: scaled(1_000), kills });
    network.standIn.faults.losing(0, seeded(1));
    expect(new Set(written).size).toBe(scaled(1_000));
    expect(ids).toEqual(committedFrom(height));
    expect(again).toBeLessThanOrEqual(kills);
  });

  it('does not grow with what it has seen', async () => {
    setFlagsFromString('--expose-gc');
    const collect: () => void = runInNewContext('gc');
    const heap = () => {
      collect();
      return process.memoryUsage().heapUsed;
    };
    let seen = 0;
    let after = 0;
    const total = committedFrom(0).length;
    for await (const _ of clients.other.transactions.watch({ from: 'beginning' })) {
      seen++;
      if (seen === Math.ceil(total / 10)) after = heap();
      if (seen === total) break;
    }
    expect(heap() - after).toBeLessThan(2_000_000);
  });

  it('makes the balances right that another process has cached, without a shared store', async () => {
    const tries = scaled(20);
    const assetId = await assetOf(clients);
    await clients.one.tokens.mint({ assetId, recipientWallet: 'source', amount: BigInt(tries) });
    await using reader = clientOn(network, { cache: { ttl: { balances: 86_400_000 } } });
    const balance = async () => (await reader.wallets.balance('target', { assetId })).balances[0]?.balance ?? 0n;
    const watcher = new Watcher(reader, { from: await reader.transactions.checkpoint() });
    for (let n = 0; n < tries; n++) {
      expect(await balance()).toBe(BigInt(n));
      const transfer = { assetId, fromWallet: 'source', toWallet: 'target', amount: 1n };
      const { transactionId } = await clients.one.tokens.transfer(transfer);
      await expect.poll(() => watcher.ids, { interval: 1 }).toContain(transactionId);
      expect(await balance()).toBe(BigInt(n + 1));
    }
    expect(reader.cache.stats().balances.hits).toBeGreaterThan(0);
  });
});
