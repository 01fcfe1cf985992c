import { SpydraClient, type SpydraClientOptions, type WalletBalance } from 'spydra-sdk';
import { seeded, whole } from '../faults/random.js';
import { FLAT } from '../helpers/flat.js';
import { answersTask, inChild } from './child.js';
import { type Peaks, peakColumns, withPeaks } from './peaks.js';
import { startSandbox, stop } from './sandbox-process.js';
import { printTable } from './table.js';

/*
 * What it costs to read 10,000 balances of 5,000 wallets from a server: one call of the SDK beside a call for each, and
 * beside plain fetch. The server and each variant have a process of their own, so that none disturbs another.
 */

const WALLETS = 5_000;
const READS = 2 * WALLETS;
const SEED = 20_260_101;

const wallet = (n: number) => `wallet-${n}`;
const amount = (n: number) => BigInt(1 + (n % 997));
/** Each wallet twice, in an order that is the same in every run. */
const walletIds = shuffled(Array.from({ length: READS }, (_, n) => wallet(n % WALLETS)));

/** What a variant's process is told. */
interface Task {
  readonly variant: string;
  readonly connection: SpydraClientOptions & { readonly baseUrl: string; readonly apiKey: string };
  readonly assetId: string;
}

/** What it answers. */
interface Measured extends Peaks {
  readonly requests: number;
  readonly failed: number;
}

type Balances = readonly PromiseSettledResult<bigint>[];

/** A variant, ready to be measured. */
type Run = () => Promise<Balances>;

const VARIANTS: Readonly<Record<string, (task: Task, fetch: typeof globalThis.fetch) => Run | Promise<Run>>> = {
  'wallets.balances, no cache': (task, fetch) => together(task, fetch, false),
  'wallets.balances, cache cold': (task, fetch) => together(task, fetch, true),
  async 'wallets.balances, cache warm'(task, fetch) {
    const run = together(task, fetch, true);
    await run();
    return run;
  },
  'Promise.all of wallets.balance, no cache': (task, fetch) => oneByOne(task, fetch, false),
  'Promise.all of wallets.balance, cache cold': (task, fetch) => oneByOne(task, fetch, true),
  'Promise.all of fetch': plain,
};

function together({ connection, assetId }: Task, fetch: typeof globalThis.fetch, cache: boolean): Run {
  const spydra = new SpydraClient({ ...connection, fetch, cache });
  return async () => (await spydra.wallets.balances(walletIds, { assetId })).map(balanceIn);
}

function oneByOne({ connection, assetId }: Task, fetch: typeof globalThis.fetch, cache: boolean): Run {
  const spydra = new SpydraClient({ ...connection, fetch, cache });
  return async () =>
    (await Promise.allSettled(walletIds.map((id) => spydra.wallets.balance(id, { assetId })))).map(balanceIn);
}

function plain({ connection, assetId }: Task, fetch: typeof globalThis.fetch): Run {
  const { baseUrl, apiKey, projectId, networkId, appId } = connection;
  const app = `${baseUrl}/projects/${projectId}/networks/${networkId}/apps/${appId}`;
  const read = async (id: string) => {
    const response = await fetch(`${app}/balances/${id}?assetId=${assetId}`, { headers: { 'X-API-Key': apiKey } });
    const { balances } = (await response.json()) as { balances: { balance: number }[] };
    return BigInt(balances[0]?.balance ?? 0);
  };
  return () => Promise.allSettled(walletIds.map(read));
}

function balanceIn(result: PromiseSettledResult<WalletBalance>): PromiseSettledResult<bigint> {
  if (result.status === 'rejected') return result;
  return { status: 'fulfilled', value: result.value.balances[0]?.balance ?? 0n };
}

/** Measures a variant in this process. */
async function measure(task: Task): Promise<Measured> {
  let requests = 0;
  const counting: typeof fetch = (input, init) => {
    requests++;
    return fetch(input, init);
  };
  const run = await VARIANTS[task.variant]?.(task, counting);
  if (!run) throw new Error(`There is no variant ${task.variant}.`);
  requests = 0;
  const { result: balances, ...used } = await withPeaks(run);
  check(balances);
  const failed = balances.filter(({ status }) => status === 'rejected').length;
  return { requests, failed, ...used };
}

/** Throws unless each balance that was read is that of its wallet. */
function check(balances: Balances): void {
  if (balances.length !== READS) throw new Error(`${balances.length} balances instead of ${READS}.`);
  for (const [index, result] of balances.entries()) {
    const id = walletIds[index] ?? '';
    const right = amount(Number(id.slice(wallet(0).length - 1)));
    if (result.status === 'fulfilled' && result.value !== right) throw new Error(`${id} holds ${right}.`);
  }
}

/** An asset that all wallets hold. */
async function fill(connection: SpydraClientOptions): Promise<string> {
  const spydra = new SpydraClient(connection);
  const { assetId } = await spydra.assets.create({ ...FLAT, totalSupply: 10_000_000n });
  const mints = Array.from({ length: WALLETS }, (_, n) => ({
    assetId,
    recipientWallet: wallet(n),
    amount: amount(n),
  }));
  // Blocks of no time: each is committed when it is answered.
  const results = await spydra.tokens.mintMany(mints, { confirm: false });
  await spydra.close();
  if (results.some(({ status }) => status === 'rejected')) throw new Error('Not all wallets could be filled.');
  return assetId;
}

/** Fisher and Yates' shuffle. */
function shuffled<T>(items: T[]): T[] {
  const random = seeded(SEED);
  for (let last = items.length - 1; last > 0; last--) {
    const other = whole(random, 0, last);
    [items[last], items[other]] = [items[other] as T, items[last] as T];
  }
  return items;
}

async function compare(): Promise<void> {
  const { server, connection } = await startSandbox();
  const assetId = await fill(connection);
  const rows = [];
  for (const variant of Object.keys(VARIANTS)) {
    const task = { variant, connection, assetId };
    const { requests, failed, ...used } = await inChild<Measured>(import.meta.url, task);
    rows.push({ variant, requests, failed, ...peakColumns(used) });
  }
  await stop(server);
  printTable(`${READS} balances of ${WALLETS} wallets, each twice, over HTTP`, rows);
}

if (!answersTask(measure)) await compare();
