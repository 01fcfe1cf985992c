import { setTimeout as sleep } from 'node:timers/promises';
import { type CacheStore, lru, SpydraClient, tiered } from 'spydra-sdk';
import { openStore, type StoreKind } from '../helpers/redis-stores.js';

/*
 * A process with a client whose cache other processes share: executes the commands of its parent.
 */

/** Given as the first argument, in JSON. */
export interface Setup {
  readonly baseUrl: string;
  readonly kind: StoreKind;
  readonly ports: readonly number[];
  /** Milliseconds of delay before each set: what is not awaited comes too late. */
  readonly lag?: number;
  /** Keeps copies in this process for so many milliseconds. */
  readonly bound?: number;
  /** Whether the processes publish invalidations to each other. */
  readonly hasChannel?: boolean;
}

/** The cached state of one asset. */
export interface View {
  /** Of one wallet. */
  readonly balance: bigint | undefined;
  readonly held: bigint | undefined;
  /** In the balance, the asset and the list of assets. */
  readonly names: readonly (string | undefined)[];
  /** Its latest transactions. */
  readonly history: readonly string[];
}

const { baseUrl, kind, ports, lag = 0, bound, hasChannel = false } = JSON.parse(process.argv[2] ?? '') as Setup;
const { store: prompt, channel } = await openStore(kind, ports);
const shared = lag === 0 ? prompt : lagging(prompt, lag);
const store =
  bound === undefined ? shared : tiered(lru(), shared, { bound, channel: hasChannel ? channel : undefined });

let gets = 0;
let release = () => {};
let released = Promise.resolve();

const spydra = new SpydraClient({
  baseUrl,
  apiKey: 'sandbox-key',
  projectId: 'sandbox-project',
  networkId: 'sandbox-network',
  appId: 'sandbox-app',
  assetSchemaId: 'sandbox-schema',
  // A slow machine is no store that fails: an invalidation that is late would be retried, and others served old data.
  cache: { store, timeout: 60_000 },
  async fetch(input, init) {
    if (init?.method === 'GET') {
      gets++;
      await released;
    }
    return fetch(input, init);
  },
});

const commands = {
  async view(assetId: string, walletId: string): Promise<View> {
    const [wallet, asset, assets, history, holders] = await Promise.all([
      spydra.wallets.balance(walletId, { assetId }),
      spydra.assets.get(assetId),
      spydra.assets.list({ limit: 10 }),
      spydra.assets.history(assetId, { limit: 10 }),
      spydra.tokens.holders(assetId),
    ]);
    const [entry] = wallet.balances;
    const listed = assets.items.find((each) => each.assetId === assetId);
    return {
      balance: entry?.balance,
      held: holders.find((holder) => holder.wallet === walletId)?.balance,
      names: [entry?.assetName, asset.name, listed?.name],
      history: history.items.map(({ transactionId }) => transactionId),
    };
  },

  async transfer(assetId: string, fromWallet: string, toWallet: string): Promise<string> {
    return (await spydra.tokens.transfer({ assetId, fromWallet, toWallet, amount: 1n })).transactionId;
  },

  async rename(assetId: string, name: string): Promise<string> {
    return (await spydra.assets.update(assetId, { updates: { name }, updaterWallet: 'treasury' })).transactionId;
  },

  /** Reads one balance many times concurrently, while the ledger does not respond; returns the distinct results. */
  async burst(walletId: string, count: number): Promise<bigint[]> {
    gets = 0;
    released = new Promise((resolve) => {
      release = resolve;
    });
    const reads = Array.from({ length: count }, () => spydra.wallets.balance(walletId));
    return (await Promise.all(reads)).map(({ balances }) => balances[0]?.balance ?? 0n);
  },

  /** Lets the ledger respond. */
  async release(): Promise<void> {
    release();
  },

  /** The number of requests to the ledger since the last burst began. */
  gets: async (): Promise<number> => gets,

  /** Waits until all pending sets have ended. */
  rest: () => sleep(3 * lag),

  hits: async (): Promise<number[]> => Object.values(spydra.cache.stats()).map(({ hits }) => hits),
};

export type Commands = typeof commands;

/** A command of the parent. */
export interface Question {
  readonly id: number;
  readonly command: keyof Commands;
  readonly input: readonly never[];
}

/** The response to a command. */
export interface Reply {
  readonly id: number;
  readonly value?: unknown;
  readonly error?: string;
}

process.on('message', async ({ id, command, input }: Question) => {
  try {
    const work = commands[command] as (...input: readonly never[]) => Promise<unknown>;
    process.send?.({ id, value: await work(...input) });
  } catch (error) {
    process.send?.({ id, error: String(error) });
  }
});
// The parent has exited.
process.on('disconnect', () => process.exit());
process.send?.({ id: 0 });

function lagging(store: CacheStore, ms: number): CacheStore {
  return {
    get: (key) => store.get(key),
    async set(key, value, ttlMs) {
      await sleep(ms);
      return store.set(key, value, ttlMs);
    },
    delete: (key) => store.delete(key),
    ...(store.getMany && { getMany: (keys: string[]) => store.getMany?.(keys) ?? [] }),
  };
}
