import type { Browser, Page } from 'playwright-core';
import type { User } from '../../server/session/users';
import { confirmButton, loggedIn, lookAgainButton, orderTokens, type Person, status } from './browsing';
import { type Stack, users } from './stack';

/** What an impatient person does with a purchase, before finishing it. */
const HABITS: Readonly<Record<string, (page: Page, purchase: Purchase) => Promise<unknown>>> = {
  'double click': (page) => confirmButton(page).dblclick({ timeout: 5_000 }),
  'look again': async (page) => {
    await confirmButton(page).click();
    for (let clicks = 0; clicks < 3; clicks++) {
      await page.getByText('Purchase successful').or(lookAgainButton(page)).first().waitFor({ timeout: 15_000 });
      await lookAgainButton(page).dblclick({ timeout: 500 });
    }
  },
  reload: async (page) => {
    const sent = page.waitForRequest('**/send', { timeout: 10_000 });
    await confirmButton(page).click();
    await sent;
    await page.reload();
  },
  'back button': async (page) => {
    const sent = page.waitForRequest('**/send', { timeout: 10_000 });
    await confirmButton(page).click();
    await sent;
    await page.goBack();
    await page.goForward();
  },
  'two tabs': async (page, { address }) => {
    const other = await page.context().newPage();
    await other.goto(address);
    await Promise.all([page, other].map((tab) => confirmButton(tab).click({ timeout: 5_000 })));
    await finish(other, address);
    await other.close();
  },
};

/** What a page said of a purchase: that it is done, or that nothing was changed. */
export interface Claim {
  readonly said: 'done' | 'nothing';
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly idempotencyKey: string;
  /** Of the person. */
  readonly habit: string;
}

/** An order of tokens, which one person sends in an own way. */
export interface Purchase {
  readonly assetId: string;
  readonly wallet: string;
  readonly amount: bigint;
  readonly address: string;
  readonly idempotencyKey: string;
}

export interface Buyer extends Person {
  readonly name: string;
  readonly wallet: string;
  readonly habit: string;
}

/** A person for each habit, who has logged in. */
export async function newBuyers(browser: Browser, stack: Stack): Promise<Buyer[]> {
  const known = await users();
  const [{ password } = { password: '' }] = known;
  const buyers = Object.keys(HABITS).map((habit, index) => ({
    habit,
    name: `buyer-${index}`,
    wallet: `wallet-buyer-${index}`,
  }));
  const added = buyers.map(({ name, wallet }): User => ({ name, wallet, role: 'investor', password }));
  stack.saveUsers([...known, ...added]);
  return Promise.all(buyers.map(async (buyer) => ({ ...buyer, ...(await loggedIn(browser, stack, buyer.name)) })));
}

/** Leads a person to an order that is not sent yet. */
export async function newPurchase({ page, wallet }: Buyer, webUrl: string, assetId: string, amount: bigint) {
  await untilOffered(page, `${webUrl}/assets/${assetId}`);
  await orderTokens(page, webUrl, assetId, amount.toString());
  const address = page.url();
  return { assetId, wallet, amount, address, idempotencyKey: keyOf(address) };
}

/** Loads the page of an asset until it has its data: what a fault has broken before may not be back for all of it. */
async function untilOffered(page: Page, url: string): Promise<void> {
  const isOffered = () =>
    page
      .getByRole('button', { name: 'Buy tokens' })
      .waitFor({ timeout: 5_000 })
      .then(
        () => true,
        () => false,
      );
  do await page.goto(url);
  while (!(await isOffered()));
}

/** The idempotency key of the purchase at an address: the order in it is signed, not secret. */
export function keyOf(address: string): string {
  const [text = ''] = (address.split('/').at(-1) ?? '').split('.');
  const { id } = JSON.parse(Buffer.from(text, 'base64url').toString()) as { id: string };
  return `web-${id}-purchase`;
}

/** Buys in the person's way, and goes on until the page says that it is done. */
export async function buy({ page, habit }: Buyer, purchase: Purchase): Promise<void> {
  // Whatever fails here is a page of a system that is broken; what matters is what comes of the purchase.
  await HABITS[habit]?.(page, purchase).catch(() => {});
  await finish(page, purchase.address);
}

/** Clicks what the page offers, or loads it again if it offers nothing, until it says that the purchase is done. */
async function finish(page: Page, address: string): Promise<void> {
  const done = status(page).getByText('Purchase successful');
  const button = page.getByRole('main').getByRole('button', { name: /^(Confirm purchase|Look again|Try again)$/ });
  const busy = page.getByRole('button', { name: 'Please wait' });
  for (;;) {
    const isSaying = await done
      .or(button)
      .first()
      .waitFor({ timeout: 5_000 })
      .then(
        () => page.url() === address,
        () => false,
      );
    if (!isSaying && (await busy.isVisible())) continue;
    if (!isSaying) await page.goto(address).catch(() => {});
    else if (await done.isVisible()) return;
    else await button.click({ timeout: 2_000 }).catch(() => {});
  }
}

/** Calls back whenever a page of the person begins to say that a purchase is done, or that nothing was changed. */
export async function hear({ context, page, habit }: Buyer, listen: (claim: Claim) => void): Promise<void> {
  await context.exposeBinding('hear', (_source, said: Claim['said'], at: number, address: string) =>
    listen({ said, at, idempotencyKey: keyOf(address), habit }),
  );
  await context.addInitScript(LISTEN);
  await page.reload();
}

/** In each page: passes on the sentences of an order when they appear. */
const LISTEN = `{
  const sentences = { done: 'Purchase successful', nothing: 'This request changed nothing' };
  let last = '';
  new MutationObserver(() => {
    const text = document.querySelector('main [role=status]')?.textContent ?? '';
    if (text === last) return;
    last = text;
    for (const [what, sentence] of Object.entries(sentences)) if (text.includes(sentence)) hear(what, Date.now(), location.href);
  }).observe(document, { subtree: true, childList: true, characterData: true });
}`;
