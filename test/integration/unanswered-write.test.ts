import { IdempotencyConflictError, OutcomeUnknownError, type SpydraClientOptions } from 'spydra-sdk';
import { manualClock, type SandboxOptions } from 'spydra-sdk/sandbox';
import { describe, expect, it, vi } from 'vitest';
import { rejection, testClient } from '../helpers/client.js';
import { minted, sandboxed } from '../helpers/sandbox.js';
import { fakeTime, leaping } from '../helpers/time.js';

const KINDS = ['header', 'filter', 'none'] as const;

/** The loss of the n-th write: the request, or its response. */
type Loss = 'answer' | 'request' | 'nothing';

/** A client whose writes have these losses in order, then none. `sent` are the keys that were sent. */
function lossy(losses: readonly Loss[], options: SandboxOptions = {}, client: SpydraClientOptions = {}) {
  const { sandbox, spydra } = sandboxed(options);
  const sent: (string | null)[] = [];
  let arrivals = 0;
  const fetch: typeof globalThis.fetch = async (url, init) => {
    if (init?.method === 'GET') return sandbox.fetch(url, init);
    const loss = losses[sent.length] ?? 'nothing';
    sent.push(new Headers(init?.headers).get('Idempotency-Key'));
    if (loss === 'request') throw Object.assign(new TypeError('fetch failed'), { cause: { code: 'ECONNRESET' } });
    const response = await sandbox.fetch(url, init);
    arrivals++;
    return loss === 'answer' ? new Response('<html>bad gateway</html>', { status: 502 }) : response;
  };
  const unlucky = testClient({ ...sandbox.connection(), fetch, ...client });
  return { sandbox, spydra, unlucky, sent, arrived: () => arrivals };
}

const holds = async (spydra: ReturnType<typeof testClient>, wallet: string, assetId: string) =>
  (await spydra.wallets.balance(wallet, { assetId })).balances[0]?.balance ?? 0n;

describe.each(KINDS)('a write without a response, on a server of the kind %j', (idempotency) => {
  it.each([undefined, 'order-1'])('is found on the ledger and resolves normally (key: %s)', async (key) => {
    const { spydra, unlucky, sent } = lossy(['answer'], { idempotency });
    const assetId = await minted(spydra, 10n, 1_000n);
    const mint = { assetId, recipientWallet: 'alice', amount: 5n };
    const result = await unlucky.tokens.mint(mint, key === undefined ? {} : { idempotencyKey: key });
    expect(result).toMatchObject({ status: 'committed', newBalance: 5n, amount: 5n });
    expect((await spydra.transactions.get(result.transactionId)).metadata?.idempotencyKey).toBe(sent[0]);
    expect(sent).toHaveLength(1);
    expect(await holds(spydra, 'alice', assetId)).toBe(5n);
  });

  it('has an unknown outcome if it was not applied, and can be repeated under a key of the caller', async () => {
    const { spydra, unlucky, sent } = lossy(['request', 'request'], { idempotency });
    const assetId = await minted(spydra, 10n, 1_000n);
    const mint = { assetId, recipientWallet: 'alice', amount: 5n };
    const unkeyed = await rejection(unlucky.tokens.mint(mint));
    expect(unkeyed).toBeInstanceOf(OutcomeUnknownError);
    expect(unkeyed).toMatchObject({ stage: 'submit', retryable: false, idempotencyKey: sent[0] });
    const keyed = await rejection(unlucky.tokens.mint(mint, { idempotencyKey: 'order-1' }));
    expect(keyed).toBeInstanceOf(OutcomeUnknownError);
    expect(keyed).toMatchObject({ stage: 'submit', retryable: true, idempotencyKey: 'order-1' });
    expect((await unlucky.tokens.mint(mint, { idempotencyKey: 'order-1' })).newBalance).toBe(5n);
    expect(sent).toHaveLength(3);
  });

  it.each([undefined, 'order-1'])(
    'is submitted again under the same key after a read conflict (key: %s)',
    async (key) => {
      const clock = manualClock();
      const { sandbox, spydra, unlucky, sent, arrived } = lossy(['answer'], { idempotency, blockTime: 2_000, clock });
      const ticking = setInterval(() => clock.advance(2_000), 20);
      const assetId = await minted(spydra, 100n);
      clearInterval(ticking);
      const transfer = { assetId, fromWallet: 'treasury', toWallet: 'alice', amount: 1n };
      await spydra.tokens.transfer(transfer, { confirm: false });
      const patient = unlucky.withOptions({ uncertaintyWindow: 60_000 });
      const lost = patient.tokens.transfer(transfer, key === undefined ? {} : { idempotencyKey: key });
      // Both are in the sandbox before it cuts their block.
      await vi.waitUntil(() => arrived() === 1, { timeout: 60_000, interval: 1 });
      const again = setInterval(() => clock.advance(2_000), 20);
      expect(await lost).toMatchObject({ status: 'committed' });
      clearInterval(again);
      expect(new Set(sent).size).toBe(1);
      expect(sent).toHaveLength(2);
      const verdicts = sandbox.blocks.flatMap(({ transactions }) => transactions).map((t) => t.validationCode);
      expect(verdicts.filter((code) => code !== 'VALID')).toEqual(['MVCC_READ_CONFLICT']);
      expect(await holds(spydra, 'alice', assetId)).toBe(2n);
    },
  );

  it('is not confused with an earlier failed write under its key', async () => {
    const clock = manualClock();
    const { spydra, unlucky, sent } = lossy(['nothing', 'request'], { idempotency, blockTime: 2_000, clock });
    const ticking = setInterval(() => clock.advance(2_000), 20);
    const assetId = await minted(spydra, 100n);
    clearInterval(ticking);
    const transfer = { assetId, fromWallet: 'treasury', toWallet: 'alice', amount: 1n };
    const keyed = { idempotencyKey: 'order-1' };
    await spydra.tokens.transfer(transfer, { confirm: false });
    await unlucky.tokens.transfer(transfer, { ...keyed, confirm: false });
    clock.advance(2_000);
    expect((await spydra.transactions.reconcile('order-1', { assetId })).state).toBe('failed');
    expect(await rejection(unlucky.tokens.transfer(transfer, keyed))).toMatchObject({ code: 'OUTCOME_UNKNOWN' });
    // Confused with the failed one, it would have been submitted a third time.
    expect(sent).toHaveLength(2);
  });
});

describe("idempotency: 'trust'", () => {
  const TRUST = { idempotency: 'trust' } as const;

  it.each([
    ['after it was taken', ['answer']],
    ['before it arrived', ['request']],
    ['again and again', ['request', 'answer', 'request']],
  ] as const)('sends a write again under its key, cut off %s', async (_when, losses) => {
    const { spydra, unlucky, sent } = lossy(losses, {}, TRUST);
    const assetId = await minted(spydra, 10n, 1_000n);
    const result = await unlucky.tokens.mint({ assetId, recipientWallet: 'alice', amount: 5n });
    expect(result).toMatchObject({ status: 'committed', newBalance: 5n });
    expect(sent).toHaveLength(losses.length + 1);
    expect(new Set(sent).size).toBe(1);
    expect(await holds(spydra, 'alice', assetId)).toBe(5n);
  });

  it('searches for the write if the repetitions get no response either', async () => {
    const losses: Loss[] = ['answer', 'answer', 'request', 'answer'];
    const { spydra, unlucky, sent } = lossy(losses, {}, TRUST);
    const assetId = await minted(spydra, 10n, 1_000n);
    expect(await unlucky.tokens.mint({ assetId, recipientWallet: 'alice', amount: 5n })).toMatchObject({
      status: 'committed',
    });
    expect(sent).toHaveLength(4);
    expect(await holds(spydra, 'alice', assetId)).toBe(5n);
  });

  it('does not wait for the end of the window', async () => {
    const losses: Loss[] = ['request', 'request', 'request', 'request'];
    const { spydra, unlucky, sent } = lossy(losses, {}, { ...TRUST, uncertaintyWindow: 60_000 });
    const assetId = await minted(spydra, 10n, 1_000n);
    const mint = { assetId, recipientWallet: 'alice', amount: 5n };
    const keyed = { idempotencyKey: 'order-1' };
    const pass = fakeTime();
    // After the three repetitions its caller ends the search.
    const controller = new AbortController();
    const lost = rejection(unlucky.tokens.mint(mint, { ...keyed, signal: controller.signal }));
    while (sent.length < losses.length) await pass(10);
    controller.abort();
    expect(await lost).toMatchObject({ code: 'OUTCOME_UNKNOWN', retryable: false });
    expect((await leaping(unlucky.tokens.mint(mint, keyed))).newBalance).toBe(5n);
    const other = rejection(unlucky.tokens.mint({ ...mint, amount: 6n }, keyed));
    expect(await leaping(other)).toBeInstanceOf(IdempotencyConflictError);
  });
});
