import { randomUUID } from 'node:crypto';
import { Actor } from '../fabric/cases/actor.js';
import { Stage, transferOrder } from '../fabric/cases/stage.js';
import { assetOf } from '../fabric/interleavings.js';
import { startStandInProcess } from '../fabric/peer/stand-in-process.js';
import { clientOn } from '../fabric/sdk.js';
import { connectAs } from '../fabric/test-network.js';
import { printTable } from './table.js';

/*
 * The time of a call over `fabricLedger` beside the same requests by hand with fabric-gateway, on the stand-in in a
 * process of its own, without a block time. Rounds are interleaved, so that what else the computer does hits all alike.
 */

const ROUNDS = 5;
const CALLS = { read: 200, write: 40 };

interface Used {
  readonly wall: number;
  readonly cpu: number;
}

/** Milliseconds of each of many calls, one after the other. */
async function used(call: () => Promise<unknown>, count: number): Promise<Used> {
  const [begun, cpu] = [performance.now(), process.cpuUsage()];
  for (let n = 0; n < count; n++) await call();
  const { user, system } = process.cpuUsage(cpu);
  return { wall: (performance.now() - begun) / count, cpu: (user + system) / 1_000 / count };
}

type Calls = readonly [name: string, call: () => Promise<unknown>][];

/** Calls of one kind, the last of which is the one that others are compared with. */
async function compare(kind: string, calls: Calls, count: number): Promise<void> {
  const best = calls.map(() => ({ wall: Number.POSITIVE_INFINITY, cpu: Number.POSITIVE_INFINITY }));
  // The first round warms up.
  for (let round = 0; round <= ROUNDS; round++) {
    for (const [place, [, call]] of calls.entries()) {
      const { wall, cpu } = await used(call, count);
      const least = best[place];
      if (round > 0 && least) Object.assign(least, { wall: Math.min(wall, least.wall), cpu: Math.min(cpu, least.cpu) });
    }
  }
  const last = best.at(-1);
  const rows = calls.map(([client], place) => {
    const { wall = Number.NaN, cpu = Number.NaN } = best[place] ?? {};
    return {
      client,
      ms: wall.toFixed(2),
      'ms of CPU': cpu.toFixed(2),
      'by hand = 1': (wall / (last?.wall ?? Number.NaN)).toFixed(2),
      'CPU, by hand = 1': (cpu / (last?.cpu ?? Number.NaN)).toFixed(2),
    };
  });
  printTable(`${kind}, best of ${ROUNDS} rounds of ${count}`, rows);
}

const network = await startStandInProcess();
const stage = new Stage(network);
await stage.configure();
const spydra = clientOn(network, { member: 'client' });
const actor = new Actor(connectAs(network, 'client'), network.channel, network.chaincode);
const assetId = await assetOf({ one: spydra, other: spydra });
await stage.settle(assetId, 'treasury', '1000000');

const read: Calls = [
  ['assets.get', () => spydra.assets.get(assetId)],
  ['evaluateTransaction', () => actor.evaluate('Asset', assetId)],
];
await compare('A read on Fabric', read, CALLS.read);

let shops = 0;
/** One that was never paid: what a wallet was paid, and has not spent, is a row for each payment. */
const shop = () => `shop${shops++}`;
const options = () => ({ idempotencyKey: randomUUID() });
const byHand = async (withBalances: boolean) => {
  const wallets = ['treasury', shop()] as const;
  const { code } = await actor.write('TransferTokens', transferOrder(assetId, ...wallets, '1'), randomUUID());
  if (code !== 'VALID') throw new Error(code);
  if (withBalances)
    await actor.evaluate('AccountBalances', JSON.stringify(wallets.map((walletId) => ({ assetId, walletId }))));
};
const writes: Calls = [
  [
    'tokens.transfer',
    () => spydra.tokens.transfer({ assetId, fromWallet: 'treasury', toWallet: shop(), amount: 1n }, options()),
  ],
  ['assets.addMetadata', () => spydra.assets.addMetadata(assetId, { page: '1' }, options())],
  ['endorse, submit, status, evaluate', () => byHand(true)],
  ['endorse, submit, status', () => byHand(false)],
];
await compare('A write on Fabric', writes, CALLS.write);

await spydra.close();
actor.close();
await stage.close();
