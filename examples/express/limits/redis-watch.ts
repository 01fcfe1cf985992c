import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'spydra-sdk';
import { Refusal } from '../answers/refusal.js';

/** Milliseconds that a request waits for Redis. */
const PATIENCE = 200;
/** Milliseconds between two questions whether Redis is back. */
const PAUSE = 500;

/** Knows whether Redis answers. While it does not, one request in a while asks it and no other waits for it. */
export class RedisWatch {
  readonly #logger: Pick<Logger, 'warn'>;
  #isAway = false;
  #askAgainAt = 0;

  constructor(logger: Pick<Logger, 'warn'>) {
    this.#logger = logger;
  }

  /** @throws Refusal 503 where Redis does not answer in time. */
  async ask<T>(question: () => Promise<T>): Promise<T> {
    if (this.#isAway && Date.now() < this.#askAgainAt) throw uncounted();
    this.#askAgainAt = Date.now() + PAUSE;
    try {
      const answer = await inTime(question());
      this.#note(false, 'Redis is back: requests are counted again');
      return answer;
    } catch (cause) {
      this.#note(true, 'Redis is away: requests are not counted', cause);
      throw uncounted(cause);
    }
  }

  #note(isAway: boolean, message: string, err?: unknown): void {
    if (isAway === this.#isAway) return;
    this.#isAway = isAway;
    this.#logger.warn(err === undefined ? {} : { err }, message);
  }
}

async function inTime<T>(answer: Promise<T>): Promise<T> {
  const answered = new AbortController();
  try {
    return await Promise.race([answer, late(answered.signal)]);
  } finally {
    answered.abort();
  }
}

async function late(answered: AbortSignal): Promise<never> {
  await sleep(PATIENCE, undefined, { signal: answered });
  // This process may have been the busy one: what has come meanwhile is read before.
  await nextTurn();
  throw new Error(`Redis did not answer within ${PATIENCE} ms.`);
}

function uncounted(cause?: unknown): Refusal {
  return new Refusal(503, 'LIMITS_UNAVAILABLE', 'Requests cannot be counted right now. Try again later.', { cause });
}
