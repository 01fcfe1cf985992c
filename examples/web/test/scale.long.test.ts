import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isChromiumHere, startChromium } from '../../../test/helpers/chromium.js';
import { isMissing } from '../../../test/helpers/programs.js';
import { loggedIn } from './helpers/browsing';
import { type Stack, startStack, TREASURY } from './helpers/stack';

const ASSETS = 1_000;
const HELD = 500;
/** Writes to the ledger at the same time: they share blocks. */
const PARALLEL = 50;

/** Collects, in the page, what moved, what blocked and when the largest element was shown. */
const OBSERVE = `
  window.seen = { shift: 0, tasks: [], lcp: 0 };
  const observe = (type, each) => new PerformanceObserver((list) => list.getEntries().forEach(each)).observe({ type, buffered: true });
  observe('layout-shift', (entry) => { if (!entry.hadRecentInput) window.seen.shift += entry.value; });
  observe('longtask', (entry) => window.seen.tasks.push(entry.duration));
  observe('largest-contentful-paint', (entry) => { window.seen.lcp = entry.startTime; });
`;

interface Seen {
  readonly shift: number;
  readonly tasks: readonly number[];
  readonly lcp: number;
}

describe.skipIf(!isChromiumHere() || isMissing('nginx', 'redis-server', 'openssl'))('a thousand assets', () => {
  let browser: Browser;
  let stack: Stack;

  beforeAll(async () => {
    [browser, stack] = await Promise.all([startChromium(), startStack({ instances: 1, webs: 1, blockTime: '50ms' })]);
    const { ledger } = stack;
    const numbers = Array.from({ length: ASSETS }, (_, number) => number);
    await Promise.all(
      Array.from({ length: PARALLEL }, async () => {
        for (let number = numbers.pop(); number !== undefined; number = numbers.pop()) {
          const { assetId } = await ledger.assets.create({
            name: `House ${number}`,
            symbol: `H${number}`,
            description: 'A house.',
            assetType: 'real-estate',
            totalValue: '1000.5',
            totalSupply: 10n ** 24n,
            creatorWallet: TREASURY,
          });
          await ledger.assets.publish(assetId, { publisherWallet: TREASURY });
          await ledger.tokens.mint({ assetId, recipientWallet: TREASURY, amount: 1_000n });
          if (number < HELD) await ledger.tokens.mint({ assetId, recipientWallet: 'wallet-alice', amount: 10n ** 20n });
        }
      }),
    );
  });
  afterAll(() => Promise.all([browser?.close(), stack?.stop()]));

  async function use(page: Page, path: string, work: () => Promise<void>): Promise<Seen> {
    await page.goto(stack.webUrl + path, { waitUntil: 'networkidle' });
    for (let step = 0; step < 10; step++) {
      await page.mouse.wheel(0, 400);
      await page.evaluate('new Promise((resolve) => requestAnimationFrame(resolve))');
    }
    await work();
    const seen = (await page.evaluate('window.seen')) as Seen;
    const blocked = seen.tasks.reduce((sum, task) => sum + Math.max(0, task - 50), 0);
    process.stdout.write(
      `${path}: LCP ${seen.lcp.toFixed(0)} ms, TBT ${blocked.toFixed(0)} ms, CLS ${seen.shift.toFixed(3)}, ` +
        `longest task ${Math.max(0, ...seen.tasks).toFixed(0)} ms\n`,
    );
    return seen;
  }

  it('the pages of an investor neither jump nor stall while one scrolls and types', async () => {
    const { page } = await loggedIn(browser, stack, 'alice');
    await page.addInitScript(OBSERVE);
    const results = [
      await use(page, '/assets', async () => void (await page.getByText(/Page 1 of 4\d/).waitFor())),
      await use(page, '/portfolio', async () => {
        await page.getByText('Page 1 of 11').waitFor();
        expect(await page.locator('[data-asset]').count()).toBe(50);
      }),
    ];
    await page.goto(`${stack.webUrl}/assets`);
    const path = await page
      .getByRole('link', { name: /^House/ })
      .first()
      .getAttribute('href');
    results.push(
      await use(page, path ?? '', async () => {
        await page.getByRole('button', { name: 'Buy tokens' }).click();
        await page.getByLabel('Tokens').pressSequentially('999', { delay: 10 });
        await page.getByText('Left afterwards').waitFor();
      }),
    );
    for (const { shift, tasks } of results) {
      expect(shift).toBeLessThan(0.1);
      expect(Math.max(0, ...tasks)).toBeLessThan(200);
    }
  });
});
