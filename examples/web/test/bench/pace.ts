import type { Browser, Page } from 'playwright-core';

/** What a person waits for and feels on a page. Milliseconds, but for the layout shift. */
export interface Pace {
  readonly lcp: number;
  readonly cls: number;
  /** What tasks took above 50 ms each, after the first paint: by the clock. */
  readonly tbt: number;
  /** The longest task: by the clock, and by the time of the processor, which a busy machine does not change. */
  readonly longest: number;
  readonly longestCpu: number;
}

/** In each page: what the browser itself reports. */
const OBSERVE = `{
  const seen = (globalThis.seen = { lcp: 0, cls: 0, tbt: 0 });
  const on = (type, take) =>
    new PerformanceObserver((list) => list.getEntries().forEach(take)).observe({ type, buffered: true });
  on('largest-contentful-paint', ({ startTime }) => (seen.lcp = startTime));
  on('layout-shift', ({ value, hadRecentInput }) => (seen.cls += hadRecentInput ? 0 : value));
  on('longtask', ({ duration }) => (seen.tbt += Math.max(0, duration - 50)));
}`;

export async function observed(page: Page): Promise<void> {
  await page.addInitScript(OBSERVE);
}

/** Measures what is done on a page, from its load on. */
export async function paceOf(browser: Browser, page: Page, work: () => Promise<void>): Promise<Pace> {
  await browser.startTracing(page, {
    categories: ['toplevel', 'devtools.timeline', 'disabled-by-default-devtools.timeline'],
  });
  await work();
  const { traceEvents } = JSON.parse((await browser.stopTracing()).toString()) as { traceEvents: TraceEvent[] };
  const seen = (await page.evaluate('globalThis.seen')) as Pick<Pace, 'lcp' | 'cls' | 'tbt'>;
  return { ...seen, ...longestTask(traceEvents) };
}

interface TraceEvent {
  readonly name: string;
  readonly ph: string;
  readonly pid: number;
  readonly tid: number;
  /** Microseconds: by the clock, and of the thread. */
  readonly dur?: number;
  readonly tdur?: number;
  readonly args: { readonly name?: string };
}

/** Of the threads that run the scripts of pages. */
function longestTask(events: readonly TraceEvent[]) {
  const main = new Set(
    events
      .filter(({ name, args }) => name === 'thread_name' && args.name === 'CrRendererMain')
      .map(({ pid, tid }) => `${pid} ${tid}`),
  );
  const tasks = events.filter(({ name, pid, tid }) => /RunTask$/.test(name) && main.has(`${pid} ${tid}`));
  const longest = (field: 'dur' | 'tdur') => Math.max(0, ...tasks.map((task) => task[field] ?? 0)) / 1_000;
  return { longest: longest('dur'), longestCpu: longest('tdur') };
}
