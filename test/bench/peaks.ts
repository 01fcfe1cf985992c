/** Milliseconds between looks at the memory. */
const SAMPLING = 5;

/** How long work took, and the most memory that was in use meanwhile, in bytes. */
export interface Peaks {
  readonly ms: number;
  readonly heap: number;
  readonly rss: number;
}

export async function withPeaks<T>(work: () => Promise<T>): Promise<Peaks & { readonly result: T }> {
  globalThis.gc?.();
  const peak = { heap: 0, rss: 0 };
  const look = () => {
    const { heapUsed, rss } = process.memoryUsage();
    peak.heap = Math.max(peak.heap, heapUsed);
    peak.rss = Math.max(peak.rss, rss);
  };
  const timer = setInterval(look, SAMPLING);
  const started = performance.now();
  const result = await work();
  const ms = performance.now() - started;
  look();
  clearInterval(timer);
  return { result, ms, ...peak };
}

/** As columns of a table. */
export function peakColumns({ ms, heap, rss }: Peaks) {
  const megabytes = (bytes: number) => (bytes / 1e6).toFixed(0);
  return { 'time (s)': (ms / 1_000).toFixed(2), 'peak heap (MB)': megabytes(heap), 'peak RSS (MB)': megabytes(rss) };
}
