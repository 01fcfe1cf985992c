import type { Options } from 'express-rate-limit';
import type { Cluster, Redis } from 'ioredis';
import { type RedisReply, RedisStore } from 'rate-limit-redis';
import { Refusal } from '../../express/index.js';
import { LocalCounts } from './local-counts.js';
import type { RedisWatch } from './redis-watch.js';

/** Retry-After in seconds when a request could not be counted. */
const RETRY_AFTER = 1;

/** What counts are made of. */
export interface RedisCountsOptions {
  readonly redis: Redis | Cluster;
  /** The prefix of the keys in Redis. */
  readonly prefix: string;
  readonly watch: RedisWatch;
  /** Whether this process counts locally while Redis does not respond; otherwise requests are refused. */
  readonly isOpen: boolean;
}

/** Counters in Redis, shared by all instances, as long as Redis responds. */
export class RedisCounts extends RedisStore {
  readonly #watch: RedisWatch;
  readonly #local: LocalCounts | undefined;

  constructor({ redis, prefix, watch, isOpen }: RedisCountsOptions) {
    super({ prefix, sendCommand: (...command) => send(redis, command) });
    this.#watch = watch;
    this.#local = isOpen ? new LocalCounts() : undefined;
  }

  override async init(options: Options): Promise<void> {
    this.#local?.init(options);
    await super.init(options);
  }

  /** @throws Refusal 503 while Redis does not respond and limits are closed. */
  override async increment(key: string) {
    try {
      return await this.#watch.ask(() => super.increment(key));
    } catch (cause) {
      if (this.#local) return this.#local.increment(key);
      const sentence = 'The rate limit cannot be checked right now. Try again later.';
      throw new Refusal(503, 'LIMITS_UNAVAILABLE', sentence, { cause, retryAfter: RETRY_AFTER });
    }
  }
}

/**
 * The store loads its scripts once and calls them by hash (EVALSHA). A server that restarted, or is new in the cluster,
 * would not have them, so each call sends the text of its script (EVAL).
 */
async function send(redis: Redis | Cluster, [name = '', ...rest]: readonly string[]): Promise<RedisReply> {
  if (name === 'SCRIPT') return rest[1] ?? '';
  if (name === 'EVALSHA') return redis.call('EVAL', rest) as Promise<RedisReply>;
  return redis.call(name, rest) as Promise<RedisReply>;
}
