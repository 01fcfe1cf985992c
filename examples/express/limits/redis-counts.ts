import type { Cluster, Redis } from 'ioredis';
import { type RedisReply, RedisStore } from 'rate-limit-redis';
import type { RedisWatch } from './redis-watch.js';

/** Counts in Redis, shared by all who count under the same prefix, as long as Redis answers. */
export class RedisCounts extends RedisStore {
  readonly #watch: RedisWatch;

  constructor(redis: Redis | Cluster, prefix: string, watch: RedisWatch) {
    super({ prefix, sendCommand: (...command) => send(redis, command) });
    this.#watch = watch;
  }

  override increment(key: string) {
    return this.#watch.ask(() => super.increment(key));
  }
}

/**
 * The store has its scripts loaded once and calls them by the name that is answered. A server that was away or is new
 * to the cluster would not know them: so each goes by its own text, and along with every call.
 */
async function send(redis: Redis | Cluster, [name = '', ...rest]: readonly string[]): Promise<RedisReply> {
  if (name === 'SCRIPT') return rest[1] ?? '';
  if (name === 'EVALSHA') return redis.call('EVAL', rest) as Promise<RedisReply>;
  return redis.call(name, rest) as Promise<RedisReply>;
}
