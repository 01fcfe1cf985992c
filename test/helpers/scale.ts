/** 1 for `npm test`, 10 for `npm run test:long`; `TEST_SCALE=100 npm run test:long` runs longer still. */
const SCALE = Number(process.env.TEST_SCALE ?? 1);

/** Whether there is time for what is long. */
export const isLong = SCALE > 1;

/** How many of something, where `npm test` takes so many. */
export function scaled(count: number): number {
  return Math.ceil(count * SCALE);
}

/** The stride through cases, where `npm test` skips most of them. */
export function stride(step: number): number {
  return Math.max(1, Math.floor(step / SCALE));
}
