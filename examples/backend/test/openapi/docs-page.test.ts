import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { isChromiumHere, startChromium } from '../../../../test/helpers/chromium.js';
import { ROUTES } from '../../../express/index.js';
import { ADMIN_KEY } from '../helpers/backend.js';
import { startExampleServer } from '../helpers/example-server.js';

/** Milliseconds in which the page must react; a commit takes 2,000. */
const TIMEOUT = 20_000;

describe.skipIf(!isChromiumHere())('/docs in Chromium', () => {
  let browser: Browser;
  let server: Awaited<ReturnType<typeof startExampleServer>>;

  beforeAll(async () => {
    [browser, server] = await Promise.all([startChromium(), startExampleServer(ADMIN_KEY)]);
  });
  afterAll(() => Promise.all([browser?.close(), server?.stop()]));

  /** The page, and whatever went wrong on it. */
  async function open() {
    const page = await browser.newPage();
    page.setDefaultTimeout(TIMEOUT);
    onTestFinished(() => page.close());
    const troubles: string[] = [];
    const seen: string[] = [];
    page.on('console', (message) => troubles.push(`${message.type()}: ${message.text()}`));
    page.on('pageerror', (error) => troubles.push(error.message));
    page.on('requestfailed', (request) => troubles.push(`${request.url()} ${request.failure()?.errorText}`));
    page.on('response', (response) => {
      seen.push(response.url());
      if (response.status() >= 400) troubles.push(`${response.url()} ${response.status()}`);
    });
    const response = await page.goto(`${server.origin}/docs`);
    await page.locator('.opblock').first().waitFor();
    return { page, response, troubles, seen };
  }

  /** Opens an operation and executes its example; answers the status that the page shows, and the body. */
  async function tryOut(page: Page, operationId: string) {
    const operation = page.locator(`.opblock[id$="-${operationId}"]`);
    await operation.locator('.opblock-summary-control').click();
    await operation.locator('button.execute').click();
    const answer = operation.locator('.live-responses-table .response').first();
    const status = await answer.locator('.response-col_status').innerText();
    return { status: status.trim(), body: await answer.locator('.highlight-code').first().innerText() };
  }

  it('shows every operation without errors, and loads resources of this server only', async () => {
    const { page, response, troubles, seen } = await open();
    expect(response?.status()).toBe(200);
    expect(response?.headers()['content-security-policy']).toMatch(/script-src 'self'(;|$)/);
    expect(await page.title()).toBe('Spydra backend');
    expect(await page.locator('.info h1, .info h2').first().innerText()).toContain('Spydra backend');
    expect(await page.locator('.servers select').inputValue()).toBe('/api/spydra');
    const tags = await page.locator('.opblock-tag').evaluateAll((headings) => headings.map(({ id }) => id));
    expect(tags).toEqual(
      ['Assets', 'Tokens', 'Wallets', 'Events', 'Transactions', 'Health'].map((tag) => `operations-tag-${tag}`),
    );

    const shown = await page.locator('.opblock').evaluateAll((blocks) => blocks.map(({ id }) => id.split('-').at(-1)));
    expect(shown.sort()).toEqual(
      [...Object.values(ROUTES).map(({ operationId }) => operationId), 'streamEvents'].sort(),
    );
    // The style sheet is at work: a method is white on a coloured ground.
    const colour = await page.evaluate('getComputedStyle(document.querySelector(".opblock-summary-method")).color');
    expect(colour).toBe('rgb(255, 255, 255)');
    expect(seen.filter((url) => !url.startsWith(server.origin))).toEqual([]);
    expect(troubles).toEqual([]);
  });

  it('executes a public operation', async () => {
    const { page, troubles } = await open();
    const list = await tryOut(page, 'listAssets');
    expect(list.status).toBe('200');
    expect(list.body).toContain('Harbour View Residences');
    expect((await tryOut(page, 'getAsset')).status).toBe('200');
    expect(troubles).toEqual([]);
  });

  it('executes an admin operation with the key', async () => {
    const { page, troubles } = await open();
    await page.locator('.btn.authorize').click();
    const dialog = page.locator('.auth-container', { hasText: 'X-API-Key' });
    await dialog.locator('input').fill(ADMIN_KEY);
    await dialog.locator('button[type=submit]').click();
    await page.locator('.btn-done').first().click();
    const minted = await tryOut(page, 'mintTokens');
    expect(minted.status).toBe('201');
    expect(minted.body).toContain('"newBalance": 100');
    expect(troubles).toEqual([]);
  });
});
