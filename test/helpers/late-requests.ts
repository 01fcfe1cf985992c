import * as fc from 'fast-check';
import type { Ending, LateRequest } from './late-request.js';

const SECOND = 1_000;
const HOUR = 3_600 * SECOND;
const STEPS = [90 * SECOND, -90 * SECOND, HOUR, -HOUR];

export interface Drawn {
  readonly uncertaintyWindow: number;
  /** The longest time that responses with lists travel. */
  readonly longestTravel: number;
  /** How often the system clock is stepped, at most; at least once, unless this is 0. */
  readonly mostSteps: number;
}

/** Requests that arrive anywhere within the window, and second calls anywhere in it and shortly after it. */
export function lateRequests({ uncertaintyWindow, longestTravel, mostSteps }: Drawn): fc.Arbitrary<LateRequest> {
  const within = (most: number) => fc.integer({ min: 0, max: Math.round(most) });
  const step = fc.record({ after: within(uncertaintyWindow), by: fc.constantFrom(...STEPS) });
  return fc.record({
    ending: fc.constantFrom('aborted' as const, '502' as const),
    endsAfter: within(uncertaintyWindow / 5),
    arrivesAfter: within(uncertaintyWindow),
    secondAfter: within(uncertaintyWindow * 1.2),
    travel: within(longestTravel),
    steps: fc.array(step, { minLength: Math.min(1, mostSteps), maxLength: mostSteps }),
  });
}

/** Cases in which an earlier version applied a request twice. */
export function knownRequests(uncertaintyWindow: number) {
  const ending = 'aborted' as const;
  const endsAfter = uncertaintyWindow / 100;
  return {
    /** The search for the key begins while the request may still arrive, misses it, and ends when it no longer may. */
    missed: {
      ending,
      endsAfter,
      arrivesAfter: uncertaintyWindow * 0.9,
      secondAfter: uncertaintyWindow * 0.6,
      travel: uncertaintyWindow * 0.7,
      steps: [],
    },
    /** On a server without a filter, the search reads several lists. */
    missedByPages: {
      ending,
      endsAfter,
      arrivesAfter: uncertaintyWindow * 0.45,
      secondAfter: uncertaintyWindow * 0.05,
      travel: uncertaintyWindow * 0.35,
      steps: [],
    },
    /** By the clock the window is over, and it is not. */
    stepped: {
      ending,
      endsAfter,
      arrivesAfter: uncertaintyWindow * 0.9,
      secondAfter: uncertaintyWindow * 0.2,
      travel: uncertaintyWindow / 100,
      steps: [{ after: uncertaintyWindow * 0.1, by: 90 * SECOND }],
    },
  } satisfies Record<string, LateRequest>;
}

/** The contradictions between the reported outcomes of a write and what was committed. */
export function wrongWith({ endings, commits }: { endings: readonly Ending[]; commits: readonly string[] }): string[] {
  const committed = commits.length === 1 ? [] : [`committed ${commits.length} times`];
  const last = endings.at(-1)?.outcome === 'done' ? [] : ['no call came through in the end'];
  const said = endings.flatMap(({ outcome, transactionId, code }, index) => {
    const isRight = outcome === 'unknown' || (outcome === 'done' && transactionId === commits[0]);
    return isRight ? [] : [`call ${index + 1} said ${outcome} (${code ?? transactionId})`];
  });
  return [...committed, ...last, ...said];
}
