import KeyvRedis from '@keyv/redis';
import { Cluster, Redis } from 'ioredis';
import Keyv from 'keyv';
import { createClient, createCluster, type RedisClientType, type RedisClusterType } from 'redis';
import type { CacheStore, InvalidationChannel } from 'spydra-sdk';

/*
 * Stores and channels around the Redis libraries, and connections that suit a cache. Child processes use them
 * too: the caller closes what it opens.
 */

function ioredisStore(redis: Redis): CacheStore {
  return {
    get: (key) => redis.get(key),
    set: (key, value, ttlMs) => redis.set(key, value, 'PX', ttlMs),
    delete: (key) => redis.del(key),
    getMany: (keys) => redis.mget(keys),
  };
}

/** Without `getMany`: one command cannot ask for keys of several nodes. */
function ioredisClusterStore(cluster: Cluster): CacheStore {
  return {
    get: (key) => cluster.get(key),
    set: (key, value, ttlMs) => cluster.set(key, value, 'PX', ttlMs),
    delete: (key) => cluster.del(key),
  };
}

function nodeRedisStore(client: RedisClientType): CacheStore {
  /** Its connection to a demoted server stays open. */
  const leaveDemoted = async (error: unknown): Promise<never> => {
    if (client.isReady && DEMOTED.test(String(error))) {
      client.destroy();
      client.connect().catch(ignore);
    }
    throw error;
  };
  return {
    get: (key) => client.get(key).catch(leaveDemoted),
    set: (key, value, ttlMs) =>
      client.set(key, value, { expiration: { type: 'PX', value: ttlMs } }).catch(leaveDemoted),
    delete: (key) => client.del(key).catch(leaveDemoted),
    getMany: (keys) => client.mGet(keys).catch(leaveDemoted),
  };
}

/** Without `getMany`: one command cannot ask for keys of several nodes. */
function nodeRedisClusterStore(cluster: RedisClusterType): CacheStore {
  return {
    get: (key) => cluster.get(key),
    set: (key, value, ttlMs) => cluster.set(key, value, { expiration: { type: 'PX', value: ttlMs } }),
    delete: (key) => cluster.del(key),
  };
}

/** A subscribed connection cannot send other commands. */
function ioredisChannel(redis: Redis, listening: Redis, name = 'spydra'): InvalidationChannel {
  return {
    publish: (message) => redis.publish(name, message),
    subscribe(listener) {
      listening.on('message', (_, message) => listener(message));
      return listening.subscribe(name);
    },
  };
}

/** A subscribed connection cannot send other commands. */
function nodeRedisChannel(client: RedisClientType, listening: RedisClientType, name = 'spydra'): InvalidationChannel {
  return {
    publish: (message) => client.publish(name, message),
    subscribe: (listener) => listening.subscribe(name, listener),
  };
}

/** A store, and how its processes publish invalidations to each other. */
export interface OpenStore {
  readonly store: CacheStore;
  readonly channel?: InvalidationChannel;
  close(): Promise<void>;
}

/** A connection of each kind to the servers on these ports of this computer; those of one cluster, or a single one. */
const OPENERS = {
  async keyv([port = 0]: readonly number[]): Promise<OpenStore> {
    const adapter = new KeyvRedis(urlOf(port), { throwOnErrors: true });
    const keyv = new Keyv({ store: adapter, throwOnErrors: true });
    keyv.on('error', ignore);
    return { store: keyv, close: () => adapter.disconnect(true) };
  },

  async ioredis([port = 0]: readonly number[]): Promise<OpenStore> {
    const redis = new Redis({ host: HOST, port, ...SENT_ONCE, enableOfflineQueue: false }).on('error', ignore);
    // A subscription may wait for the connection.
    const listening = redis.duplicate({ enableOfflineQueue: true, maxRetriesPerRequest: null }).on('error', ignore);
    await Promise.all([ready(redis), ready(listening)]);
    return {
      store: ioredisStore(redis),
      channel: ioredisChannel(redis, listening),
      async close() {
        for (const each of [redis, listening]) each.disconnect();
      },
    };
  },

  async 'node-redis'([port = 0]: readonly number[]): Promise<OpenStore> {
    const client: RedisClientType = createClient({ url: urlOf(port), disableOfflineQueue: true });
    const listening = client.duplicate({ disableOfflineQueue: false });
    for (const each of [client, listening]) each.on('error', ignore);
    await Promise.all([client.connect(), listening.connect()]);
    return {
      store: nodeRedisStore(client),
      channel: nodeRedisChannel(client, listening),
      async close() {
        for (const each of [client, listening]) each.destroy();
      },
    };
  },

  async 'ioredis Cluster'(ports: readonly number[]): Promise<OpenStore> {
    const nodes = ports.map((port) => ({ host: HOST, port }));
    // By default it sends the pending commands of a lost node again after a delay.
    const options = { enableOfflineQueue: false, retryDelayOnFailover: 0, redisOptions: SENT_ONCE };
    const cluster = new Cluster(nodes, options).on('error', ignore);
    await ready(cluster);
    // The first command for a node connects to it.
    await Promise.all(cluster.nodes('master').map((node) => node.ping()));
    return { store: ioredisClusterStore(cluster), close: async () => cluster.disconnect() };
  },

  async 'node-redis cluster'(ports: readonly number[]): Promise<OpenStore> {
    const rootNodes = ports.map((port) => ({ url: urlOf(port) }));
    const cluster: RedisClusterType = createCluster({ rootNodes, defaults: { disableOfflineQueue: true } });
    cluster.on('error', ignore);
    await cluster.connect();
    return { store: nodeRedisClusterStore(cluster), close: async () => cluster.destroy() };
  },
};

/** A library and its kind of server. */
export type StoreKind = keyof typeof OPENERS;

/** Opens a store; resolves when it is connected. */
export function openStore(kind: StoreKind, ports: readonly number[]): Promise<OpenStore> {
  return OPENERS[kind](ports);
}

const HOST = '127.0.0.1';

/** Errors of a demoted server. */
const DEMOTED = /READONLY|MASTERDOWN/;

/**
 * A command whose connection broke has failed, and is never sent again: sent a second time, it could restore
 * a version that another client has replaced meanwhile.
 */
const SENT_ONCE = {
  autoResendUnfulfilledCommands: false,
  maxRetriesPerRequest: 0,
  reconnectOnError: ({ message }: Error) => DEMOTED.test(message),
};

const urlOf = (port: number) => `redis://${HOST}:${port}`;

/** Errors are visible to the cache by the failed commands. */
const ignore = () => {};

function ready(redis: Redis | Cluster): Promise<void> {
  return new Promise((resolve) => {
    redis.once('ready', resolve);
  });
}
