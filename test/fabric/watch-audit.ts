import { SpydraClient, type WatchCheckpoint } from 'spydra-sdk';
import { type FabricGateway, fabricLedger } from 'spydra-sdk/fabric';
import { expect } from 'vitest';
import type { ChaincodeEvent } from '../../src/fabric/gateway.js';
import { Watcher } from '../helpers/watcher.js';
import { assetOf, type Clients } from './interleavings.js';
import { connectAs, type TestNetwork } from './test-network.js';

/** Writes of one call, of which most share a transaction of Fabric. */
const AT_ONCE = 50;

export interface WatchAuditOptions {
  readonly writes: number;
  /** How often the peer is killed, and how often the watcher. */
  readonly kills: number;
}

/** What the watch handed over. */
export interface WatchAudit {
  /** Each id once, where it came first. */
  readonly ids: readonly string[];
  /** How many came more than once. */
  readonly again: number;
  /** The ids that calls returned. */
  readonly written: readonly string[];
}

/**
 * Writes while the peer and the watcher are killed, and each event is delivered twice. Every transaction is handed over,
 * and none comes again unless the watcher was killed before its checkpoint was kept.
 */
export async function auditWatch(
  network: TestNetwork,
  clients: Clients,
  { writes, kills }: WatchAuditOptions,
): Promise<WatchAudit> {
  const from = await clients.one.transactions.checkpoint();
  const assetId = await assetOf(clients);
  const written: string[] = [];
  const handled: string[] = [];
  let run = watchTwice(network, from);
  const kill = async () => {
    await run.close();
    handled.push(...run.watcher.ids);
  };
  const rounds = Math.ceil(writes / AT_ONCE);
  const every = Math.floor(rounds / kills);
  for (let round = 0; round < rounds; round++) {
    const writing = mintAll(clients, assetId, round);
    if (round % every === every - 1) {
      await network.nodes.peer.stop();
      await kill();
      await network.nodes.peer.start();
      run = watchTwice(network, run.watcher.from ?? from);
    }
    written.push(...(await writing));
  }
  const missing = () => {
    const seen = new Set([...handled, ...run.watcher.ids]);
    return written.filter((id) => !seen.has(id)).length;
  };
  await expect.poll(missing, { timeout: 120_000, interval: 200 }).toBe(0);
  await kill();
  const ids = [...new Set(handled)];
  return { ids, again: handled.length - ids.length, written };
}

/** Writes under keys until all is applied. Every fifth call writes each in a transaction of its own. */
async function mintAll({ one }: Clients, assetId: string, round: number): Promise<string[]> {
  const orders = Array.from({ length: AT_ONCE }, (_, n) => ({ assetId, recipientWallet: `w${n}`, amount: 1n }));
  const options = { batchKey: `${assetId}-${round}`, retries: 50 };
  for (;;) {
    const results =
      round % 5 === 4
        ? await Promise.allSettled(
            orders.map((order, n) =>
              one.tokens.mint(order, { retries: 50, idempotencyKey: `${assetId}-${round}-${n}` }),
            ),
          )
        : await one.tokens.mintMany(orders, options);
    const done = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value.transactionId] : []));
    if (done.length === orders.length) return done;
  }
}

/** A watch of which each event is delivered twice, by a client of its own. */
function watchTwice(network: TestNetwork, from: WatchCheckpoint) {
  const { channel, chaincode } = network;
  const { gateway, close } = connectAs(network, 'otherClient');
  const spydra = new SpydraClient({ ledger: fabricLedger({ gateway: deliveringTwice(gateway), channel, chaincode }) });
  const watcher = new Watcher(spydra, { from });
  return {
    watcher,
    close: async () => {
      await spydra.close();
      close();
    },
  };
}

function deliveringTwice(gateway: FabricGateway): FabricGateway {
  return {
    getIdentity: () => gateway.getIdentity(),
    newCommit: (request) => gateway.newCommit(request),
    getNetwork: (channel) => {
      const network = gateway.getNetwork(channel);
      return {
        getContract: (chaincode, contract) => network.getContract(chaincode, contract),
        getChaincodeEvents: async (chaincode, options) => {
          const events = await network.getChaincodeEvents(chaincode, options);
          return { [Symbol.asyncIterator]: () => twice(events), close: () => events.close() };
        },
      };
    },
  };
}

async function* twice(events: AsyncIterable<ChaincodeEvent>): AsyncGenerator<ChaincodeEvent> {
  for await (const event of events) {
    yield event;
    yield event;
  }
}
