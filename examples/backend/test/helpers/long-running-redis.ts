import { type RedisServer, redisServer } from '../../../../test/helpers/redis.js';
import { MEMORIES } from '../../writes/key-locks.js';

/** A running server that has not lost the backend's locks on idempotency keys for long; gone when the test is over. */
export async function longRunningRedis(flags: readonly string[] = []): Promise<RedisServer> {
  const redis = await redisServer(flags);
  await longRunning((...command) => redis.ask(...command));
  return redis;
}

/** Makes a server, or a cluster, one that has not lost the backend's locks on idempotency keys for long. */
export async function longRunning(ask: (command: string, ...values: string[]) => Promise<unknown>): Promise<void> {
  await Promise.all(MEMORIES.map((memory) => ask('SET', memory, '1')));
}
