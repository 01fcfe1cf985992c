import { pick, seeded } from '../../faults/random.js';
import { Stage } from '../cases/stage.js';
import { assetOf } from '../interleavings.js';
import { sdkOn } from '../sdk.js';
import type { Node, TestNetwork } from '../test-network.js';
import { type Books, fund, readBooks } from './books.js';
import type { Ended } from './client.program.js';
import { ClientProcess } from './client-process.js';
import { Kills } from './kills.js';
import { type Order, ordersOf } from './orders.js';

export interface AuditOptions {
  readonly writes: number;
  readonly seed: number;
  /** Parts of the network that are killed, beside the clients. */
  readonly killed: Readonly<Record<string, Node>>;
  /** Writes that end between two kills, on average. */
  readonly killInterval: number;
}

/** What came of an audit. */
export interface Audit extends Books {
  readonly writes: number;
  readonly kills: Readonly<Record<string, number>>;
  /** How many calls ended in each error; those that ended well are not counted. */
  readonly errors: Readonly<Record<string, number>>;
  /** Calls that ended in OutcomeUnknownError. */
  readonly unknown: number;
  /** Orders of which no call has ever resolved. */
  readonly unanswered: readonly number[];
  /** Orders of which calls have returned several transactions. */
  readonly severalAnswers: readonly number[];
}

/** Every fifth order is made by both clients. */
const SHARED = 5;
/** Orders that are called once more, by another identity. */
const REPEATED = 100;

/**
 * Makes writes under keys by two processes, kills these and parts of the network at random, repeats each key until it
 * resolves, and counts what the ledger shows.
 */
export async function exactlyOnce(network: TestNetwork, { writes, ...options }: AuditOptions): Promise<Audit> {
  const stage = new Stage(network);
  const clients = sdkOn(network);
  try {
    await stage.configure();
    const assetId = await assetOf(clients);
    const orders = ordersOf(assetId, writes);
    await fund(clients.one, assetId, orders);

    const random = seeded(options.seed);
    const seen = new Seen();
    const kills = await run(network, assetId, orders, { ...options, random, seen });
    const books = await readBooks(clients.one, assetId, orders);
    for (let n = 0; n < Math.min(REPEATED, writes); n++) {
      const order = pick(random, orders);
      // A refusal is another answer than the first one.
      const transactionId = await order.apply(clients.other, { deadline: 60_000 }).catch(({ code }) => String(code));
      seen.add({ n: order.n, transactionId });
    }
    return {
      ...books,
      writes,
      kills,
      errors: seen.errors,
      unknown: seen.unknown,
      unanswered: orders.flatMap(({ n }) => (seen.answers.has(n) ? [] : [n])),
      severalAnswers: [...seen.answers].flatMap(([n, ids]) => (ids.size > 1 ? [n] : [])),
    };
  } finally {
    await clients.close();
    for (const actor of [stage.admin, stage.client, stage.otherClient]) actor.close();
  }
}

interface Run extends Pick<AuditOptions, 'seed' | 'killed' | 'killInterval'> {
  readonly random: () => number;
  readonly seen: Seen;
}

/** Makes the orders, and returns how often each process was killed. */
async function run(
  { address, channel, chaincode, members, tlsCa }: TestNetwork,
  assetId: string,
  orders: readonly Order[],
  { random, seed, killed, killInterval, seen }: Run,
): Promise<Readonly<Record<string, number>>> {
  const place = { address, channel, chaincode, members, tlsCa };
  const clients = [0, 1].map((half) => {
    const numbers = orders.map(({ n }) => n).filter((n) => (n >> 2) % 2 === half || n % SHARED === 0);
    return new ClientProcess({ place, assetId, count: orders.length, numbers, seed: seed * 2 + half }, (ended) => {
      seen.add(ended);
      if (ended.transactionId !== undefined) kills.count();
    });
  });
  const [one, other] = clients as [ClientProcess, ClientProcess];
  const kills = new Kills({ ...killed, 'client 1': one, 'client 2': other }, random, killInterval);
  try {
    await Promise.all(clients.map((client) => client.start()));
    // A client may be started again by a kill that is under way.
    for (let pass = 0; pass < 2; pass++) {
      await Promise.all(clients.map((client) => client.done()));
      await kills.ended();
    }
    await Promise.all(clients.map((client) => client.done()));
  } finally {
    await kills.ended();
    await Promise.all(clients.map((client) => client.stop()));
  }
  return kills.counts;
}

/** How calls have ended. */
class Seen {
  readonly answers = new Map<number, Set<string>>();
  readonly errors: Record<string, number> = {};
  unknown = 0;

  add({ n, transactionId, error, isUnknown }: Ended): void {
    if (transactionId !== undefined) {
      const ids = this.answers.get(n) ?? new Set();
      this.answers.set(n, ids.add(transactionId));
    }
    if (error !== undefined) this.errors[error] = (this.errors[error] ?? 0) + 1;
    if (isUnknown) this.unknown++;
  }
}
