import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pMap from 'p-map';
import { type RetryPolicy, SpydraClient } from 'spydra-sdk';
import { platformLedger } from 'spydra-sdk/platform';
import type { IdempotencyMode } from 'spydra-sdk/sandbox';
import { monotonicNow, SteppedClock } from '../helpers/stepped-clock.js';
import { audit, type Call, type MoneyRow } from './audit.js';
import { Books } from './books.js';
import { place } from './calls.js';
import { ClockSteps } from './clock-steps.js';

import { FaultProxy, LATEST_MS } from './proxy.js';
import { type Random, seeded, whole } from './random.js';
import { SandboxProcess } from './sandbox-process.js';
import { fetchWithoutKey } from './without-key.js';
import { drawOrders, type Order, openMarkets, PATIENT_DEADLINE } from './workload.js';

/** How the server treats idempotency keys; or the platform, where the contract alone knows them. */
export type Kind = IdempotencyMode | 'platform';

export interface MoneyTest {
  readonly kind: Kind;
  readonly seed: number;
  readonly writes: number;
  /** Concurrent calls. On a busy processor few requests get a response within their timeout. */
  readonly concurrency: number;
  /** How often the server is killed and restarted during the run. */
  readonly restarts: number;
  /** Default: the SDK's own. */
  readonly retries?: RetryPolicy | undefined;
  /** Sabotage, to see the test fail: no request carries its idempotency key. */
  readonly withoutKey?: boolean;
  /** Sabotage, too: durations in the client's process are measured by the clock that is stepped. */
  readonly wallClock?: boolean;
}

const FAULT_RATE = 0.2;
const BLOCK_TIME = 20;
const TIMEOUT = 400;
/** By then a delayed request has arrived or never will, and a running server has processed it. */
const UNCERTAINTY_WINDOW = LATEST_MS + 1_000;

/**
 * Mints and transfers over a network that fails and a server that dies, then compares the reported outcome of each
 * call with the ledger. The seed fixes the orders and the sequence of the faults; which request meets which fault
 * depends on timing.
 */
export async function moneyTest(test: MoneyTest): Promise<MoneyRow> {
  const directory = await mkdtemp(join(tmpdir(), 'money-'));
  try {
    return await run(test, join(directory, 'ledger.jsonl'));
  } finally {
    await rm(directory, { recursive: true });
  }
}

async function run(test: MoneyTest, dataFile: string): Promise<MoneyRow> {
  const { kind, seed, writes, concurrency, restarts, wallClock = false } = test;
  const started = monotonicNow();
  const markets = await openMarkets(dataFile, writes, seed);
  const orders = drawOrders(seeded(seed), writes, markets);

  await using sandbox = new SandboxProcess({
    dataFile,
    blockTime: BLOCK_TIME,
    idempotency: kind === 'platform' ? 'none' : kind,
  });
  await sandbox.start();
  using proxy = await FaultProxy.start({
    target: { host: '127.0.0.1', port: sandbox.port },
    rate: FAULT_RATE,
    random: seeded(~seed),
    mayRepeat: kind === 'header' || kind === 'platform',
  });

  using clock = new SteppedClock({ wallClock });
  using clockSteps = new ClockSteps(clock, seeded(seed + 2));
  const outages = new Outages(sandbox, proxy, seeded(seed + 1));
  const outageEvery = Math.ceil(orders.length / (restarts + 1));
  const calls = await placeAll(clientOf(proxy, test), orders, concurrency, (number) => {
    if (number % outageEvery === 0) outages.add();
  });
  await outages.over;
  await sleep(LATEST_MS);
  const before = await Books.read(sandbox.url);

  // As by another process, which knows only the order number of the first call.
  const unsure = calls.filter(({ word, order }) => word === 'unknown' && order.key !== undefined);
  const again = await placeAll(
    clientOf(proxy, test),
    unsure.map(({ order }) => ({ ...order, deadline: PATIENT_DEADLINE, callsAgainAfter: undefined })),
    concurrency,
  );
  proxy.close();
  const after = await Books.read(sandbox.url);

  const misplaced = await after.misplaced(orders, markets);
  const seconds = (monotonicNow() - started) / 1_000;
  const { count } = clockSteps;
  const met = { faults: proxy.hits, inProgress: inProgress(proxy), clockSteps: count, restarts };
  return { kind, seed, ...met, seconds, misplaced, ...audit(calls, again, before, after) };
}

/** Places all orders concurrently, and closes the client. */
async function placeAll(
  client: SpydraClient,
  orders: readonly Order[],
  concurrency: number,
  onNext: (number: number) => void = () => {},
): Promise<Call[]> {
  await using spydra = client;
  // Awaited here, before the client closes.
  return await pMap(
    orders,
    (order, index) => {
      if (index > 0) onNext(index);
      return place(spydra, order);
    },
    { concurrency },
  );
}

function inProgress({ counts }: FaultProxy): number {
  return [...counts].reduce((sum, [name, count]) => sum + (name.startsWith('409') ? count : 0), 0);
}

function clientOf(proxy: FaultProxy, { kind, withoutKey, retries }: MoneyTest): SpydraClient {
  if (kind === 'platform') {
    const ledger = platformLedger({ baseUrl: proxy.url, appId: 'sandbox-app', apiKey: 'sandbox-key' });
    return new SpydraClient({ ledger, timeout: TIMEOUT, deadline: PATIENT_DEADLINE, retries });
  }
  return new SpydraClient({
    baseUrl: `${proxy.url}/v2`,
    apiKey: 'sandbox-key',
    projectId: 'sandbox-project',
    networkId: 'sandbox-network',
    appId: 'sandbox-app',
    assetSchemaId: 'sandbox-schema',
    timeout: TIMEOUT,
    deadline: PATIENT_DEADLINE,
    uncertaintyWindow: UNCERTAINTY_WINDOW,
    retries,
    ...(withoutKey ? { fetch: fetchWithoutKey } : {}),
  });
}

/** Outages of the server, one after the other. */
class Outages {
  /** Resolves when all added outages are over. */
  over: Promise<void> = Promise.resolve();
  readonly #sandbox: SandboxProcess;
  readonly #proxy: FaultProxy;
  readonly #random: Random;

  constructor(sandbox: SandboxProcess, proxy: FaultProxy, random: Random) {
    this.#sandbox = sandbox;
    this.#proxy = proxy;
    this.#random = random;
  }

  add(): void {
    this.over = this.over.then(() => this.#outage());
  }

  /**
   * `kill -9`, and a restart on the same ledger. In half of the cases the port is closed meanwhile, as with a dead
   * host.
   */
  async #outage(): Promise<void> {
    const isRefused = this.#random() < 0.5;
    if (isRefused) this.#proxy.refuse();
    await this.#sandbox.kill();
    await sleep(whole(this.#random, 0, 200));
    await this.#sandbox.start();
    this.#proxy.target = { host: '127.0.0.1', port: this.#sandbox.port };
    if (isRefused) await this.#proxy.accept();
  }
}
