import * as fc from 'fast-check';
import pMap from 'p-map';
import type { IdempotencyMode } from 'spydra-sdk/sandbox';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type LateRequest, reconcileMeanwhile, writeTwice } from '../helpers/late-request.js';
import { knownRequests, lateRequests, wrongWith } from '../helpers/late-requests.js';
import { scaled } from '../helpers/scale.js';
import { SteppedClock } from '../helpers/stepped-clock.js';

// As in test/unit/ledger/late-request.test.ts, over real sockets and in real time. A few runs are concurrent, and each
// is affected by the clock steps of all.

const UNCERTAINTY_WINDOW = 400;
/** Concurrent runs: with many of them, requests would be too late for the window, and lost. */
const CONCURRENCY = 4;

/** Runs the known difficult cases, and random ones. */
function runs<T>(mostSteps: number, run: (late: LateRequest) => Promise<T>): Promise<T[]> {
  const requests = lateRequests({
    uncertaintyWindow: UNCERTAINTY_WINDOW,
    longestTravel: 2 * UNCERTAINTY_WINDOW,
    mostSteps,
  });
  const drawn = fc.sample(requests, { numRuns: scaled(1), seed: 1 });
  const { missed, missedByPages, stepped } = knownRequests(UNCERTAINTY_WINDOW);
  const known = mostSteps === 0 ? [missed, missedByPages] : [stepped];
  return pMap([...known, ...drawn], run, { concurrency: CONCURRENCY });
}

/** Over sockets, with a clock that can be stepped until the test is over. */
function place(kind: IdempotencyMode) {
  const clock = new SteppedClock();
  onTestFinished(() => clock[Symbol.dispose]());
  return { kind, uncertaintyWindow: UNCERTAINTY_WINDOW, overHttp: true, step: (by: number) => clock.step(by) };
}

describe.each(['header', 'filter', 'none'] as const)(
  'over HTTP, on a server of the kind %j, a late request',
  (kind) => {
    it.each([
      ['wherever a second call under its key begins', 0],
      ['however the system clock is stepped meanwhile', 3],
    ])('is applied once, %s', async (_when, mostSteps) => {
      const where = place(kind);
      const seen = await runs(mostSteps, async (late) => ({ late, wrong: wrongWith(await writeTwice(late, where)) }));
      expect(seen.filter(({ wrong }) => wrong.length > 0)).toEqual([]);
    });

    it('is never applied after a final not-found, however the system clock is stepped', async () => {
      const where = place(kind);
      const seen = await runs(3, async (request) => {
        const late = { ...request, ending: 'aborted' as const };
        return { late, ...(await reconcileMeanwhile(late, where)) };
      });
      const wrong = seen.filter(({ answers, commits }) => commits.length > 0 && answers.includes('not-found, final'));
      expect(wrong).toEqual([]);
    });
  },
);
