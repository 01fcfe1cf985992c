import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { PASSWORD, type Stack } from './stack';

/** Milliseconds in which a page must react; a commit takes 2,000. */
const TIMEOUT = 60_000;

/** A page of a person in a browser context of its own, and what went wrong on it. */
export interface Person {
  readonly page: Page;
  readonly context: BrowserContext;
  /** Errors of the console and of scripts; failed requests are not among them. */
  readonly troubles: string[];
}

/** Opens a browser context; the certificate of the stack is self-signed. */
export async function newPerson(browser: Browser, options: BrowserContextOptions = {}): Promise<Person> {
  const context = await browser.newContext({ ignoreHTTPSErrors: true, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(TIMEOUT);
  const troubles: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource'))
      troubles.push(message.text());
  });
  page.on('pageerror', (error) => troubles.push(error.message));
  return { page, context, troubles };
}

/** A person who has logged in. */
export async function loggedIn(
  browser: Browser,
  { webUrl }: Pick<Stack, 'webUrl'>,
  name: string,
  options?: BrowserContextOptions,
): Promise<Person> {
  const person = await newPerson(browser, options);
  await logIn(person.page, webUrl, name);
  return person;
}

export async function logIn(page: Page, webUrl: string, name: string, password = PASSWORD): Promise<void> {
  await page.goto(`${webUrl}/login`);
  await page.getByLabel('Name').fill(name);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Log in' }).click();
  await page.waitForURL((url) => !url.pathname.startsWith('/login') || url.searchParams.has('failed'));
}

/** Goes from an asset's page to the order of so many tokens, which is not sent yet. */
export async function orderTokens(page: Page, webUrl: string, assetId: string, amount: string): Promise<void> {
  await page.goto(`${webUrl}/assets/${encodeURIComponent(assetId)}`);
  await page.getByRole('button', { name: 'Buy tokens' }).click();
  await page.getByLabel('Tokens').fill(amount);
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.waitForURL('**/orders/**');
}

/** The sentence of an order page that says what is known. */
export function status(page: Page) {
  return page.getByRole('main').getByRole('status');
}

export const confirmButton = (page: Page) => page.getByRole('button', { name: 'Confirm purchase' });
/** Confirms, looks again or tries again, as the page offers it, until it says that the purchase is done. */
export async function finish(page: Page): Promise<void> {
  const done = status(page).getByText('Purchase successful');
  const button = page.getByRole('main').getByRole('button', { name: /^(Confirm purchase|Look again|Try again)$/ });
  while (!(await done.isVisible())) {
    await done.or(button.first()).first().waitFor();
    if (await button.isVisible()) await button.click({ timeout: 5_000 }).catch(() => {});
  }
}

export const lookAgainButton = (page: Page) => page.getByRole('button', { name: 'Look again' });
