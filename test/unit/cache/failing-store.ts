import { type CacheStore, type Logger, lru, type SpydraClientOptions } from 'spydra-sdk';
import { upstream } from '../../helpers/upstream.js';

export type Fault = (operation: 'get' | 'set') => unknown;

/** A store in memory with the asynchrony of a remote one, and faults that a test sets. */
export function remote() {
  const store = lru();
  let fault: Fault | undefined;
  const counts = { get: 0, set: 0 };
  const faulty = async (operation: 'get' | 'set', work: () => unknown) => {
    counts[operation]++;
    return fault ? fault(operation) : work();
  };
  const faultyStore: CacheStore = {
    get: (key) => faulty('get', () => store.get(key)),
    set: (key, value, ttl) => faulty('set', () => store.set(key, value, ttl)),
    delete: (key) => store.delete(key),
  };
  return {
    store: faultyStore,
    counts,
    inside: store,
    fail: (as: Fault | undefined) => {
      fault = as;
    },
  };
}

export function clientOn(store: CacheStore, options: SpydraClientOptions = {}) {
  const lines: string[] = [];
  const log = (_fields: object, message: string) => void lines.push(message);
  const logger: Logger = { debug: () => {}, info: log, warn: log, error: log };
  return { ...upstream({ cache: { store }, logger, ...options }), lines };
}

export const mint = { assetId: 'a1', recipientWallet: 'alice', amount: 5n };

export const renamed = { updates: { name: 'second' }, updaterWallet: 'w' };
