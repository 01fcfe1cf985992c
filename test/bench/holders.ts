import { setImmediate as nextTurn } from 'node:timers/promises';
import { type Holder, SpydraClient } from 'spydra-sdk';
import { answersTask, inChild } from './child.js';
import { isLong } from './scale.js';
import { printTable } from './table.js';

/*
 * What it costs to ask who holds an asset with a long history, and to ask again after 100 transactions more. The server
 * is a function in the same process that makes each page of the history when it is asked for it, so that what the
 * history itself would take is not counted. Each variant has a process of its own.
 */

const WALLETS = 1_000;
const MINTED = 1_000_000;
const MORE = 100;
const ASSET = 'asset-1';
/** Milliseconds between looks at the memory. */
const SAMPLING = 5;
/** So many requests between two looks at what is left after a garbage collection. */
const COLLECTING = 25;
const START = Date.UTC(2026, 0, 1);

const wallet = (n: number) => `wallet-${n}`;

/** A transaction by its place: one mint for each wallet, then transfers of less than was minted. */
function movement(place: number): { readonly from?: number; readonly to: number; readonly amount: number } {
  if (place < WALLETS) return { to: place, amount: MINTED };
  const from = place % WALLETS;
  const to = (from + 1 + (place % 997)) % WALLETS;
  return { from, to, amount: 1 + (place % 7) };
}

function record(place: number) {
  const { from, to, amount } = movement(place);
  const moved =
    from === undefined ? { recipientWallet: wallet(to) } : { fromWallet: wallet(from), toWallet: wallet(to) };
  return {
    transactionId: place.toString(16).padStart(64, '0'),
    type: from === undefined ? 'mint' : 'transfer',
    status: 'COMMITTED',
    assetId: ASSET,
    timestamp: new Date(START + place).toISOString(),
    amount,
    ...moved,
  };
}

/** A server that knows nothing but one asset's history, oldest first. */
class History {
  total: number;
  requests = 0;
  /** Milliseconds in which it made pages. */
  busy = 0;

  constructor(total: number) {
    this.total = total;
  }

  readonly fetch: typeof globalThis.fetch = async (input) => {
    this.requests++;
    if (this.requests % COLLECTING === 0) memory.lookAtRest();
    // As a network would: timers get their turn.
    await nextTurn();
    const started = performance.now();
    const query = new URL(String(input)).searchParams;
    if (query.get('sortOrder') !== 'asc') throw new Error('It is listed oldest first only.');
    const offset = Number(query.get('offset'));
    const length = Math.max(0, Math.min(Number(query.get('limit')), this.total - offset));
    const transactions = Array.from({ length }, (_, index) => record(offset + index));
    const response = Response.json({ transactions, total: this.total });
    this.busy += performance.now() - started;
    return response;
  };

  /** Throws unless these are the holders after all of its transactions. */
  check(holders: readonly Holder[]): void {
    const right = new Array<number>(WALLETS).fill(0);
    const add = (n: number, amount: number) => {
      right[n] = (right[n] ?? 0) + amount;
    };
    for (let place = 0; place < this.total; place++) {
      const { from, to, amount } = movement(place);
      if (from !== undefined) add(from, -amount);
      add(to, amount);
    }
    const held = new Map(holders.map(({ wallet, balance }) => [wallet, Number(balance)]));
    const sum = holders.reduce((all, { balance }) => all + balance, 0n);
    const isRight = right.every((balance, n) => balance >= 0 && (held.get(wallet(n)) ?? 0) === balance);
    if (sum !== BigInt(WALLETS * MINTED) || !isRight) throw new Error('The balances are not those of the history.');
  }
}

/** The most memory that was in use since the last reset, in bytes. */
class Memory {
  #peak = 0;
  #atRest = 0;

  get peak(): number {
    return this.#peak;
  }

  /** Without garbage. */
  get atRest(): number {
    return this.#atRest;
  }

  reset(): void {
    this.#peak = this.#atRest = 0;
    this.lookAtRest();
  }

  look(): void {
    this.#peak = Math.max(this.#peak, process.memoryUsage().heapUsed);
  }

  lookAtRest(): void {
    this.look();
    globalThis.gc?.();
    this.#atRest = Math.max(this.#atRest, process.memoryUsage().heapUsed);
  }
}

const memory = new Memory();

/** What a variant's process is told. */
interface Task {
  readonly transactions: number;
  readonly cache: boolean;
}

/** What it answers of one question. */
interface Measured {
  readonly requests: number;
  readonly ms: number;
  readonly busy: number;
  readonly peak: number;
  readonly atRest: number;
}

/** Asks once, and again after more transactions. */
async function measure({ transactions, cache }: Task): Promise<Measured[]> {
  const history = new History(transactions);
  const place = { baseUrl: 'http://history', projectId: 'p', networkId: 'n', appId: 'a', assetSchemaId: 's' };
  const spydra = new SpydraClient({ ...place, apiKey: 'key-of-nobody', fetch: history.fetch, cache });
  const timer = setInterval(() => memory.look(), SAMPLING);
  const ask = async () => {
    history.requests = history.busy = 0;
    memory.reset();
    const started = performance.now();
    const holders = await spydra.tokens.holders(ASSET, { deadline: Number.POSITIVE_INFINITY });
    const ms = performance.now() - started;
    memory.lookAtRest();
    const { peak, atRest } = memory;
    history.check(holders);
    return { requests: history.requests, ms, busy: history.busy, peak, atRest };
  };
  const first = await ask();
  history.total += MORE;
  await spydra.cache.invalidate({ assetId: ASSET });
  const again = await ask();
  clearInterval(timer);
  await spydra.close();
  return [first, again];
}

async function compare(): Promise<void> {
  const rows = [];
  const megabytes = (bytes: number) => (bytes / 1e6).toFixed(1);
  const seconds = (ms: number) => (ms / 1_000).toFixed(2);
  for (const transactions of isLong ? [100_000, 1_000_000] : [1_000_000]) {
    for (const cache of isLong ? [false, true] : [true]) {
      for (const [index, one] of (await inChild<Measured[]>(import.meta.url, { transactions, cache })).entries()) {
        rows.push({
          transactions: transactions + index * MORE,
          cache: String(cache),
          asked: index === 0 ? 'first' : `again, ${MORE} later`,
          requests: one.requests,
          'time (s)': seconds(one.ms),
          'of that making pages (s)': seconds(one.busy),
          'peak heap (MB)': megabytes(one.peak),
          'without garbage (MB)': megabytes(one.atRest),
        });
      }
    }
  }
  printTable(`Holders of an asset, ${WALLETS} wallets, pages of 1000 transactions`, rows);
}

if (!answersTask(measure)) await compare();
