import type { RequestHandler } from 'express';
import { type Options, rateLimit } from 'express-rate-limit';
import type { Logger } from 'spydra-sdk';
import { Refusal } from '../../express/index.js';
import { callerOf } from '../access/caller.js';
import type { Config } from '../config.js';
import { connected, connectRedis, ensureWhole } from '../redis.js';
import { LocalCounts } from './local-counts.js';
import { RedisCounts } from './redis-counts.js';
import { RedisWatch } from './redis-watch.js';

/** The rate limits of the server. */
export interface Limits {
  /** Limits all requests by the address of the client. */
  readonly perAddress: RequestHandler;
  /** Limits requests by caller; runs after authentication. */
  readonly perCaller: RequestHandler;
  /**
   * Resolves when Redis is connected, or after a time limit.
   *
   * @throws Error if REDIS_URL names one node of a cluster as if it were a single server.
   */
  ready(): Promise<void>;
  close(): Promise<void>;
}

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

/** Opens rate limits, shared by all processes with the same Redis; without Redis, local to this process. */
export function openLimits(
  config: Pick<Config, 'limits' | 'redisUrls'>,
  logger: Pick<Logger, 'warn'> = console,
): Limits {
  const { perAddress, perKey, withoutRedis } = config.limits;
  const redis = config.redisUrls.length > 0 ? connectRedis(config.redisUrls, logger) : undefined;
  const isOpen = withoutRedis === 'open';
  const watch = new RedisWatch(logger, isOpen ? 'each instance counts requests alone' : 'requests are refused');
  const warn = (error: unknown) => logger.warn({ err: error }, 'The rate limits may be inaccurate');

  function limit(identifier: string, options: Partial<Options>): RequestHandler {
    const prefix = `spydra:limit:${identifier}:`;
    const store = redis ? new RedisCounts({ redis, prefix, watch, isOpen }) : new LocalCounts();
    return rateLimit({ ...COMMON, ...options, identifier, store, logger: { error: warn, warn } });
  }

  return {
    perAddress: limit('address', { windowMs: 15 * MINUTE, limit: perAddress, ipv6Subnet: IPV6_SUBNET }),
    perCaller: limit('caller', {
      windowMs: MINUTE,
      limit: perKey,
      keyGenerator: (_request, response) => callerOf(response).id,
    }),
    async ready() {
      if (!redis) return;
      await connected(redis);
      await ensureWhole(redis);
    },
    async close() {
      redis?.disconnect();
    },
  };
}

/** The prefix length of the IPv6 addresses of one household, which count as one address. */
const IPV6_SUBNET = 56;

const COMMON: Partial<Options> = {
  standardHeaders: 'draft-8',
  legacyHeaders: false,
  handler: (_request, _response, next) => next(new Refusal(429, 'RATE_LIMITED', TOO_OFTEN)),
};

const TOO_OFTEN = 'Too many requests. Wait as long as Retry-After says.';
