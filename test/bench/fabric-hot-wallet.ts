import { randomUUID } from 'node:crypto';
import type { SpydraClient } from 'spydra-sdk';
import { Actor } from '../fabric/cases/actor.js';
import { Stage, transferOrder } from '../fabric/cases/stage.js';
import { assetOf } from '../fabric/interleavings.js';
import { type StandInNetwork, startStandIn } from '../fabric/peer/network.js';
import { clientOn, sdkOn } from '../fabric/sdk.js';
import { connectAs, type Place } from '../fabric/test-network.js';
import { answersTask, inChild } from './child.js';
import { isLong } from './scale.js';
import { printTable } from './table.js';

/*
 * What 500 transfers from one wallet cost on a channel with a block every 2 s, beside plain code over fabric-gateway that
 * submits a transaction for each and repeats those that conflict; and 500 payments into one wallet. The stand-in is in
 * this process, and each client in one of its own.
 */

const ORDERS = 500;
const BLOCK_TIME = 2_000;
/** 500 transactions of this kind are 2.8 MB: above the 2 MB of Fabric's samples, a count of 500 fills no block. */
const PREFERRED_MAX_BYTES = 8_000_000;
/** Blocks after which the plain code is stopped: each has one of its transfers. */
const PLAIN_BLOCKS = isLong ? 20 : 2;
const [MOST_BLOCKS, MOST_SUBMISSIONS] = [3, 2];

interface Task {
  readonly place: Place;
  readonly assetId: string;
  readonly fromWallet: string;
  readonly toWallets: readonly string[];
  /** Without it the transfers are those of plain code, until so many blocks are over. */
  readonly member?: 'client' | 'otherClient';
}

/** Makes the transfers of one process, and returns how many were applied. */
function transfer(task: Task): Promise<number> {
  return task.member ? transferBySdk(task, task.member) : transferByHand(task);
}

async function transferBySdk({ place, assetId, fromWallet, toWallets }: Task, member: 'client' | 'otherClient') {
  await using spydra: SpydraClient = clientOn(place, { member });
  const inputs = toWallets.map((toWallet) => ({ assetId, fromWallet, toWallet, amount: 1n }));
  const ends = await spydra.tokens.transferMany(inputs, { batchKey: randomUUID(), deadline: 300_000, retries: 20 });
  return ends.filter(({ status }) => status === 'fulfilled').length;
}

/** Submits a transaction for each transfer, and repeats those that conflict under their keys. */
async function transferByHand({ place, assetId, fromWallet, toWallets }: Task): Promise<number> {
  const actor = new Actor(connectAs(place, 'client'), place.channel, place.chaincode);
  const write = async (toWallet: string, key: string) => {
    const { code } = await actor.write('TransferTokens', transferOrder(assetId, fromWallet, toWallet, '1'), key);
    return code === 'VALID' ? [] : [{ toWallet, key }];
  };
  let left = toWallets.map((toWallet) => ({ toWallet, key: String(randomUUID()) }));
  for (let block = 0; left.length > 0 && block < PLAIN_BLOCKS; block++) {
    left = (await Promise.all(left.map(({ toWallet, key }) => write(toWallet, key)))).flat();
  }
  actor.close();
  return toWallets.length - left.length;
}

/** What blocks show of a run. */
async function measured(network: StandInNetwork, name: string, wallets: readonly string[], run: () => Promise<number>) {
  const { blocks } = network.standIn.channel;
  const height = blocks.height;
  const begun = performance.now();
  const done = await run();
  const seconds = (performance.now() - begun) / 1_000;
  const made = blocks.from(height);
  const transactions = made.flatMap((block) => block.transactions);
  const envelopes = transactions.map(({ envelope }) => Buffer.from(envelope.getPayload_asU8()));
  const submissions = wallets.map((wallet) => envelopes.filter((bytes) => bytes.includes(`"${wallet}"`)).length);
  const row = {
    client: name,
    orders: wallets.length,
    done,
    blocks: made.length,
    transactions: transactions.length,
    conflicts: transactions.filter(({ code }) => code.endsWith('READ_CONFLICT')).length,
    'submissions per order, at most': Math.max(...submissions),
    seconds: seconds.toFixed(1),
  };
  return row;
}

type Row = Awaited<ReturnType<typeof measured>>;

const walletsOf = (name: string, count = ORDERS) => Array.from({ length: count }, (_, n) => `${name}-${n}`);

async function paymentsFrom(network: StandInNetwork, place: Place, assetId: string): Promise<Row[]> {
  const each = { place, assetId, fromWallet: 'treasury' };
  const run = (name: string, wallets: readonly string[], tasks: readonly Task[]) =>
    measured(network, name, wallets, async () => {
      const done = await Promise.all(tasks.map((task) => inChild<number>(import.meta.url, task)));
      return done.reduce((sum, count) => sum + count, 0);
    });
  const [one, two, plain] = [walletsOf('one'), walletsOf('two'), walletsOf('plain')];
  const halves = [two.slice(0, ORDERS / 2), two.slice(ORDERS / 2)] as const;
  const alone = await run('transferMany', one, [{ ...each, toWallets: one, member: 'client' }]);
  const both = await run('transferMany, two processes', two, [
    { ...each, toWallets: halves[0], member: 'client' },
    { ...each, toWallets: halves[1], member: 'otherClient' },
  ]);
  for (const { client, done, blocks, 'submissions per order, at most': submissions } of [alone, both]) {
    if (done < ORDERS || submissions > MOST_SUBMISSIONS)
      throw new Error(`${client}: ${done} done, ${submissions} each.`);
    if (client === alone.client && blocks > MOST_BLOCKS) throw new Error(`${client} took ${blocks} blocks.`);
  }
  const byHand = await run(`fabric-gateway, first ${PLAIN_BLOCKS} rounds`, plain, [{ ...each, toWallets: plain }]);
  return [alone, both, byHand];
}

/** Payments that are all submitted before their block is cut, however slow the computer is. */
async function paymentsInto(network: StandInNetwork, spydra: SpydraClient, assetId: string): Promise<Row> {
  const { orderer } = network.standIn;
  const wallets = walletsOf('payer');
  const mints = wallets.map((recipientWallet) => ({ assetId, recipientWallet, amount: 1n }));
  await spydra.tokens.mintMany(mints, { deadline: 300_000 });
  const row = await measured(network, 'transfer, into one wallet', wallets, async () => {
    orderer.hold();
    const pay = (fromWallet: string) =>
      spydra.tokens.transfer(
        { assetId, fromWallet, toWallet: 'shop', amount: 1n },
        { confirm: false, deadline: 300_000 },
      );
    const receipts = await Promise.all(wallets.map(pay));
    orderer.release();
    await Promise.all(receipts.map(({ transactionId }) => spydra.transactions.wait(transactionId)));
    return Number((await spydra.wallets.balance('shop', { assetId })).balances[0]?.balance ?? 0n);
  });
  if (row.done < ORDERS || row.conflicts > 0) throw new Error(`${row.done} payments, ${row.conflicts} conflicts.`);
  return row;
}

async function compare(): Promise<void> {
  const network = await startStandIn({ blocks: { blockTime: BLOCK_TIME, preferredMaxBytes: PREFERRED_MAX_BYTES } });
  const stage = new Stage(network);
  const clients = sdkOn(network);
  try {
    await stage.configure();
    const assetId = await assetOf(clients);
    await stage.settle(assetId, 'treasury', String(10 * ORDERS));
    const { address, channel, chaincode, members, tlsCa } = network;
    const rows = await paymentsFrom(network, { address, channel, chaincode, members, tlsCa }, assetId);
    rows.push(await paymentsInto(network, clients.one, assetId));
    printTable(`${ORDERS} transfers from one wallet, and into one, with a block every ${BLOCK_TIME / 1_000} s`, rows);
  } finally {
    await clients.close();
    await stage.close();
  }
}

if (!answersTask(transfer)) await compare();
