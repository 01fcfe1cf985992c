import type { Logger } from 'spydra-sdk';
import { CLUSTER_ADVICE, isMoved } from '../redis.js';
import { inTime } from './in-time.js';

/** The timeout of a Redis command, in milliseconds. */
const COMMAND_TIMEOUT = 200;
/** Milliseconds between two probes while Redis is unavailable. */
const PAUSE = 500;

const PAUSED = new Error('Redis did not respond recently.');

/** A circuit breaker for Redis: while it is open, one request probes at intervals and the others do not wait. */
export class RedisWatch {
  readonly #logger: Pick<Logger, 'warn'>;
  readonly #meanwhile: string;
  #isAway = false;
  #isCluster = false;
  /** By `performance.now()`: the system clock may be set. */
  #askAgainAt = 0;

  /** @param meanwhile - how requests are handled while Redis is unavailable, for the log */
  constructor(logger: Pick<Logger, 'warn'>, meanwhile: string) {
    this.#logger = logger;
    this.#meanwhile = meanwhile;
  }

  /** @throws Error if Redis does not respond in time. */
  async ask<T>(question: () => Promise<T>): Promise<T> {
    if (this.#isAway && performance.now() < this.#askAgainAt) throw PAUSED;
    this.#askAgainAt = performance.now() + PAUSE;
    try {
      const answer = await inTime(question(), COMMAND_TIMEOUT);
      this.#note(false, 'Redis is back: requests are counted across instances again');
      return answer;
    } catch (error) {
      if (isMoved(error)) this.#noteCluster();
      else this.#note(true, `Redis is away: ${this.#meanwhile}`, error);
      throw error;
    }
  }

  /** Logged once: the keys of this node are counted correctly. */
  #noteCluster(): void {
    if (!this.#isCluster) this.#logger.warn({}, `${CLUSTER_ADVICE}: ${this.#meanwhile}`);
    this.#isCluster = true;
  }

  #note(isAway: boolean, message: string, err?: unknown): void {
    if (isAway === this.#isAway) return;
    this.#isAway = isAway;
    this.#logger.warn(err === undefined ? {} : { err }, message);
  }
}
