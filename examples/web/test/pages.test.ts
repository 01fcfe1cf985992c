import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isChromiumHere, startChromium } from '../../../test/helpers/chromium.js';
import { isMissing } from '../../../test/helpers/programs.js';
import { confirmButton, loggedIn, logIn, newPerson, orderTokens, status } from './helpers/browsing';
import { held, PASSWORD, type Stack, sampleAsset, startStack } from './helpers/stack';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** The label or text of what has the focus. */
const FOCUSED = '(({ labels, textContent }) => labels?.[0]?.textContent || textContent)(document.activeElement)';

/** What axe finds on the page as it is. */
async function violations(page: Page): Promise<string[]> {
  // The policy of the page allows no script from elsewhere; a debugger's is not subject to it.
  await page.evaluate(AXE);
  const results = (await page.evaluate('axe.run(document)')) as {
    violations: { id: string; nodes: { target: string[]; failureSummary: string }[] }[];
  };
  const nodes = results.violations.flatMap(({ id, nodes }) => nodes.map((node) => ({ id, ...node })));
  return nodes.map(({ id, target, failureSummary }) => `${page.url()} ${id}: ${target.join(' ')} ${failureSummary}`);
}

describe.skipIf(!isChromiumHere() || isMissing('nginx', 'redis-server', 'openssl'))(
  'the pages of the front end',
  () => {
    let browser: Browser;
    let stack: Stack;

    beforeAll(async () => {
      [browser, stack] = await Promise.all([startChromium(), startStack({ instances: 1, webs: 1 })]);
    });
    afterAll(() => Promise.all([browser?.close(), stack?.stop()]));

    it.each(['light', 'dark'] as const)('axe finds nothing on any page, %s', async (colorScheme) => {
      const { webUrl } = stack;
      const { assetId } = await sampleAsset(stack);
      const found: string[] = [];
      const visit = async (page: Page, path: string) => {
        await page.goto(webUrl + path);
        found.push(...(await violations(page)));
      };
      const login = await newPerson(browser, { colorScheme });
      await visit(login.page, '/login');
      await visit(login.page, '/login?failed=refused');
      const admin = await loggedIn(browser, stack, 'admin', { colorScheme });
      for (const path of [
        '/admin',
        '/admin/distribute',
        `/admin/assets/${assetId}`,
        '/admin/assets/nothing',
        '/nothing',
      ]) {
        await visit(admin.page, path);
      }
      await admin.page.goto(`${webUrl}/admin/assets/new`);
      await admin.page.getByRole('button', { name: 'Continue' }).click();
      await admin.page.getByText('Name is required.').waitFor();
      found.push(...(await violations(admin.page)));
      await admin.page.goto(`${webUrl}/admin/assets/${assetId}`);
      for (const summary of await admin.page.locator('summary').all()) await summary.click();
      found.push(...(await violations(admin.page)));

      const alice = await loggedIn(browser, stack, 'alice', { colorScheme });
      for (const path of ['/assets', '/portfolio', `/assets/${assetId}`, '/forbidden']) await visit(alice.page, path);
      await alice.page.goto(`${webUrl}/assets/${assetId}`);
      await alice.page.getByRole('button', { name: 'Buy tokens' }).click();
      await alice.page.getByLabel('Tokens').fill('999999999999');
      found.push(...(await violations(alice.page)));
      await orderTokens(alice.page, webUrl, assetId, '1');
      found.push(...(await violations(alice.page)));
      await confirmButton(alice.page).click();
      await status(alice.page).getByText('Sent.').waitFor();
      found.push(...(await violations(alice.page)));
      await status(alice.page).getByText('Purchase successful').waitFor();
      found.push(...(await violations(alice.page)));
      expect(found).toEqual([]);
    });

    it('a purchase needs only the keyboard', async () => {
      const { webUrl } = stack;
      const { assetId, name } = await sampleAsset(stack);
      const before = await held(stack, 'wallet-alice', assetId);
      const { page } = await newPerson(browser);
      const { keyboard } = page;
      /** Presses Tab until the element has the focus. */
      const tabTo = async (label: string) => {
        const focused = async () => String(await page.evaluate(FOCUSED)).trim();
        for (let presses = 0; (await focused()) !== label; presses++) {
          if (presses > 60) throw new Error(`Tab does not reach ${label}.`);
          await keyboard.press('Tab');
        }
      };
      await page.goto(`${webUrl}/login`);
      await tabTo('Name');
      await keyboard.type('alice');
      await tabTo('Password');
      await keyboard.type(PASSWORD);
      await keyboard.press('Enter');
      await page.waitForURL('**/assets');
      await tabTo(name);
      await keyboard.press('Enter');
      await page.waitForURL('**/assets/*');
      await page.getByRole('button', { name: 'Buy tokens' }).waitFor();
      await tabTo('Buy tokens');
      await keyboard.press('Enter');
      await tabTo('Tokens');
      await keyboard.type('4');
      await keyboard.press('Enter');
      await page.waitForURL('**/orders/**');
      await confirmButton(page).waitFor();
      await tabTo('Confirm purchase');
      await keyboard.press('Enter');
      await status(page).getByText('Purchase successful').waitFor();
      expect(await held(stack, 'wallet-alice', assetId)).toBe(before + 4n);
    });

    it('no page is wider than a screen of 360 px', async () => {
      const { webUrl } = stack;
      const { assetId } = await sampleAsset(stack);
      const { page } = await newPerson(browser, { viewport: { width: 360, height: 780 } });
      const wide: string[] = [];
      const measure = async (path: string) => {
        await page.goto(webUrl + path);
        if (await page.evaluate('document.documentElement.scrollWidth > 360')) wide.push(path);
      };
      await measure('/login');
      await logIn(page, webUrl, 'alice');
      for (const path of ['/assets', `/assets/${assetId}`, '/portfolio']) await measure(path);
      await page.context().clearCookies();
      await logIn(page, webUrl, 'admin');
      for (const path of ['/admin', `/admin/assets/${assetId}`, '/admin/assets/new', '/admin/distribute'])
        await measure(path);
      expect(wide).toEqual([]);
    });

    it('the scripts of an investor are at most 45 kB gzip above those of an empty page', async () => {
      const { webUrl } = stack;
      const { assetId } = await sampleAsset(stack);
      const { page, context } = await loggedIn(browser, stack, 'alice');
      /** The scripts that a page loads, by URL, and their compressed bytes. */
      const scriptsOf = async (path: string) => {
        const session = await context.newCDPSession(page);
        const urls = new Map<string, string>();
        const bytes = new Map<string, number>();
        session.on('Network.responseReceived', ({ requestId, response, type }) => {
          if (type === 'Script') urls.set(requestId, response.url);
        });
        session.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
          const url = urls.get(requestId);
          if (url) bytes.set(url, encodedDataLength);
        });
        await session.send('Network.enable');
        await session.send('Network.setCacheDisabled', { cacheDisabled: true });
        await page.goto(webUrl + path, { waitUntil: 'networkidle' });
        await session.detach();
        return bytes;
      };
      const sizeOf = (scripts: ReadonlyMap<string, number>) =>
        [...scripts.values()].reduce((sum, bytes) => sum + bytes, 0);
      // A page with a sentence and a link.
      const empty = sizeOf(await scriptsOf('/nothing'));
      expect(empty).toBeGreaterThan(50_000);
      for (const path of ['/assets', `/assets/${assetId}`, '/portfolio']) {
        const size = sizeOf(await scriptsOf(path));
        expect(size - empty, `${path}: ${size} bytes, an empty page ${empty}`).toBeLessThan(45_000);
      }
    });
  },
);
