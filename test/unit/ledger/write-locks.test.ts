import * as fc from 'fast-check';
import type { SpydraClient } from 'spydra-sdk';
import { manualClock, type Sandbox } from 'spydra-sdk/sandbox';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { WriteLocks } from '../../../src/ledger/write-locks.js';
import { rejection, testClient } from '../../helpers/client.js';
import { mockServer } from '../../helpers/mock-server.js';
import { minted, sandboxed } from '../../helpers/sandbox.js';
import { scaled } from '../../helpers/scale.js';
import { digestsAtOnce, fakeTime, until } from '../../helpers/time.js';

/** A ledger of 2 s blocks, cut every 30 ms. Concurrent writes are in one of them. */
function ticking(options: Parameters<typeof sandboxed>[0] = {}, client: Parameters<typeof sandboxed>[1] = {}) {
  digestsAtOnce();
  const clock = manualClock();
  const made = sandboxed({ blockTime: 2_000, clock, ...options }, { deadline: 60_000, ...client });
  const timer = setInterval(() => clock.advance(2_000), 30);
  onTestFinished(() => clearInterval(timer));
  return made;
}

const verdictsOf = (sandbox: Sandbox, from = 0) =>
  sandbox.blocks
    .slice(from)
    .flatMap(({ transactions }) => transactions)
    .map(({ validationCode }) => validationCode);
const count = (verdicts: readonly string[], code: string) => verdicts.filter((verdict) => verdict === code).length;

/** Concurrent transfers from one wallet to as many others. */
const burst = (spydra: SpydraClient, assetId: string, size: number, name = 'w') =>
  Promise.allSettled(
    Array.from({ length: size }, (_, n) =>
      spydra.tokens.transfer({ assetId, fromWallet: 'treasury', toWallet: `${name}-${n}`, amount: 1n }),
    ),
  );
const fulfilled = (results: readonly PromiseSettledResult<unknown>[]) =>
  results.filter(({ status }) => status === 'fulfilled').length;

describe('concurrent transfers from one wallet', () => {
  const SIZE = 12;

  it('adaptive: no call fails; each is submitted at most twice in the first burst, and once in the next', async () => {
    const { sandbox, spydra } = ticking();
    const assetId = await minted(spydra, 1_000n);
    const before = sandbox.blocks.length;
    expect(fulfilled(await burst(spydra, assetId, SIZE, 'first'))).toBe(SIZE);
    const first = verdictsOf(sandbox, before);
    expect(count(first, 'VALID')).toBe(SIZE);
    expect(count(first, 'MVCC_READ_CONFLICT')).toBeGreaterThan(0);
    expect(first.length).toBeLessThanOrEqual(2 * SIZE);

    const between = sandbox.blocks.length;
    expect(fulfilled(await burst(spydra, assetId, SIZE, 'next'))).toBe(SIZE);
    expect(verdictsOf(sandbox, between)).toEqual(Array.from({ length: SIZE }, () => 'VALID'));
  });

  it('always: each is submitted once', async () => {
    const { sandbox, spydra } = ticking({}, { writeLocks: 'always' });
    const assetId = await minted(spydra, 1_000n);
    const before = sandbox.blocks.length;
    expect(fulfilled(await burst(spydra, assetId, SIZE))).toBe(SIZE);
    expect(verdictsOf(sandbox, before)).toEqual(Array.from({ length: SIZE }, () => 'VALID'));
  });

  it('never: repeated conflicts fail as not applied', async () => {
    const { sandbox, spydra } = ticking({}, { writeLocks: 'never', retries: 0 });
    const assetId = await minted(spydra, 1_000n);
    const before = sandbox.blocks.length;
    const results = await burst(spydra, assetId, SIZE);
    const lost = results.filter((result) => result.status === 'rejected');
    expect(lost.length).toBeGreaterThan(0);
    for (const { reason } of lost) expect(reason).toMatchObject({ code: 'TRANSACTION_FAILED', outcome: 'not-applied' });
    expect(count(verdictsOf(sandbox, before), 'VALID')).toBe(fulfilled(results));
  });

  it('do not serialise writes to other keys', async () => {
    const { sandbox, spydra } = ticking();
    const assetId = await minted(spydra, 1_000n);
    await burst(spydra, assetId, 4, 'hot');
    const wallets = Array.from({ length: 10 }, (_, n) => `w-${n}`);
    await burst(spydra, assetId, 10);
    const before = sandbox.blocks.length;
    const on = wallets.map((fromWallet) =>
      spydra.tokens.transfer({ assetId, fromWallet, toWallet: `to-${fromWallet}`, amount: 1n }),
    );
    await Promise.all(on);
    expect(sandbox.blocks.length - before).toBeLessThan(5);
  });

  it('respect deadline and signal while they wait for the lock, and send nothing', async () => {
    digestsAtOnce();
    const clock = manualClock();
    const { sandbox, spydra } = sandboxed({ blockTime: 2_000, clock }, { writeLocks: 'always' });
    const timer = setInterval(() => clock.advance(2_000), 20);
    const assetId = await minted(spydra, 1_000n);
    clearInterval(timer);
    const transfer = { assetId, fromWallet: 'treasury', toWallet: 'alice', amount: 1n };
    const first = spydra.tokens.transfer(transfer);
    const controller = new AbortController();
    const late = rejection(spydra.tokens.transfer(transfer, { deadline: 30 }));
    const ended = rejection(spydra.tokens.transfer(transfer, { signal: controller.signal }));
    const last = spydra.tokens.transfer(transfer);
    expect(await late).toMatchObject({ code: 'DEADLINE_EXCEEDED', outcome: 'not-applied' });
    controller.abort();
    expect(await ended).toMatchObject({ code: 'ABORTED', outcome: 'not-applied' });
    const again = setInterval(() => clock.advance(2_000), 20);
    await Promise.all([first, last]);
    clearInterval(again);
    const { total } = await spydra.transactions.list({ assetId, type: 'transfer' });
    expect(total).toBe(2);
    expect(count(verdictsOf(sandbox), 'MVCC_READ_CONFLICT')).toBe(0);
  });

  it('share locks between a client and one made by withOptions', async () => {
    const { sandbox, spydra } = ticking({}, { writeLocks: 'always' });
    const assetId = await minted(spydra, 1_000n);
    const before = sandbox.blocks.length;
    await Promise.all([burst(spydra, assetId, 3, 'a'), burst(spydra.withOptions({ retries: 1 }), assetId, 3, 'b')]);
    expect(verdictsOf(sandbox, before)).toEqual(Array.from({ length: 6 }, () => 'VALID'));
  });
});

it('writes to other keys run concurrently, although their ids joined by blanks are the same text', async () => {
  fakeTime();
  let release = () => {};
  const isOpen = new Promise<void>((resolve) => {
    release = resolve;
  });
  const posts: unknown[] = [];
  const server = mockServer(async (request) => {
    if (request.method !== 'POST') return Response.json({ transactions: [], total: 0 });
    posts.push(await request.json());
    await isOpen;
    return Response.json({ code: 'INSUFFICIENT_BALANCE' }, { status: 400 });
  });
  const client = testClient({ ...server, writeLocks: 'always' });
  const transfers = [
    { assetId: 'a b', fromWallet: 'c', toWallet: 'd', amount: 1n },
    { assetId: 'a', fromWallet: 'b c', toWallet: 'b d', amount: 1n },
  ].map((input) => rejection(client.tokens.transfer(input)));
  await until(() => posts.length === 2);
  release();
  await Promise.all(transfers);
});

it('concurrent transfers into one wallet, which do not conflict, are not slowed down', async () => {
  const { sandbox, spydra } = ticking();
  const assetId = await minted(spydra, 1_000n);
  await burst(spydra, assetId, 30);
  const before = sandbox.blocks.length;
  const into = Array.from({ length: 30 }, (_, n) =>
    spydra.tokens.transfer({ assetId, fromWallet: `w-${n}`, toWallet: 'hot', amount: 1n }),
  );
  await Promise.all(into);
  expect(verdictsOf(sandbox, before)).toEqual(Array.from({ length: 30 }, () => 'VALID'));
  expect(sandbox.blocks.length - before).toBeLessThan(10);
});

describe('a minute after the last conflict', () => {
  /** How many of these run concurrently, by the state of the locks. */
  const mostAtOnce = async (writeLocks: WriteLocks, count: number, conflicts = false) => {
    let inside = 0;
    let most = 0;
    const one = () =>
      writeLocks.within(['key'], 'adaptive', new AbortController().signal, async () => {
        most = Math.max(most, ++inside);
        await new Promise((resolve) => setImmediate(resolve));
        if (conflicts && inside > 1) writeLocks.conflicted(['key']);
        inside--;
      });
    await Promise.all(Array.from({ length: count }, one));
    return most;
  };

  it('two writes run concurrently: without a conflict the key is cold, otherwise hot for another minute', async () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    onTestFinished(() => void vi.useRealTimers());
    const writeLocks = new WriteLocks();
    writeLocks.conflicted(['key']);
    vi.advanceTimersByTime(59_000);
    expect(await mostAtOnce(writeLocks, 5)).toBe(1);
    vi.advanceTimersByTime(2_000);
    expect(await mostAtOnce(writeLocks, 5, true)).toBe(2);
    expect(await mostAtOnce(writeLocks, 5)).toBe(1);
    vi.advanceTimersByTime(61_000);
    // Without a concurrent write there is no evidence.
    expect(await mostAtOnce(writeLocks, 1)).toBe(1);
    expect(await mostAtOnce(writeLocks, 5)).toBe(2);
    expect(await mostAtOnce(writeLocks, 5)).toBe(5);
  });
});

describe('write locks with any sequence of writes', () => {
  const never = new AbortController().signal;
  const job = fc.record({
    keys: fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd'), { minLength: 1, maxLength: 3 }),
    isHot: fc.boolean(),
    ticks: fc.nat(3),
    abortsAfter: fc.option(fc.nat(4)),
  });

  it('are exclusive when serialised, never deadlock, and release memory', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(job, { maxLength: 20 }), fc.constantFrom('always', 'adaptive'), async (jobs, mode) => {
        const writeLocks = new WriteLocks();
        const inside = new Map<string, number>();
        const ticks = async (n: number) => {
          for (let i = 0; i < n; i++) await new Promise((resolve) => setImmediate(resolve));
        };
        let most = 0;
        const run = async ({ keys, isHot, ticks: length, abortsAfter }: (typeof jobs)[number]) => {
          if (isHot) writeLocks.conflicted(keys);
          const controller = new AbortController();
          if (abortsAfter !== null) void ticks(abortsAfter).then(() => controller.abort(new Error('ended')));
          await writeLocks.within(keys, mode, controller.signal, async () => {
            for (const key of keys) {
              inside.set(key, (inside.get(key) ?? 0) + 1);
              if (mode === 'always') most = Math.max(most, inside.get(key) ?? 0);
            }
            await ticks(length);
            for (const key of keys) inside.set(key, (inside.get(key) ?? 0) - 1);
          });
        };
        const results = await Promise.allSettled(jobs.map(run));
        const allowed = jobs.map(({ abortsAfter }) => abortsAfter !== null);
        for (const [n, { status }] of results.entries()) if (status === 'rejected') expect(allowed[n]).toBe(true);
        expect(most).toBeLessThanOrEqual(1);
        // All locks are released: the next one is acquired at once.
        await writeLocks.within(['a', 'b', 'c', 'd'], 'always', never, async () => {});
      }),
      { numRuns: scaled(40) },
    );
  });
});
