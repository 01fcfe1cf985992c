import { OutcomeUnknownError, type SpydraClient, type SpydraClientOptions, type WriteOptions } from 'spydra-sdk';
import { manualClock, type SandboxOptions } from 'spydra-sdk/sandbox';
import { describe, expect, it, onTestFinished } from 'vitest';
import { rejection, testClient } from '../helpers/client.js';
import { minted, sandboxed } from '../helpers/sandbox.js';
import { fakeTime, leaping } from '../helpers/time.js';

// Requests that reach the server after their call has ended, or after another one has. A write must be applied once,
// whatever the caller does in between; and a request that may still arrive is never reported as "not applied".

/**
 * What happens to the n-th write: it arrives; it gets a 504 and arrives when released; a conflicting write comes first.
 */
type Fate = 'through' | 'late' | 'beaten';

/** A ledger whose blocks are cut by `block()`, and a client whose writes have these fates in order. */
async function lateNetwork(fates: readonly Fate[], options: SandboxOptions, client: SpydraClientOptions = {}) {
  const clock = manualClock();
  const { sandbox, spydra } = sandboxed({ blockTime: 2_000, clock, ...options }, { uncertaintyWindow: 60_000 });
  const block = () => clock.advance(2_000);
  const blocks = setInterval(block, 10);
  const assetId = await minted(spydra, 1_000n);
  clearInterval(blocks);

  /** A transfer of another client from the same wallet. */
  const rival = () =>
    spydra.tokens.transfer({ assetId, fromWallet: 'treasury', toWallet: 'rival', amount: 1n }, { confirm: false });
  const held: (() => Promise<Response>)[] = [];
  let sent = 0;
  let searched = 0;
  const fetch: typeof globalThis.fetch = async (url, init) => {
    if (init?.method === 'GET') {
      const answer = await sandbox.fetch(url, init);
      if (new URL(String(url)).pathname.endsWith('/transactions')) searched = sent;
      return answer;
    }
    const fate = fates[sent++] ?? 'through';
    if (fate === 'through') return sandbox.fetch(url, init);
    if (fate === 'beaten') {
      await rival();
      return sandbox.fetch(url, init).finally(block);
    }
    const { signal: _, ...rest } = init ?? {};
    held.push(() => sandbox.fetch(url, rest));
    return Response.json({}, { status: 504 });
  };
  const unlucky = testClient({ ...sandbox.connection(), fetch, uncertaintyWindow: 60_000, ...client });
  return {
    spydra,
    unlucky,
    block,
    /** All delayed requests arrive. */
    arrive: async () => {
      for (const request of held.splice(0)) await request();
      block();
    },
    sent: () => sent,
    /** How many writes had been sent when the client last read the list. */
    searched: () => searched,
    transfer: (from: SpydraClient, options?: WriteOptions) =>
      from.tokens.transfer({ assetId, fromWallet: 'treasury', toWallet: 'alice', amount: 1n }, options),
    rival,
    held: async () => (await spydra.wallets.balance('alice', { assetId })).balances[0]?.balance ?? 0n,
  };
}

/** Blocks are cut from now on, until the test is over. */
function blocksFrom({ block }: { block: () => void }) {
  const timer = setInterval(block, 20);
  onTestFinished(() => clearInterval(timer));
}

const KEY = { idempotencyKey: 'order-1' };

describe.each(['header', 'filter', 'none'] as const)('on a server of the kind %j', (idempotency) => {
  it('a failed record under the key does not prove the outcome of a later request', async () => {
    const network = await lateNetwork(['beaten', 'late'], { idempotency });
    const controller = new AbortController();
    const first = rejection(network.transfer(network.unlucky, { ...KEY, signal: controller.signal }));
    blocksFrom(network);
    // The first submission fails with a conflict, the second one is delayed; then the caller aborts.
    await expect.poll(network.searched).toBe(2);
    controller.abort();
    expect(await first).toMatchObject({ code: 'OUTCOME_UNKNOWN' });
    expect(await rejection(network.transfer(network.unlucky, KEY))).toMatchObject({ code: 'OUTCOME_UNKNOWN' });
    await network.arrive();
    expect((await network.transfer(network.unlucky, KEY)).status).toBe('committed');
    expect(await network.held()).toBe(1n);
  });

  it('an earlier failed record under the key does not count as the result of the current write', async () => {
    const network = await lateNetwork(['through', 'late'], { idempotency }, { retries: 0 });
    await network.rival();
    await network.transfer(network.unlucky, { ...KEY, confirm: false });
    network.block();
    fakeTime();
    const again = rejection(network.transfer(network.unlucky, { ...KEY, deadline: 1_500 }));
    expect(await leaping(again)).toMatchObject({ code: 'OUTCOME_UNKNOWN', stage: 'submit' });
    await network.arrive();
    expect(network.sent()).toBe(2);
    expect(await network.held()).toBe(1n);
  });
});

describe("idempotency: 'trust'", () => {
  it('a repetition that failed with a conflict is not "not applied" while the first request may still be applied', async () => {
    const network = await lateNetwork(['late', 'beaten', 'beaten'], {}, { idempotency: 'trust', retries: 1 });
    const error = await rejection(network.transfer(network.unlucky));
    expect(error).toBeInstanceOf(OutcomeUnknownError);
    expect(network.sent()).toBe(3);
    await network.arrive();
    expect(await network.held()).toBe(1n);
  });
});

describe('where lists lag behind', () => {
  it('the client remembers which writes were accepted under a key recently', async () => {
    const { sandbox, spydra } = sandboxed({ idempotency: 'filter' });
    const assetId = await minted(spydra, 1n, 1_000n);
    const lagging = testClient({
      ...sandbox.connection(),
      uncertaintyWindow: 60_000,
      fetch: async (url, init) => {
        const isList = new URL(String(url)).pathname.endsWith('/transactions');
        return isList ? Response.json({ transactions: [], total: 0 }) : sandbox.fetch(url, init);
      },
    });
    const mint = { assetId, recipientWallet: 'alice', amount: 5n };
    const first = await lagging.tokens.mint(mint, { ...KEY, confirm: false });
    const again = await lagging.tokens.mint(mint, KEY);
    expect(again).toMatchObject({ transactionId: first.transactionId, status: 'committed', newBalance: 5n });
    expect(await rejection(lagging.tokens.mint({ ...mint, amount: 6n }, KEY))).toMatchObject({
      code: 'IDEMPOTENCY_CONFLICT',
      transactionId: first.transactionId,
    });
  });
});

it('a finished search does not make its own key uncertain', async () => {
  const { sandbox, spydra } = sandboxed({ idempotency: 'filter' });
  const assetId = await minted(spydra, 1n, 1_000n);
  let posts = 0;
  const unlucky = testClient({
    ...sandbox.connection(),
    fetch: async (url, init) =>
      init?.method === 'POST' && ++posts === 1 ? Response.json({}, { status: 502 }) : sandbox.fetch(url, init),
  });
  const mint = { assetId, recipientWallet: 'alice', amount: 5n };
  const error = (await rejection(unlucky.tokens.mint(mint))) as OutcomeUnknownError;
  expect(error.message).toContain('call again with this idempotencyKey');
  const { idempotencyKey = '' } = error;
  expect((await unlucky.tokens.mint(mint, { idempotencyKey })).newBalance).toBe(5n);
});
