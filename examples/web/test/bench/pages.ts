import { loadavg } from 'node:os';
import type { Browser, Page } from 'playwright-core';
import { printTable } from '../../../../test/bench/table.js';
import { startChromium } from '../../../../test/helpers/chromium.js';
import { loggedIn, newPerson } from '../helpers/browsing';
import { type Stack, sampleAsset, startStack } from '../helpers/stack';
import { openMarket } from './market';
import { observed, type Pace, paceOf } from './pace';
import { scriptsOf, total } from './weight';

/*
 * What the pages of an investor weigh, and how they feel with 1,000 assets and a portfolio of 500. All of it is on this one
 * machine: times by the processor say more than those by the clock.
 */

const ASSETS = 1_000;
const HOLDINGS = 500;
/** Of each page, interleaved: the load of the machine is the same for all. */
const RUNS = 3;
/** Kilobytes of JavaScript by gzip, above a page without any of its own. */
const MOST_SCRIPT = 45;
const MOST_SHIFT = 0.1;
/** Milliseconds of the processor. */
const LONGEST_TASK = 200;
const SCROLLS = 20;

type Use = (page: Page, webUrl: string) => Promise<void>;

/** What a person does on each page. */
const USES: Readonly<Record<string, Use>> = {
  '/assets': async (page, webUrl) => {
    await page.goto(`${webUrl}/assets`);
    await page.getByText('Page 1 of').waitFor();
    await scroll(page);
    await page.getByRole('link', { name: 'Next' }).click();
    await page.getByText('Page 2 of').waitFor();
    await scroll(page);
  },
  '/portfolio': async (page, webUrl) => {
    await page.goto(`${webUrl}/portfolio`);
    await page.getByText('Page 1 of').waitFor();
    await scroll(page);
    await page.getByRole('link', { name: 'Next' }).click();
    await page.getByText('Page 2 of').waitFor();
    await scroll(page);
  },
  'an asset': async (page, webUrl) => {
    await page.goto(`${webUrl}/assets`);
    await page.getByRole('link', { name: 'Asset ' }).first().click();
    await page.getByRole('button', { name: 'Buy tokens' }).click();
    await page.getByLabel('Tokens').pressSequentially('1,000,000,000', { delay: 20 });
    await scroll(page);
  },
};

async function scroll(page: Page): Promise<void> {
  for (let count = 0; count < SCROLLS; count++) {
    await page.mouse.wheel(0, 250);
    await page.evaluate('new Promise(requestAnimationFrame)');
  }
}

async function main(): Promise<void> {
  const stack = await startStack({
    instances: 2,
    webs: 1,
    blockTime: '200ms',
    environment: { RATE_LIMIT_PER_KEY: '1000000', LOG_LEVEL: 'warn' },
  });
  const browser = await startChromium();
  try {
    process.exitCode = [await weigh(browser, stack), await feel(browser, stack)].every(Boolean) ? 0 : 1;
  } finally {
    await browser.close();
    await stack.stop();
  }
}

/** Each page in a browser of its own, without a cache. */
async function weigh(browser: Browser, stack: Stack): Promise<boolean> {
  const stranger = await newPerson(browser);
  const empty = total(await scriptsOf(stranger.page, `${stack.webUrl}/login`));
  const rows: { page: string; kB: string; above: string; files: number }[] = [];
  let isLight = true;
  const { assetId } = await sampleAsset(stack);
  for (const [name, path] of Object.entries({
    '/assets': '/assets',
    'an asset': `/assets/${assetId}`,
    '/portfolio': '/portfolio',
  })) {
    const { page, context } = await loggedIn(browser, stack, 'alice');
    await (await context.newCDPSession(page)).send('Network.setCacheDisabled', { cacheDisabled: true });
    const scripts = await scriptsOf(page, stack.webUrl + path);
    const above = (total(scripts) - empty) / 1_000;
    isLight &&= above <= MOST_SCRIPT;
    rows.push({ page: name, kB: (total(scripts) / 1_000).toFixed(1), above: above.toFixed(1), files: scripts.size });
    await context.close();
  }
  printTable(`JavaScript by gzip; /login has none of its own: ${(empty / 1_000).toFixed(1)} kB`, rows);
  process.stdout.write(isLight ? '' : `More than ${MOST_SCRIPT} kB above an empty page.\n`);
  return isLight;
}

async function feel(browser: Browser, stack: Stack): Promise<boolean> {
  await openMarket(stack.ledger, ASSETS, 'wallet-alice', HOLDINGS);
  const paces = new Map<string, Pace[]>(Object.keys(USES).map((name) => [name, []]));
  for (let run = 0; run < RUNS; run++) {
    for (const [name, use] of Object.entries(USES)) {
      const { page, context } = await loggedIn(browser, stack, 'alice');
      await observed(page);
      paces.get(name)?.push(await paceOf(browser, page, () => use(page, stack.webUrl)));
      await context.close();
    }
  }
  const rows = [...paces].map(([page, all]) => {
    const worst = (field: keyof Pace) => Math.max(...all.map((pace) => pace[field]));
    const ms = (field: keyof Pace) => worst(field).toFixed(0);
    return {
      page,
      'LCP ms': ms('lcp'),
      'TBT ms': ms('tbt'),
      CLS: worst('cls').toFixed(3),
      'longest task ms': ms('longest'),
      'of the processor ms': ms('longestCpu'),
      isSmooth: worst('cls') < MOST_SHIFT && worst('longestCpu') < LONGEST_TASK,
    };
  });
  const isSmooth = rows.every((row) => row.isSmooth);
  printTable(
    `With ${ASSETS} assets and a portfolio of ${HOLDINGS}: the worst of ${RUNS} runs; load ${loadavg()[0]?.toFixed(1)}`,
    rows.map(({ isSmooth, ...row }) => row),
  );
  process.stdout.write(isSmooth ? '' : `A task above ${LONGEST_TASK} ms, or a layout shift above ${MOST_SHIFT}.\n`);
  return isSmooth;
}

await main();
