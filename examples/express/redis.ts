import { Cluster, type ClusterOptions, Redis, type RedisOptions } from 'ioredis';

/** Milliseconds. */
const CONNECT_TIMEOUT = 2_000;
/** Milliseconds without a word after a command: then the connection is made anew. */
const SILENCE = 5_000;
/** Milliseconds between attempts to connect, at most. */
const LONGEST_PAUSE = 500;

/**
 * What cannot be sent now fails now, and is sent once: a count that waits is of no use to the request that waits, and a
 * cache's clearing that comes a second time could undo a later one.
 */
const AT_ONCE: RedisOptions = {
  autoResendUnfulfilledCommands: false,
  maxRetriesPerRequest: 0,
  connectTimeout: CONNECT_TIMEOUT,
  socketTimeout: SILENCE,
};

/** To listen may wait until there is a connection, and nothing may be heard for long. */
const PATIENT: RedisOptions = { maxRetriesPerRequest: null, connectTimeout: CONNECT_TIMEOUT };

/** Connects to one server, or to the cluster of several nodes, and again whenever the connection is lost. */
export function connectRedis(urls: readonly string[]): Redis | Cluster {
  return connect(urls, AT_ONCE, false);
}

/** A connection that listens to channels: it can do nothing else. */
export function connectListener(urls: readonly string[]): Redis | Cluster {
  return connect(urls, PATIENT, true);
}

function connect([first = '', ...more]: readonly string[], options: RedisOptions, isPatient: boolean) {
  const waiting = { enableOfflineQueue: isPatient };
  const redis =
    more.length > 0
      ? connectNodes([first, ...more], options, waiting)
      : new Redis(first, { ...options, ...waiting, retryStrategy: pause });
  // The commands that fail tell.
  return redis.on('error', () => {});
}

function connectNodes([first, ...more]: [string, ...string[]], options: RedisOptions, waiting: ClusterOptions) {
  const redisOptions = { ...options, ...loginOf(new URL(first)) };
  const retries = { retryDelayOnFailover: 0, clusterRetryStrategy: pause };
  const cluster = new Cluster([first, ...more], { ...waiting, ...retries, redisOptions });
  // By itself it connects to a node with the first command for it, which may then come too late.
  return cluster.on('+node', (node: Redis) => void node.connect().catch(() => {}));
}

/** Nodes that the cluster names itself are reached as the first one is. */
function loginOf({ protocol, username, password }: URL): RedisOptions {
  return {
    ...(username ? { username: decodeURIComponent(username) } : {}),
    ...(password ? { password: decodeURIComponent(password) } : {}),
    ...(protocol === 'rediss:' ? { tls: {} } : {}),
  };
}

function pause(attempts: number): number {
  return Math.min(50 * attempts, LONGEST_PAUSE);
}
