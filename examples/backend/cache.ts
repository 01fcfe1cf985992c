import { type Cluster, Redis } from 'ioredis';
import { type CacheOptions, type CacheStore, type InvalidationChannel, lru, tiered } from 'spydra-sdk';
import { connectListener, connectRedis } from './redis.js';

/** The store of cached responses, and how to close it. */
export interface OpenCache {
  readonly option: true | CacheOptions;
  close(): void;
}

/** The pub/sub channel for invalidations between instances. */
const CHANNEL = 'spydra';

/** Caches in this process and, with Redis, shares entries with other instances: one URL, or several of a cluster. */
export function openCache(redisUrls: readonly string[]): OpenCache {
  if (redisUrls.length === 0) return { option: true, close: () => {} };
  const redis = connectRedis(redisUrls);
  const listening = connectListener(redisUrls);
  return {
    option: { store: tiered(lru(), storeOn(redis), { channel: channelOf(redis, listening) }) },
    close() {
      for (const each of [redis, listening]) each.disconnect();
    },
  };
}

function storeOn(redis: Redis | Cluster): CacheStore {
  const store: CacheStore = {
    get: (key) => redis.get(key),
    set: (key, value, ttl) => redis.set(key, value, 'PX', ttl),
    delete: (key) => redis.del(key),
  };
  // One command cannot read keys of several nodes.
  return redis instanceof Redis ? { ...store, getMany: (keys) => redis.mget(keys) } : store;
}

function channelOf(redis: Redis | Cluster, listening: Redis | Cluster): InvalidationChannel {
  return {
    publish: (message) => redis.publish(CHANNEL, message),
    subscribe(listener) {
      listening.on('message', (_channel, message) => listener(message));
      return listening.subscribe(CHANNEL);
    },
  };
}
