import { gzipSync } from 'node:zlib';
import type { Page } from 'playwright-core';

/** The JavaScript that Chromium downloads for a page, without a cache: bytes by gzip, by file. */
export async function scriptsOf(page: Page, url: string): Promise<ReadonlyMap<string, number>> {
  const sizes = new Map<string, number>();
  const reading: Promise<void>[] = [];
  const read = (response: Awaited<ReturnType<Page['waitForResponse']>>) => {
    if (response.request().resourceType() !== 'script') return;
    reading.push(response.body().then((body) => void sizes.set(response.url(), gzipSync(body).length)));
  };
  page.on('response', read);
  await page.goto(url, { waitUntil: 'networkidle' });
  page.off('response', read);
  await Promise.all(reading);
  return sizes;
}

export function total(sizes: ReadonlyMap<string, number>): number {
  return [...sizes.values()].reduce((sum, size) => sum + size, 0);
}
