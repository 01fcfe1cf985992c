import { setTimeout as sleep } from 'node:timers/promises';
import type { RequestHandler } from 'express';
import { type Options, rateLimit } from 'express-rate-limit';
import type { Logger } from 'spydra-sdk';
import { callerOf } from '../access/caller.js';
import { Refusal } from '../answers/refusal.js';
import type { Config } from '../config.js';
import { connectRedis } from '../redis.js';
import { RedisCounts } from './redis-counts.js';
import { RedisWatch } from './redis-watch.js';

/** How often somebody may call. */
export interface Limits {
  /** Counts every request by the address it comes from. */
  readonly perAddress: RequestHandler;
  /** Counts a request by who sent it; that must be known by then. */
  readonly perCaller: RequestHandler;
  /** Resolves when requests are counted, and in any case after a while. */
  ready(): Promise<void>;
  close(): Promise<void>;
}

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
/** Milliseconds to wait for Redis before going on without it. */
const PATIENCE = 2 * SECOND;

/** Opens limits that all processes with the same Redis share; without one they are this process's own. */
export function openLimits(
  config: Pick<Config, 'limits' | 'redisUrls'>,
  logger: Pick<Logger, 'warn'> = console,
): Limits {
  const { perAddress, perKey, withoutRedis } = config.limits;
  const redis = config.redisUrls.length > 0 ? connectRedis(config.redisUrls) : undefined;
  const watch = new RedisWatch(logger);

  function limit(identifier: string, options: Partial<Options>): RequestHandler {
    return rateLimit({
      ...COMMON,
      ...options,
      identifier,
      passOnStoreError: withoutRedis === 'open',
      ...(redis ? { store: new RedisCounts(redis, `spydra:limit:${identifier}:`, watch) } : {}),
    });
  }

  return {
    perAddress: limit('address', { windowMs: 15 * MINUTE, limit: perAddress, ipv6Subnet: IPV6_SUBNET }),
    perCaller: limit('caller', {
      windowMs: MINUTE,
      limit: perKey,
      keyGenerator: (_request, response) => callerOf(response).id,
    }),
    async ready() {
      if (!redis || redis.status === 'ready') return;
      await Promise.race([
        new Promise((resolve) => redis.once('ready', resolve)),
        sleep(PATIENCE, undefined, { ref: false }),
      ]);
    },
    async close() {
      redis?.disconnect();
    },
  };
}

/** Bits that one household has of an IPv6 address, or less: all below them is one address. */
const IPV6_SUBNET = 56;

const COMMON: Partial<Options> = {
  standardHeaders: 'draft-8',
  legacyHeaders: false,
  handler: (_request, _response, next) => next(new Refusal(429, 'RATE_LIMITED', TOO_OFTEN)),
  // Redis' own watch tells when it is away, once.
  logger: { error() {}, warn() {} },
  validate: false,
};

const TOO_OFTEN = 'You ask too often. Wait as long as Retry-After says.';
