import { setTimeout as sleep } from 'node:timers/promises';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isChromiumHere, startChromium } from '../../../test/helpers/chromium.js';
import { isMissing } from '../../../test/helpers/programs.js';
import { loggedIn } from './helpers/browsing';
import { type Stack, startStack, TREASURY } from './helpers/stack';

/** Milliseconds by which responses are later than the next event. */
const LATENCY = 500;
/** Events of the ledger without an end, one every 50 ms. */
const EVENTS = `globalThis.EventSource = class extends EventTarget {
  #timer = setInterval(() => this.dispatchEvent(new Event('transaction')), 50);
  close() { clearInterval(this.#timer); }
}`;

describe.skipIf(!isChromiumHere() || isMissing('nginx', 'redis-server', 'openssl'))('a page while much happens', () => {
  let browser: Browser;
  let stack: Stack;

  beforeAll(async () => {
    [browser, stack] = await Promise.all([startChromium(), startStack({ instances: 1, webs: 1, blockTime: '100ms' })]);
  });
  afterAll(() => Promise.all([browser?.close(), stack?.stop()]));

  it('shows what is new, and can be left, although events never pause and responses are slow', async () => {
    const { page, context } = await loggedIn(browser, stack, 'alice');
    await context.addInitScript(EVENTS);
    await context.route('**/*_rsc=*', async (route) => {
      await sleep(LATENCY);
      await route.continue().catch(() => {});
    });
    await page.goto(`${stack.webUrl}/assets`);
    await page.getByRole('link', { name: 'Harbour View Residences' }).waitFor();

    const { assetId } = await stack.ledger.assets.create({
      name: 'Mill House',
      symbol: 'MILL',
      description: 'A mill by the river.',
      assetType: 'real-estate',
      totalValue: '100',
      totalSupply: 10n,
      creatorWallet: TREASURY,
    });
    await stack.ledger.assets.publish(assetId, { publisherWallet: TREASURY });
    await page.getByRole('link', { name: 'Mill House' }).waitFor();
    await page.getByRole('link', { name: 'Mill House' }).click();
    await page.getByRole('heading', { name: 'Mill House', level: 1 }).waitFor();
    expect(new URL(page.url()).pathname).toBe(`/assets/${assetId}`);
  });
});
