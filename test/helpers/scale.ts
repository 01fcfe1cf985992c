/** 1 for `npm test`, 10 for `npm run test:long`, or the variable `TEST_SCALE`. */
const SCALE = Number(process.env.TEST_SCALE ?? 1);

/** Whether long forms of tests run. */
export const isLong = SCALE > 1;

/** A number of runs, multiplied in long forms. */
export function scaled(count: number): number {
  return Math.ceil(count * SCALE);
}

/** The stride through cases: long forms skip fewer of them. */
export function stride(step: number): number {
  return Math.max(1, Math.floor(step / SCALE));
}
