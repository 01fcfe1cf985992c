import { Cluster, Redis, type RedisOptions } from 'ioredis';
import { type CacheOptions, type CacheStore, type ClearingChannel, lru, tiered } from 'spydra-sdk';

/** Where answers are kept, and how to let go of it. */
export interface OpenCache {
  readonly option: true | CacheOptions;
  close(): void;
}

/** Over this channel instances tell each other what to forget. */
const CHANNEL = 'spydra';

/** A clearing that is sent a second time could undo a later one; the SDK goes on without a store that is away. */
const SENT_ONCE: RedisOptions = { autoResendUnfulfilledCommands: false, maxRetriesPerRequest: 0 };

/** Answers are kept in this process and, with Redis, shared with the other instances: one URL, or those of a cluster. */
export function openCache(redisUrls: readonly string[]): OpenCache {
  const [url, ...more] = redisUrls;
  if (url === undefined) return { option: true, close: () => {} };
  return more.length === 0 ? onServer(url) : onCluster(redisUrls);
}

function onServer(url: string): OpenCache {
  const redis = new Redis(url, { ...SENT_ONCE, enableOfflineQueue: false });
  const listening = redis.duplicate({ enableOfflineQueue: true, maxRetriesPerRequest: null });
  return inTwoTiers(redis, listening, { ...storeOn(redis), getMany: (keys) => redis.mget(keys) });
}

/** Without `getMany`: one command cannot ask for keys of several nodes. */
function onCluster(urls: readonly string[]): OpenCache {
  const redisOptions = { ...SENT_ONCE, ...loginOf(new URL(urls[0] ?? '')) };
  const cluster = new Cluster([...urls], { enableOfflineQueue: false, retryDelayOnFailover: 0, redisOptions });
  const listening = new Cluster([...urls], { redisOptions });
  // By itself it connects to a node with the first command for it, which may then come too late.
  cluster.on('+node', (node: Redis) => void node.connect().catch(() => {}));
  return inTwoTiers(cluster, listening, storeOn(cluster));
}

function storeOn(redis: Redis | Cluster): CacheStore {
  return {
    get: (key) => redis.get(key),
    set: (key, value, ttl) => redis.set(key, value, 'PX', ttl),
    delete: (key) => redis.del(key),
  };
}

function inTwoTiers(redis: Redis | Cluster, listening: Redis | Cluster, shared: CacheStore): OpenCache {
  // The SDK says once that the store fails, and once that it is back.
  for (const each of [redis, listening]) each.on('error', () => {});
  const channel: ClearingChannel = {
    publish: (message) => redis.publish(CHANNEL, message),
    subscribe(listener) {
      listening.on('message', (_channel, message) => listener(message));
      return listening.subscribe(CHANNEL);
    },
  };
  return {
    option: { store: tiered(lru(), shared, { channel }) },
    close: () => [redis, listening].forEach((each) => void each.disconnect()),
  };
}

/** Nodes of a cluster name each other without it. */
function loginOf({ protocol, username, password }: URL): RedisOptions {
  return {
    ...(username ? { username: decodeURIComponent(username) } : {}),
    ...(password ? { password: decodeURIComponent(password) } : {}),
    ...(protocol === 'rediss:' ? { tls: {} } : {}),
  };
}
