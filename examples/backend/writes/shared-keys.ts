import type { Config } from '../config.js';
import { connected, connectRedis } from '../redis.js';
import { KeyLocks } from './key-locks.js';
import type { SharedKeys } from './run-write.js';

/** Shared locks on idempotency keys, and their Redis connection. */
export interface OpenSharedKeys {
  readonly shared: SharedKeys;
  /** Resolves when Redis is connected, or after 2 s. */
  ready(): Promise<void>;
  close(): void;
}

/** Opens locks shared by all instances with the same Redis; undefined without Redis. */
export function openSharedKeys({
  redisUrls,
  uncertaintyWindow,
  writesWithoutRedis,
}: Pick<Config, 'redisUrls' | 'uncertaintyWindow' | 'writesWithoutRedis'>): OpenSharedKeys | undefined {
  if (redisUrls.length === 0) return undefined;
  const redis = connectRedis(redisUrls);
  const locks = new KeyLocks(redis, uncertaintyWindow);
  return {
    shared: { locks, isOpen: writesWithoutRedis === 'open' },
    ready: () => connected(redis),
    close: () => redis.disconnect(),
  };
}
