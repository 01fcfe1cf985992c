import { Cluster, type ClusterOptions, Redis, type RedisOptions } from 'ioredis';

/** Milliseconds. */
const CONNECT_TIMEOUT = 2_000;
/** Milliseconds without a word after a command: then the connection is made anew. */
const SILENCE = 5_000;
/** Milliseconds between attempts to connect, at most. */
const LONGEST_PAUSE = 500;

/** What cannot be sent now fails now, and is sent once: a count that waits is of no use to the request that waits. */
const AT_ONCE = {
  autoResendUnfulfilledCommands: false,
  maxRetriesPerRequest: 0,
  connectTimeout: CONNECT_TIMEOUT,
  socketTimeout: SILENCE,
};

/** Connects to one server, or to the cluster of several nodes, and again whenever the connection is lost. */
export function connectRedis(urls: readonly string[]): Redis | Cluster {
  const [first = ''] = urls;
  const redis = urls.length > 1 ? new Cluster([...urls], ofCluster(new URL(first))) : new Redis(first, ofServer());
  // The commands that fail tell.
  return redis.on('error', () => {});
}

function ofServer(): RedisOptions {
  return { ...AT_ONCE, enableOfflineQueue: false, retryStrategy: pause };
}

/** Nodes that the cluster names itself are reached as the first one is. */
function ofCluster({ protocol, username, password }: URL): ClusterOptions {
  const login = {
    ...(username ? { username: decodeURIComponent(username) } : {}),
    ...(password ? { password: decodeURIComponent(password) } : {}),
    ...(protocol === 'rediss:' ? { tls: {} } : {}),
  };
  return {
    enableOfflineQueue: false,
    retryDelayOnFailover: 0,
    clusterRetryStrategy: pause,
    redisOptions: { ...AT_ONCE, ...login },
  };
}

function pause(attempts: number): number {
  return Math.min(50 * attempts, LONGEST_PAUSE);
}
