import * as fc from 'fast-check';
import type { IdempotencyMode } from 'spydra-sdk/sandbox';
import { describe, expect, it, vi } from 'vitest';
import { type LateRequest, reconcileMeanwhile, writeTwice } from '../../helpers/late-request.js';
import { knownRequests, lateRequests, wrongWith } from '../../helpers/late-requests.js';
import { scaled } from '../../helpers/scale.js';
import { fakeTime, leaping } from '../../helpers/time.js';

// A call ends while its request is delayed, and another call under its key begins. Whenever in the uncertainty
// window the request arrives, however long responses travel and however the system clock is set, the write is applied
// once.

const RUNS = scaled(10);
const UNCERTAINTY_WINDOW = 1_000;
const DRAWN = { uncertaintyWindow: UNCERTAINTY_WINDOW, longestTravel: 2_000 };

const place = (kind: IdempotencyMode) => ({
  kind,
  uncertaintyWindow: UNCERTAINTY_WINDOW,
  overHttp: false,
  step: (by: number) => vi.setSystemTime(Date.now() + by),
});

const { missed, missedByPages, stepped } = knownRequests(UNCERTAINTY_WINDOW);

/** Checks the results of each of many runs. */
function always<T>(requests: fc.Arbitrary<LateRequest>, examples: LateRequest[], work: Run<T>, wrong: Wrong<T>) {
  const property = fc.asyncProperty(requests, async (late) => {
    expect(wrong(await leaping(work(late)))).toEqual([]);
  });
  return fc.assert(property, { numRuns: RUNS, examples: examples.map((example) => [example] as [LateRequest]) });
}
type Run<T> = (late: LateRequest) => Promise<T>;
type Wrong<T> = (seen: T) => string[];

describe.each(['header', 'filter', 'none'] as const)('a late request, on a server of the kind %j', (kind) => {
  it('is applied once, whenever a second call under its key begins', async () => {
    fakeTime();
    const requests = lateRequests({ ...DRAWN, mostSteps: 0 });
    await always(requests, [missed, missedByPages], (late) => writeTwice(late, place(kind)), wrongWith);
  });

  it('is applied once, however the system clock is stepped', async () => {
    fakeTime();
    const requests = lateRequests({ ...DRAWN, mostSteps: 3 });
    await always(requests, [stepped], (late) => writeTwice(late, place(kind)), wrongWith);
  });

  it('is never reported as finally not found before it is applied, however the system clock is stepped', async () => {
    fakeTime();
    const requests = lateRequests({ ...DRAWN, mostSteps: 3 }).map((late) => ({ ...late, ending: 'aborted' as const }));
    const final = ({ answers }: { answers: readonly string[] }) => answers.filter((answer) => answer.endsWith('final'));
    await always(requests, [stepped], (late) => reconcileMeanwhile(late, place(kind)), final);
  });
});
