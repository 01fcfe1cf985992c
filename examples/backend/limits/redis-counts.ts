import { createHash } from 'node:crypto';
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

/** The texts of the scripts by their hashes: two of the store's. */
const scripts = new Map<string, string>();

/**
 * The store loads its scripts once and calls them by hash. A server that restarted, or is new in the cluster, has not
 * loaded them and says so without running anything: it is then sent the text.
 */
async function send(redis: Redis | Cluster, [name = '', ...rest]: readonly string[]): Promise<RedisReply> {
  if (name === 'SCRIPT') return remember(rest[1] ?? '');
  const sent = redis.call(name, rest) as Promise<RedisReply>;
  const [hash = '', ...args] = rest;
  const text = name === 'EVALSHA' ? scripts.get(hash) : undefined;
  if (text === undefined) return sent;
  return sent.catch((error: unknown) => {
    if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) throw error;
    return redis.call('EVAL', [text, ...args]) as Promise<RedisReply>;
  });
}

/** Returns the hash by which Redis knows a script. */
function remember(text: string): string {
  const hash = createHash('sha1').update(text).digest('hex');
  scripts.set(hash, text);
  return hash;
}
