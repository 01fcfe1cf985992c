import type { CacheStore, Logger } from 'spydra-sdk';
import { cacheOption } from '../../../../src/cache/options.js';
import { ResponseCache } from '../../../../src/cache/response-cache.js';
import type { WriteCall } from '../../../../src/core/call.js';
import { STANDARD } from '../../../../src/http/retries.js';
import { cachedReads } from '../../../../src/ledger/cached-reads.js';
import { invalidatingWrites } from '../../../../src/ledger/invalidating-writes.js';
import type { Ledger } from '../../../../src/ledger/ledger.js';
import type { Settings } from '../../../../src/options.js';
import { resolveSettings } from '../../../../src/options.js';
import { API_KEY } from '../../../helpers/client.js';
import { ASSET, type CountingLedger } from './ledger.js';

/** What the model needs of a client. */
export interface Client {
  read(wallet: string): Promise<bigint>;
  /** Returns the balance after the write. */
  write(wallet: string): Promise<bigint>;
  /** Whether its circuit breaker is open: then it invalidates nothing. */
  readonly isAlone?: boolean;
}

const settingsWith = (logger: Logger): Settings =>
  resolveSettings({
    apiKey: API_KEY,
    projectId: 'p',
    networkId: 'n',
    appId: 'a',
    assetSchemaId: 's',
    logger,
  });

const call = (): WriteCall => ({
  signal: new AbortController().signal,
  deadlineAt: Number.POSITIVE_INFINITY,
  timeout: 30_000,
  retries: STANDARD,
  headers: {},
  cache: 'default',
  idempotencyKey: 'k',
  callId: 'c',
  keyIsGiven: false,
  confirm: true,
  submittedAt: '2026-01-01T00:00:00Z',
});

const transfer = (toWallet: string) => ({ assetId: ASSET, fromWallet: 'treasury', toWallet, amount: 1n });

/** The SDK's cache around a ledger. */
export function cachingClient(ledger: CountingLedger, store: CacheStore, uncertaintyWindow: number): Client {
  const options = cacheOption.parse({
    ttl: { balances: 10_000, assets: 10_000, transactions: 10_000, holders: 10_000 },
  });
  if (!options) throw new Error('no cache');
  let isAlone = false;
  const ignore = () => {};
  const logger: Logger = {
    debug: ignore,
    error: ignore,
    warn: () => {
      isAlone = true;
    },
    info: () => {
      isAlone = false;
    },
  };
  const own = new ResponseCache(store, options, settingsWith(logger));
  const port = cachedReads(invalidatingWrites(ledger.port as Ledger, new Set([own]), uncertaintyWindow), own);
  return {
    read: async (wallet) => (await port.getBalances(wallet, undefined, call()))[0]?.balance ?? 0n,
    write: async (wallet) => (await port.transfer(transfer(wallet), call())).toBalance,
    get isAlone() {
      return isAlone;
    },
  };
}

/** The usual cache-aside: read, load, keep; a write deletes. */
export function deletingClient(ledger: CountingLedger, store: CacheStore): Client {
  return {
    async read(wallet) {
      const kept = await store.get(wallet);
      if (typeof kept === 'string') return BigInt(kept);
      const [balance] = await ledger.port.getBalances(wallet, undefined, call());
      await store.set(wallet, String(balance?.balance), 2_000);
      return balance?.balance ?? 0n;
    },
    async write(wallet) {
      const { toBalance } = await ledger.port.transfer(transfer(wallet), call());
      await store.delete(wallet);
      return toBalance;
    },
  };
}
