import { readFile } from 'node:fs/promises';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isChromiumHere, startChromium } from '../../../test/helpers/chromium.js';
import { isMissing } from '../../../test/helpers/programs.js';
import { loggedIn, status } from './helpers/browsing';
import { held, offered, type Stack, startStack, TREASURY } from './helpers/stack';

describe.skipIf(!isChromiumHere() || isMissing('nginx', 'redis-server', 'openssl'))('an admin', () => {
  let browser: Browser;
  let stack: Stack;

  beforeAll(async () => {
    [browser, stack] = await Promise.all([startChromium(), startStack({ instances: 1, webs: 1, blockTime: '200ms' })]);
  });
  afterAll(() => Promise.all([browser?.close(), stack?.stop()]));

  /** Does an action on the page of an asset, and waits until it is done. */
  async function act(page: Page, assetId: string, title: string, fields: Record<string, string>, done: string) {
    await page.goto(`${stack.webUrl}/admin/assets/${assetId}`);
    await page.locator('summary', { hasText: title }).click();
    const form = page.getByRole('form', { name: title });
    for (const [label, value] of Object.entries(fields)) await form.getByLabel(label).fill(value);
    await form.getByRole('button', { name: 'Continue' }).click();
    await page.getByRole('button', { name: 'Confirm' }).click();
    await status(page).getByText(done).waitFor();
    await page.getByText('Transaction').waitFor();
  }

  it('mints, transfers, burns and updates, and the ledger agrees', async () => {
    const assetId = await offered(stack);
    const { page, troubles } = await loggedIn(browser, stack, 'admin');
    await act(page, assetId, 'Update', { 'Total supply': '1,000', Name: 'Another name' }, 'Asset updated');
    await act(page, assetId, 'Mint', { Tokens: '50', 'Into wallet': 'wallet-x' }, 'Tokens minted');
    await act(page, assetId, 'Transfer', { Tokens: '30', 'To wallet': 'wallet-y' }, 'Tokens transferred');
    await act(page, assetId, 'Burn', { Tokens: '7', Reason: 'redeemed' }, 'Tokens burned');
    expect(await held(stack, TREASURY, assetId)).toBe(100n - 30n - 7n);
    expect(await held(stack, 'wallet-x', assetId)).toBe(50n);
    expect(await held(stack, 'wallet-y', assetId)).toBe(30n);
    expect(await stack.ledger.assets.get(assetId)).toMatchObject({ name: 'Another name', totalSupply: 1_000n });
    await page.goto(`${stack.webUrl}/admin/assets/${assetId}`);
    await page.getByRole('heading', { name: 'Another name' }).waitFor();
    expect(await page.locator('[data-wallet="wallet-x"] td').allInnerTexts()).toEqual(['wallet-x', '50']);
    expect(troubles).toEqual([]);
  });

  it('is shown what is wrong with a field where it stands, and nothing is sent', async () => {
    const assetId = await offered(stack);
    const { page } = await loggedIn(browser, stack, 'admin');
    await page.goto(`${stack.webUrl}/admin/assets/${assetId}`);
    await page.locator('summary', { hasText: 'Transfer' }).click();
    const form = page.getByRole('form', { name: 'Transfer' });
    await form.getByLabel('Tokens').fill('1,5');
    await form.getByLabel('To wallet').fill(TREASURY);
    await form.getByRole('button', { name: 'Continue' }).click();
    await form.getByText('Tokens must be whole tokens above zero').waitFor();
    await form.getByText('To wallet must be another wallet').waitFor();
    expect(await form.locator('[aria-invalid=true]').count()).toBe(2);
    expect(new URL(page.url()).pathname).toBe(`/admin/assets/${assetId}`);
  });

  it('distributes tokens by a file, once for each line however often it is sent, and gets a report', async () => {
    const assetId = await offered(stack, { name: 'Distributed' });
    const { page } = await loggedIn(browser, stack, 'admin');
    await page.goto(`${stack.webUrl}/admin/distribute`);
    await page.waitForURL('**/distribute?reference=*');
    const choose = async (text: string) => {
      await page.getByLabel('Asset').selectOption(assetId);
      await page
        .getByLabel('CSV file')
        .setInputFiles({ name: 'a.csv', mimeType: 'text/csv', buffer: Buffer.from(text) });
    };
    await choose('wallet,amount\nwallet-1,5\nwallet-2,1.5\n');
    await page.getByText('Line 3 has no amount of whole tokens above zero.').waitFor();
    expect(await page.getByRole('button', { name: 'Distribute' }).count()).toBe(0);

    // The wallet of two lines gets both; the last line is more than is left.
    const file = 'wallet,amount\nwallet-1,5\nwallet-2,6\nwallet-1,5\nwallet-3,1000\n';
    for (let time = 0; time < 2; time++) {
      await choose(file);
      await page.getByRole('button', { name: 'Distribute' }).click();
      await page.getByText('3 done, 1 not done, 0 not known.').waitFor();
      const download = page.waitForEvent('download');
      await page.getByRole('button', { name: 'Save the report' }).click();
      const report = await readFile(await (await download).path(), 'utf8');
      expect(report.match(/done, transaction/g)).toHaveLength(3);
      expect(report).toContain('5,wallet-3,1000,not done');
      expect(await held(stack, 'wallet-1', assetId)).toBe(10n);
      expect(await held(stack, 'wallet-2', assetId)).toBe(6n);
      await page.reload();
    }
  });

  it('sees of each line of a file what an earlier run has done, though nothing can be sent now', async () => {
    const assetId = await offered(stack, { name: 'Distributed before' });
    const { page } = await loggedIn(browser, stack, 'admin');
    await page.goto(`${stack.webUrl}/admin/distribute`);
    await page.waitForURL('**/distribute?reference=*');
    const distribute = async (text: string) => {
      await page.getByLabel('Asset').selectOption(assetId);
      await page
        .getByLabel('CSV file')
        .setInputFiles({ name: 'a.csv', mimeType: 'text/csv', buffer: Buffer.from(text) });
      await page.getByRole('button', { name: 'Distribute' }).click();
    };
    await distribute('wallet,amount\nwallet-4,5\n');
    await page.getByText('1 done, 0 not done, 0 not known.').waitFor();
    // Without it no backend can know whether another one is about to send the same.
    await stack.redis.kill();
    await page.reload();
    await distribute('wallet,amount\nwallet-4,5\nwallet-5,6\n');
    await page.getByText('1 done, 1 not done, 0 not known.').waitFor();
    await stack.redis.start();
    expect(await held(stack, 'wallet-4', assetId)).toBe(5n);
    expect(await held(stack, 'wallet-5', assetId)).toBe(0n);
  });
});
