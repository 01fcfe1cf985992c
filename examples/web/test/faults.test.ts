import { setTimeout as sleep } from 'node:timers/promises';
import type { Browser, Page } from 'playwright-core';
import { commitState, type TransactionRecord } from 'spydra-sdk';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pick, seeded, whole } from '../../../test/faults/random.js';
import { isChromiumHere, startChromium } from '../../../test/helpers/chromium.js';
import { isMissing } from '../../../test/helpers/programs.js';
import { type Buyer, buy, type Claim, hear, newBuyers, newPurchase, type Purchase } from './helpers/buyers';
import { FAULTS, type Fault } from './helpers/faults';
import { held, type Stack, sampleAsset, startStack, TREASURY } from './helpers/stack';

/** Rounds of each fault, in which each person buys once; `npm run test:faults` makes more. */
const ROUNDS = Number(process.env.FAULT_ROUNDS ?? 1);
const SEED = Number(process.env.FAULT_SEED ?? 1);
/** Milliseconds. */
const ROUND_LIMIT = 300_000;
/** Milliseconds; on one machine no request takes longer, and what was not found is sent again after it. */
const UNCERTAINTY_WINDOW = '20000';
/** Milliseconds within which a ledger that was down responds again. */
const BACK_WITHIN = 60_000;

/** When the fault happens; undefined: before anything is sent. */
type Moment = ((page: Page) => Promise<unknown>) | undefined;
const MOMENTS: Readonly<Record<string, Moment>> = {
  before: undefined,
  sent: (page) => page.waitForRequest('**/send'),
  accepted: (page) =>
    page
      .getByText(/Accepted by the ledger|Purchase successful/)
      .first()
      .waitFor(),
};

describe.skipIf(!isChromiumHere() || isMissing('nginx', 'redis-server', 'openssl'))('while people buy', () => {
  const random = seeded(SEED);
  const claims: (Claim & { readonly record: Promise<TransactionRecord | undefined> })[] = [];
  let browser: Browser;
  let stack: Stack;
  let buyers: Buyer[];
  let assetId: string;

  beforeAll(async () => {
    [browser, stack] = await Promise.all([startChromium(), startStack({ environment: { UNCERTAINTY_WINDOW } })]);
    ({ assetId } = await sampleAsset(stack));
    buyers = await newBuyers(browser, stack);
    for (const buyer of buyers) {
      await hear(buyer, (claim) => void claims.push({ ...claim, record: committed(claim.idempotencyKey) }));
    }
  });
  afterAll(() => Promise.all([browser?.close(), stack?.stop()]));

  /** The committed transaction of a purchase, as soon as the ledger responds. */
  async function committed(idempotencyKey: string): Promise<TransactionRecord | undefined> {
    for (const giveUp = Date.now() + BACK_WITHIN; ; await sleep(100)) {
      try {
        const found = await stack.ledger.transactions.reconcile(idempotencyKey, { assetId });
        return found.state === 'committed' ? found.transaction : undefined;
      } catch (error) {
        if (Date.now() > giveUp) throw error;
      }
    }
  }

  async function round(fault: Fault): Promise<readonly Purchase[]> {
    const { webUrl } = stack;
    const purchases = await Promise.all(
      buyers.map((buyer) => newPurchase(buyer, webUrl, assetId, BigInt(whole(random, 1, 40)))),
    );
    const pages = buyers.map(({ page }) => page);
    const waitForMoment = MOMENTS[pick(random, Object.keys(MOMENTS))];
    const due = waitForMoment?.(pick(random, pages)).catch(() => {});
    const broken = Promise.resolve(due).then(() => fault.happen(stack, pages, random));
    if (!waitForMoment) await broken;
    const buying = Promise.all(buyers.map((buyer, index) => buy(buyer, purchases[index] as Purchase)));
    const mend = await broken;
    await mend();
    await buying;
    return purchases;
  }

  it.each(FAULTS.map((fault) => [fault.name, fault] as const))(
    '%s: each purchase is done once, and no page says so before',
    { timeout: ROUND_LIMIT * ROUNDS },
    async (_name, fault) => {
      for (let count = 0; count < ROUNDS; count++) {
        const before = await holdings();
        const purchases = await round(fault);
        const after = await holdings();
        const bought = purchases.map(({ amount, wallet }) => [wallet, amount] as const);
        const total = bought.reduce((sum, [, amount]) => sum + amount, 0n);
        expect(after).toEqual(
          new Map([
            [TREASURY, (before.get(TREASURY) ?? 0n) - total],
            ...bought.map(([wallet, amount]) => [wallet, (before.get(wallet) ?? 0n) + amount] as const),
          ]),
        );
        const transfers = await committedTransfers();
        for (const { idempotencyKey, amount, wallet } of purchases) {
          expect(transfers.filter(({ metadata }) => metadata?.idempotencyKey === idempotencyKey)).toMatchObject([
            { amount, toWallet: wallet, fromWallet: TREASURY },
          ]);
        }
      }
      const heard = claims.splice(0);
      const done = heard.filter(({ said }) => said === 'done');
      expect(new Set(done.map(({ idempotencyKey }) => idempotencyKey)).size).toBe(ROUNDS * buyers.length);
      for (const { record } of done) expect(await record).toBeDefined();
      // What was submitted later is another request of the same purchase.
      const denials = await Promise.all(
        heard.filter(({ said }) => said === 'nothing').map(async (claim) => ({ ...claim, record: await claim.record })),
      );
      expect(denials.filter(({ at, record }) => record && Date.parse(record.timestamp) < at)).toEqual([]);
    },
  );

  /** Of the treasury and of each person. */
  async function holdings(): Promise<Map<string, bigint>> {
    const wallets = [TREASURY, ...buyers.map(({ wallet }) => wallet)];
    return new Map(
      await Promise.all(wallets.map(async (wallet) => [wallet, await held(stack, wallet, assetId)] as const)),
    );
  }

  async function committedTransfers(): Promise<TransactionRecord[]> {
    const records: TransactionRecord[] = [];
    for await (const record of stack.ledger.transactions.list({ assetId, type: 'transfer' })) {
      if (commitState(record) === 'committed') records.push(record);
    }
    return records;
  }
});
