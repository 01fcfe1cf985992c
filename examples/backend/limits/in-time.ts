import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';

/**
 * Resolves with the result of a Redis command if it arrives in time.
 *
 * @throws Error if it does not.
 */
export async function inTime<T>(answer: Promise<T>, milliseconds: number): Promise<T> {
  const answered = new AbortController();
  try {
    return await Promise.race([answer, late(milliseconds, answered.signal)]);
  } finally {
    answered.abort();
  }
}

async function late(milliseconds: number, answered: AbortSignal): Promise<never> {
  await sleep(milliseconds, undefined, { signal: answered });
  // If the event loop was blocked, the reply may have arrived already: read it first.
  await nextTurn();
  throw new Error(`Redis did not answer within ${milliseconds} ms.`);
}
