import { config } from '../config';

/** Counts of a backend since its start. */
export interface BackendCounts {
  readonly url: string;
  /** Reads by what the cache did: `hit`, `miss`, …; undefined if the backend does not respond. */
  readonly cache?: ReadonlyMap<string, number>;
  /** Writes by outcome. */
  readonly writes?: ReadonlyMap<string, number>;
}

const TIMEOUT = 3_000;

/** Reads the metrics of each backend. */
export function backendCounts(): Promise<BackendCounts[]> {
  return Promise.all(
    config().metricsUrls.map(async (url) => {
      const text = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT) })
        .then((response) => (response.ok ? response.text() : undefined))
        .catch(() => undefined);
      if (text === undefined) return { url };
      return {
        url,
        cache: sumBy(text, 'spydra_cache_events_total', 'event'),
        writes: sumBy(text, 'spydra_writes_total', 'outcome'),
      };
    }),
  );
}

/** Sums a counter in Prometheus's text format by one of its labels. */
export function sumBy(text: string, counter: string, label: string): Map<string, number> {
  const sums = new Map<string, number>();
  for (const line of text.split('\n')) {
    const [, labels = '', value] = new RegExp(`^${counter}\\{(.*)\\} (\\S+)`).exec(line) ?? [];
    const [, name] = new RegExp(`(?:^|,)${label}="([^"]*)"`).exec(labels) ?? [];
    if (name !== undefined) sums.set(name, (sums.get(name) ?? 0) + Number(value));
  }
  return sums;
}
