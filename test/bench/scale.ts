/** Whether a bench runs in its long form: `npm run bench -- --long`. */
export const isLong = process.env.BENCH_LONG === '1';
