import { setTimeout as sleep } from 'node:timers/promises';
import { Cluster, type ClusterOptions, Redis, type RedisOptions } from 'ioredis';
import type { Logger } from 'spydra-sdk';
import { inTime } from './limits/in-time.js';

/** Milliseconds. */
const CONNECT_TIMEOUT = 2_000;
/** Milliseconds without a reply to a command after which the client reconnects. */
const SILENCE = 5_000;
/** Milliseconds between attempts to connect, at most. */
const LONGEST_PAUSE = 500;

/**
 * Commands fail at once instead of being queued, and are never sent again: a request does not wait for its count, and a
 * repeated invalidation could undo a later one.
 */
const AT_ONCE: RedisOptions = {
  autoResendUnfulfilledCommands: false,
  maxRetriesPerRequest: 0,
  connectTimeout: CONNECT_TIMEOUT,
  socketTimeout: SILENCE,
};

/** The advice if a single URL is given and its server is a node of a cluster. */
export const CLUSTER_ADVICE = 'REDIS_URL names one node of a cluster: name several nodes, or the same one twice';

/** Whether a node of a cluster refused a key that belongs to another node. */
export function isMoved(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('MOVED ');
}

/** Resolves when Redis, or each known node of a cluster, is connected, or after the timeout. */
export async function connected(redis: Redis | Cluster, timeout = CONNECT_TIMEOUT): Promise<void> {
  await Promise.race([ready(redis), sleep(timeout, undefined, { ref: false })]);
}

async function ready(redis: Redis | Cluster): Promise<void> {
  if (redis.status !== 'ready') await new Promise((resolve) => redis.once('ready', resolve));
  // A cluster is ready with its first node, and refuses commands for nodes whose connections are still being opened.
  if (redis instanceof Cluster) await Promise.all(redis.nodes().map(ready));
}

/** @throws Error if a client of one server is connected to one node of a cluster of several. */
export async function ensureWhole(redis: Redis | Cluster): Promise<void> {
  if (redis instanceof Cluster) return;
  // A server outside of a cluster refuses the command.
  const info = await inTime(redis.cluster('INFO') as Promise<string>, CONNECT_TIMEOUT).catch(() => '');
  const masters = Number(/^cluster_size:(\d+)/m.exec(info)?.[1] ?? 0);
  if (masters > 1) throw new Error(`The server cannot start: ${CLUSTER_ADVICE}.`);
}

/**
 * After a failover the connection may still lead to the demoted server; a new connection leads to its successor. The
 * refused command fails and is not sent again.
 */
function isDemoted(error: Error): boolean {
  return error.message.includes('READONLY ');
}

/** Subscribing may wait for the connection, and a subscriber may receive nothing for a long time. */
const PATIENT: RedisOptions = { maxRetriesPerRequest: null, connectTimeout: CONNECT_TIMEOUT };

/**
 * Connects to a single server or a cluster, and reconnects whenever the connection is lost.
 *
 * @param logger - is warned once when Redis refuses the connection
 */
export function connectRedis(urls: readonly string[], logger?: Pick<Logger, 'warn'>): Redis | Cluster {
  const redis = connect(urls, AT_ONCE, false);
  return logger ? reportRefusals(redis, logger) : redis;
}

/** A connection for pub/sub only. */
export function connectListener(urls: readonly string[]): Redis | Cluster {
  return connect(urls, PATIENT, true);
}

/** Logs only the code of the refusal: its text may repeat the command and so the password. */
function reportRefusals(redis: Redis | Cluster, logger: Pick<Logger, 'warn'>): Redis | Cluster {
  let reported: string | undefined;
  redis.on('ready', () => {
    reported = undefined;
  });
  return redis.on('error', (error: Error & { readonly lastNodeError?: Error }) => {
    const { message } = error.lastNodeError ?? error;
    const [, code] = /^(?:Ready check failed: )?([A-Z]{3,})\s/.exec(message) ?? [];
    if (code === undefined || code === reported) return;
    reported = code;
    logger.warn(
      { code },
      `Redis refuses the connection (${code}): check what REDIS_URL says of user, password and database`,
    );
  });
}

/** The commands of one turn of the event loop leave together. A cluster would send them again after a lost connection. */
const ONE_SERVER: RedisOptions = { retryStrategy: pause, reconnectOnError: isDemoted, enableAutoPipelining: true };

function connect([first = '', ...more]: readonly string[], options: RedisOptions, isPatient: boolean) {
  const waiting = { enableOfflineQueue: isPatient };
  const redis =
    more.length > 0
      ? connectNodes([first, ...more], options, waiting)
      : new Redis(first, { ...options, ...waiting, ...ONE_SERVER });
  // Failing commands report the error.
  return redis.on('error', () => {});
}

function connectNodes([first, ...more]: [string, ...string[]], options: RedisOptions, waiting: ClusterOptions) {
  const redisOptions = { ...options, ...loginOf(new URL(first)) };
  const retries = { retryDelayOnFailover: 0, clusterRetryStrategy: pause };
  const cluster = new Cluster([first, ...more], { ...waiting, ...retries, redisOptions });
  // Otherwise it connects to a node with the first command for it, which would then have to wait.
  return cluster.on('+node', (node: Redis) => void node.connect().catch(() => {}));
}

/** Nodes that the cluster announces are reached with the options of the first one. */
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
