import { IdempotencyConflictError, OutcomeUnknownError, type SpydraClientOptions } from 'spydra-sdk';
import { manualClock, type SandboxOptions } from 'spydra-sdk/sandbox';
import { describe, expect, it } from 'vitest';
import { rejection, testClient } from '../helpers/client.js';
import { minted, sandboxed } from '../helpers/sandbox.js';

const KINDS = ['header', 'filter', 'none'] as const;

/** What becomes of the n-th write on its way: it arrives or not, and its answer is lost. */
type Loss = 'answer' | 'request' | 'nothing';

/** A client whose writes meet these losses in turn, then none. `sent` are the keys that went out. */
function lossy(losses: readonly Loss[], options: SandboxOptions = {}, client: SpydraClientOptions = {}) {
  const { sandbox, spydra } = sandboxed(options);
  const sent: (string | null)[] = [];
  const fetch: typeof globalThis.fetch = async (url, init) => {
    if (init?.method === 'GET') return sandbox.fetch(url, init);
    const loss = losses[sent.length] ?? 'nothing';
    sent.push(new Headers(init?.headers).get('Idempotency-Key'));
    if (loss === 'request') throw Object.assign(new TypeError('fetch failed'), { cause: { code: 'ECONNRESET' } });
    const response = await sandbox.fetch(url, init);
    return loss === 'answer' ? new Response('<html>bad gateway</html>', { status: 502 }) : response;
  };
  const unlucky = testClient({ ...sandbox.connection(), fetch, ...client });
  return { sandbox, spydra, unlucky, sent };
}

const holds = async (spydra: ReturnType<typeof testClient>, wallet: string, assetId: string) =>
  (await spydra.wallets.balance(wallet, { assetId })).balances[0]?.balance ?? 0n;

describe.each(KINDS)('a write that was not answered, on a server of the kind %j', (idempotency) => {
  it.each([undefined, 'order-1'])('is found on the ledger and goes on as if it had been (key: %s)', async (key) => {
    const { spydra, unlucky, sent } = lossy(['answer'], { idempotency });
    const assetId = await minted(spydra, 10n, 1_000n);
    const mint = { assetId, recipientWallet: 'alice', amount: 5n };
    const result = await unlucky.tokens.mint(mint, key === undefined ? {} : { idempotencyKey: key });
    expect(result).toMatchObject({ status: 'committed', newBalance: 5n, amount: 5n });
    expect((await spydra.transactions.get(result.transactionId)).metadata?.idempotencyKey).toBe(sent[0]);
    expect(sent).toHaveLength(1);
    expect(await holds(spydra, 'alice', assetId)).toBe(5n);
  });

  it('and did not arrive is unknown, and may be made again under a key of the caller', async () => {
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

  it('and lost to another one is submitted again, under the same key', async () => {
    const clock = manualClock();
    const { sandbox, spydra, unlucky, sent } = lossy(['answer'], { idempotency, blockTime: 2_000, clock });
    const ticking = setInterval(() => clock.advance(2_000), 20);
    const assetId = await minted(spydra, 100n);
    clearInterval(ticking);
    const transfer = { assetId, fromWallet: 'treasury', toWallet: 'alice', amount: 1n };
    await spydra.tokens.transfer(transfer, { confirm: false });
    const again = setInterval(() => clock.advance(2_000), 20);
    const patient = unlucky.withOptions({ settleWindow: 10_000 });
    expect(await patient.tokens.transfer(transfer)).toMatchObject({ status: 'committed' });
    clearInterval(again);
    expect(new Set(sent).size).toBe(1);
    expect(sent).toHaveLength(2);
    const verdicts = sandbox.blocks.flatMap(({ transactions }) => transactions).map((t) => t.validationCode);
    expect(verdicts.filter((code) => code !== 'VALID')).toEqual(['MVCC_READ_CONFLICT']);
    expect(await holds(spydra, 'alice', assetId)).toBe(2n);
  });

  it('is not taken for one that had failed under its key before', async () => {
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
    // Taken for the failed one, it would have been submitted a third time.
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

  it('looks for it where the repetitions are not answered either', async () => {
    const losses: Loss[] = ['answer', 'answer', 'request', 'answer'];
    const { spydra, unlucky, sent } = lossy(losses, {}, TRUST);
    const assetId = await minted(spydra, 10n, 1_000n);
    expect(await unlucky.tokens.mint({ assetId, recipientWallet: 'alice', amount: 5n })).toMatchObject({
      status: 'committed',
    });
    expect(sent).toHaveLength(4);
    expect(await holds(spydra, 'alice', assetId)).toBe(5n);
  });

  it('does not wait until a write under the key cannot arrive any more', async () => {
    const losses: Loss[] = ['request', 'request', 'request', 'request'];
    const { spydra, unlucky } = lossy(losses, {}, { ...TRUST, settleWindow: 60_000 });
    const assetId = await minted(spydra, 10n, 1_000n);
    const mint = { assetId, recipientWallet: 'alice', amount: 5n };
    const keyed = { idempotencyKey: 'order-1' };
    // The three repetitions take their time; after them the deadline ends the search.
    const controller = new AbortController();
    const lost = rejection(unlucky.tokens.mint(mint, { ...keyed, signal: controller.signal }));
    setTimeout(() => controller.abort(), 2_500);
    expect(await lost).toMatchObject({ code: 'OUTCOME_UNKNOWN', retryable: false });
    expect((await unlucky.tokens.mint(mint, keyed)).newBalance).toBe(5n);
    const other = rejection(unlucky.tokens.mint({ ...mint, amount: 6n }, keyed));
    expect(await other).toBeInstanceOf(IdempotencyConflictError);
  });
});
