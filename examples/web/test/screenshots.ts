import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { startChromium } from '../../../test/helpers/chromium.js';
import { confirmButton, loggedIn, lookAgainButton, newPerson, orderTokens, status } from './helpers/browsing';
import { offered, type Stack, sampleAsset, startStack } from './helpers/stack';

/*
 * Takes a picture of each page and state, narrow and wide, light and dark, for a person to see:
 * npx tsx examples/web/test/screenshots.ts <folder>
 */

const [folder = 'screenshots'] = process.argv.slice(2);
const WIDTHS = [360, 1_280];
const SCHEMES = ['light', 'dark'] as const;

mkdirSync(folder, { recursive: true });
const [browser, stack] = await Promise.all([startChromium(), startStack({ instances: 1, webs: 1 })]);
try {
  await offered(stack, {
    name: 'A long name of a house that needs more than one line',
    totalSupply: `1${'0'.repeat(24)}`,
  });
  for (const width of WIDTHS) for (const colorScheme of SCHEMES) await takeAll(browser, stack, width, colorScheme);
} finally {
  await Promise.all([browser.close(), stack.stop()]);
}

async function takeAll(browser: Browser, stack: Stack, width: number, colorScheme: 'light' | 'dark'): Promise<void> {
  const { webUrl } = stack;
  const { assetId } = await sampleAsset(stack);
  const options = { colorScheme, viewport: { width, height: 900 } };
  const save = async (page: Page, name: string) => {
    await page.screenshot({ path: join(folder, `${name}-${width}-${colorScheme}.png`), fullPage: true });
  };
  const visit = async (page: Page, path: string, name: string) => {
    await page.goto(webUrl + path);
    await save(page, name);
  };

  const { page: login } = await newPerson(browser, options);
  await visit(login, '/login?failed=refused', 'login');

  const { page: admin } = await loggedIn(browser, stack, 'admin', options);
  await visit(admin, '/admin', 'overview');
  await visit(admin, `/admin/assets/${assetId}`, 'manage');
  await visit(admin, '/admin/distribute', 'distribute');
  await admin.goto(`${webUrl}/admin/assets/new`);
  await admin.getByLabel('Total value').fill('1,000,000');
  await admin.getByLabel('Total supply').fill('3');
  await admin.getByRole('button', { name: 'Continue' }).click();
  await admin.getByText('Name is required.').waitFor();
  await save(admin, 'new-asset');

  const { page: alice } = await loggedIn(browser, stack, 'alice', options);
  await visit(alice, '/assets', 'offers');
  await visit(alice, `/assets/${assetId}`, 'asset');
  await visit(alice, '/portfolio', 'portfolio');
  await visit(alice, '/forbidden', 'forbidden');
  await alice.goto(`${webUrl}/assets/${assetId}`);
  await alice.getByRole('button', { name: 'Buy tokens' }).click();
  await alice.getByLabel('Tokens').fill('10');
  await save(alice, 'dialog');
  await orderTokens(alice, webUrl, assetId, '10');
  await save(alice, 'order');
  await confirmButton(alice).click();
  await status(alice).getByText('Accepted').waitFor();
  await save(alice, 'order-accepted');
  await status(alice).getByText('Purchase successful').waitFor();
  await save(alice, 'order-done');
  await orderTokens(alice, webUrl, assetId, '10');
  await alice.route('**/send', (route) => route.abort());
  await alice.route('**/state*', (route) => route.abort());
  await confirmButton(alice).click();
  await lookAgainButton(alice).waitFor();
  await save(alice, 'order-unknown');
}
