import type { Browser, Route } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isChromiumHere, startChromium } from '../../../test/helpers/chromium.js';
import { isMissing } from '../../../test/helpers/programs.js';
import { confirmButton, finish, loggedIn, lookAgainButton, orderTokens, status } from './helpers/browsing';
import { keyOf } from './helpers/buyers';
import { held, offered, type Stack, sampleAsset, startStack, TREASURY } from './helpers/stack';

/** More than a float can hold. */
const HUGE = 10n ** 24n;

describe.skipIf(!isChromiumHere() || isMissing('nginx', 'redis-server', 'openssl'))('the front end in Chromium', () => {
  let browser: Browser;
  let stack: Stack;

  beforeAll(async () => {
    [browser, stack] = await Promise.all([startChromium(), startStack()]);
  });
  afterAll(() => Promise.all([browser?.close(), stack?.stop()]));

  it('an asset that an admin creates appears for an investor without a reload, and its tokens are bought', async () => {
    const { webUrl } = stack;
    const [admin, alice] = await Promise.all([loggedIn(browser, stack, 'admin'), loggedIn(browser, stack, 'alice')]);
    await alice.page.waitForURL('**/assets');

    await admin.page.goto(`${webUrl}/admin/assets/new`);
    await admin.page.getByLabel('Name').fill('Mill House');
    await admin.page.getByLabel('Symbol').fill('MILL');
    await admin.page.getByLabel('Description').fill('A mill by the river.');
    await admin.page.getByLabel('Total value').fill('1,250,000.50');
    await admin.page.getByLabel('Total supply').fill(HUGE.toString());
    await admin.page.getByText('Then publish it').click();
    await expect.poll(() => admin.page.getByText('$0.0000000000000000012500005').count()).toBe(1);
    await admin.page.getByRole('button', { name: 'Continue' }).click();
    await admin.page.getByRole('button', { name: 'Confirm' }).click();
    await status(admin.page).getByText('Asset ready for investment').waitFor();
    expect(await admin.page.getByText('committed').count()).toBe(3);

    await alice.page.getByRole('link', { name: 'Mill House' }).waitFor();
    const { items } = await stack.ledger.assets.list({ status: 'published' });
    const assetId = items.find(({ name }) => name === 'Mill House')?.assetId ?? '';
    expect(await held(stack, TREASURY, assetId)).toBe(HUGE);

    await orderTokens(alice.page, webUrl, assetId, '10');
    await confirmButton(alice.page).click();
    await alice.page.getByText('Accepted by the ledger').waitFor();
    await status(alice.page).getByText('Purchase successful').waitFor();
    const transactionId = await alice.page.locator('[data-step=purchase] code').innerText();
    expect(await stack.ledger.transactions.get(transactionId)).toMatchObject({ status: 'COMMITTED', amount: 10n });

    expect(await held(stack, 'wallet-alice', assetId)).toBe(10n);
    await alice.page.goto(`${webUrl}/portfolio`);
    const row = alice.page.locator(`[data-asset="${assetId}"]`);
    expect(await row.locator('td').allInnerTexts()).toEqual([
      'Mill House',
      '10',
      '$0.0000000000000000012500005',
      '$0.000000000000000012500005',
    ]);
    await admin.page.goto(`${webUrl}/admin/assets/${assetId}`);
    const shown = (wallet: string) => admin.page.locator(`[data-wallet="${wallet}"] td`).allInnerTexts();
    expect(await shown('wallet-alice')).toEqual(['wallet-alice', '10']);
    expect(await shown(TREASURY)).toEqual([TREASURY, '999,999,999,999,999,999,999,990']);
    expect([...admin.troubles, ...alice.troubles]).toEqual([]);
  });

  it('a double click, a reload and the back button of a purchase buy once', async () => {
    const { webUrl } = stack;
    const { assetId } = await sampleAsset(stack);
    const before = await held(stack, 'wallet-bob', assetId);
    const { page } = await loggedIn(browser, stack, 'bob');
    await orderTokens(page, webUrl, assetId, '7');
    const address = page.url();
    await confirmButton(page).dblclick();
    await page.reload();
    await finish(page);
    await page.goBack();
    await page.goForward();
    await status(page).getByText('Purchase successful').waitFor();
    await page.goto(address);
    await status(page).getByText('Purchase successful').waitFor();
    expect(await confirmButton(page).count()).toBe(0);
    expect(await held(stack, 'wallet-bob', assetId)).toBe(before + 7n);
  });

  describe('in two windows', () => {
    /** Two windows of one person, with the same order, which is not sent yet. */
    async function twoWindows(amount: string) {
      const { assetId } = await sampleAsset(stack);
      const before = await held(stack, 'wallet-alice', assetId);
      const { page, context } = await loggedIn(browser, stack, 'alice');
      await orderTokens(page, stack.webUrl, assetId, amount);
      const other = await context.newPage();
      await other.goto(page.url());
      await confirmButton(other).waitFor();
      const bought = async () => (await held(stack, 'wallet-alice', assetId)) - before;
      return { page, other, bought };
    }

    it('an order is sent by one at a time, so that no refusal hides what the other one has sent', async () => {
      const { page, other, bought } = await twoWindows('3');
      const begun: string[] = [];
      other.on('request', (request) => void begun.push(request.url()));
      let release = () => {};
      const released = new Promise<void>((resolve) => {
        release = resolve;
      });
      await page.route('**/send', async (route) => {
        await released;
        await route.continue();
      });
      const sent = page.waitForRequest('**/send');
      await confirmButton(page).click();
      await sent;
      await confirmButton(other).click();
      await other.getByRole('button', { name: 'Please wait' }).waitFor();
      await other.evaluate(() => fetch('/livez'));
      expect(begun.filter((url) => /begin|send/.test(url))).toEqual([]);
      release();
      for (const window of [page, other]) await status(window).getByText('Purchase successful').waitFor();
      expect(await bought()).toBe(3n);
    });

    it('an order is sent by the other one when the first one has waited for its response for too long', async () => {
      const { page, other, bought } = await twoWindows('4');
      await page.clock.install();
      await page.reload();
      await page.route('**/send', () => {});
      const sent = page.waitForRequest('**/send');
      await confirmButton(page).click();
      await sent;
      await confirmButton(other).click();
      await other.getByRole('button', { name: 'Please wait' }).waitFor();
      await page.clock.fastForward('05:00');
      await status(other).getByText('Purchase successful').waitFor();
      expect(await bought()).toBe(4n);
    });

    it.each([503, 429, 403])('one that is refused with %i shows what the other one has bought', async (code) => {
      const { page, other, bought } = await twoWindows('2');
      await confirmButton(page).click();
      await status(page).getByText('Purchase successful').waitFor();
      const failure = { status: code, code: 'ANY', sentence: 'It was not done.', advice: 'Try again.' };
      await other.route('**/send', (route) => route.fulfill({ json: { state: 'refused', failure } }));
      await confirmButton(other).click();
      await status(other).getByText('Purchase successful').waitFor();
      expect(await bought()).toBe(2n);
    });
  });

  it('a purchase that the ledger refuses after a lost request is over, and another one can be made', async () => {
    const assetId = await offered(stack, { name: 'Sold out' });
    const { page, context } = await loggedIn(browser, stack, 'alice');
    await orderTokens(page, stack.webUrl, assetId, '60');
    await page.route('**/send', (route) => route.abort(), { times: 1 });
    await confirmButton(page).click();
    await lookAgainButton(page).waitFor();
    const open = async () => (await context.cookies()).filter(({ name }) => name.startsWith('__Host-order-')).length;
    expect(await open()).toBe(1);
    await stack.ledger.tokens.transfer({ assetId, fromWallet: TREASURY, toWallet: 'wallet-bob', amount: 50 });
    await lookAgainButton(page).click();
    await status(page).getByText('This request changed nothing').waitFor();
    expect(await open()).toBe(0);
    expect(await held(stack, 'wallet-alice', assetId)).toBe(0n);
  });

  it('a purchase that was made is not shown as refused where its key is found with another price', async () => {
    const assetId = await offered(stack, { name: 'Repriced' });
    const { page, context } = await loggedIn(browser, stack, 'alice');
    await orderTokens(page, stack.webUrl, assetId, '1');
    const loseResponse = async (route: Route) => {
      const cookies = await context.cookies();
      await route.fetch();
      await context.clearCookies();
      await context.addCookies(cookies);
      await route.abort();
    };
    await page.route('**/send', loseResponse, { times: 1 });
    await page.route('**/state*', (route) => route.abort());
    await confirmButton(page).click();
    await lookAgainButton(page).waitFor();
    expect(await held(stack, 'wallet-alice', assetId)).toBe(1n);
    // As a number it is the price that was paid.
    const updates = { pricePerToken: '1.00000000000000000001' };
    await stack.ledger.assets.update(assetId, { updates, updaterWallet: TREASURY });
    const sent = page.waitForResponse('**/send');
    await lookAgainButton(page).click();
    const result = await (await sent).json();
    expect(result).toMatchObject({ state: 'unknown', failure: { code: 'OUTCOME_UNKNOWN' } });
    await page.unroute('**/state*');
    await lookAgainButton(page).click();
    await status(page).getByText('Purchase successful').waitFor();
  });

  it('a purchase that was sent is not shown as refused where its key is found with another amount', async () => {
    const assetId = await offered(stack, { name: 'Taken' });
    const { page } = await loggedIn(browser, stack, 'alice');
    await orderTokens(page, stack.webUrl, assetId, '1');
    const moved = { assetId, fromWallet: TREASURY, toWallet: 'wallet-alice', amount: 2 };
    await page.route('**/send', (route) => route.abort(), { times: 1 });
    await confirmButton(page).click();
    await lookAgainButton(page).waitFor();
    await stack.ledger.tokens.transfer(moved, { idempotencyKey: keyOf(page.url()) });
    const sent = page.waitForResponse('**/send');
    await lookAgainButton(page).click();
    const result = await (await sent).json();
    expect(result).toMatchObject({ state: 'unknown', failure: { code: 'IDEMPOTENCY_CONFLICT' } });
  });

  it('a purchase is answered though every instance of the front end is restarted meanwhile', async () => {
    const { assetId } = await sampleAsset(stack);
    const before = await held(stack, 'wallet-alice', assetId);
    const { page } = await loggedIn(browser, stack, 'alice');
    await orderTokens(page, stack.webUrl, assetId, '5');
    const sent = page.waitForRequest('**/send');
    const response = page.waitForResponse('**/send');
    await confirmButton(page).click();
    await sent;
    for (const instance of stack.web.instances) {
      await instance.stop();
      await instance.start();
    }
    expect(await (await response).json()).toMatchObject({ state: 'committed' });
    await status(page).getByText('Purchase successful').waitFor();
    expect(await held(stack, 'wallet-alice', assetId)).toBe(before + 5n);
  });

  it('after a lost request, a refusal does not say that nothing was changed, unless the ledger refuses', async () => {
    const { assetId } = await sampleAsset(stack);
    const { page } = await loggedIn(browser, stack, 'bob');
    await orderTokens(page, stack.webUrl, assetId, '1');
    await page.route('**/send', (route) => route.abort(), { times: 1 });
    await confirmButton(page).click();
    await lookAgainButton(page).waitFor();
    // Last in this file: without its data, keys are uncertain for a minute.
    await stack.redis.kill();
    const sent = page.waitForResponse('**/send');
    await lookAgainButton(page).click();
    const result = await (await sent).json();
    await lookAgainButton(page).waitFor();
    const text = await page.innerText('main');
    await stack.redis.start();
    expect(result).toMatchObject({ state: 'unknown', failure: { status: 503 } });
    expect(text).not.toMatch(/nothing was changed/i);
  });
});
