import { fullJitter, type RetryPolicy, retryBudget } from 'spydra-sdk';
import { describe, expect, it, vi } from 'vitest';
import { endOf, rejection, testClient } from '../../../helpers/client.js';
import { OddServer } from '../../../helpers/faulty-server.js';
import { advancing, fakeTime } from '../../../helpers/time.js';

const READS = 1_000;
/** A number of concurrent reads, and the milliseconds between them. */
const TOGETHER = 10;
const INTERVAL = 100;

/** A server that responds 503 while it is failing. */
function patient() {
  const state = { isIll: true, requests: 0 };
  const fetch: typeof globalThis.fetch = async () => {
    state.requests++;
    return state.isIll ? Response.json({}, { status: 503 }) : Response.json({ balances: [] });
  };
  return { state, fetch };
}

/** Starts so many reads, a few at a time, without awaiting them; returns their promises. */
async function steadily(reads: number, pass: (ms: number) => Promise<unknown>, read: (n: number) => Promise<unknown>) {
  const ends: Promise<unknown>[] = [];
  for (let n = 0; n < reads; n++) {
    ends.push(endOf(read(n)));
    if (ends.length % TOGETHER === 0) await pass(INTERVAL);
  }
  return ends;
}

const failures = (ends: readonly unknown[]) => ends.filter((end) => end instanceof Error).length;

describe('a retry budget', () => {
  it.each([1, 4])('limits the requests of %i clients to a failing server, and recovers with it', async (fleet) => {
    const pass = fakeTime();
    const { state, fetch } = patient();
    const retries = retryBudget();
    const clients = Array.from({ length: fleet }, () => testClient({ fetch, retries }));
    const read = (n: number) => clients[n % fleet]?.wallets.balance('w1') ?? Promise.reject(new Error('no client'));

    const ill = await steadily(READS, pass, read);
    expect(state.requests / READS).toBeLessThanOrEqual(1.2);
    state.isIll = false;
    // Pending repetitions, and all later reads.
    await pass(1_000);
    const settled = await Promise.all(ill);
    expect(failures(settled)).toBeGreaterThan(READS * 0.8);
    const well = await steadily(TOGETHER * (1_000 / INTERVAL), pass, read);
    expect(failures(await Promise.all(well))).toBe(0);

    // A second later the bucket has tokens again.
    state.isIll = true;
    const again = read(0);
    await pass(0);
    state.isIll = false;
    expect(await advancing(pass, again)).toMatchObject({ balances: [] });
  });

  it('is what limits them: without it each read is repeated up to the limit (negative control)', async () => {
    const pass = fakeTime();
    const { state, fetch } = patient();
    const client = testClient({ fetch });
    const reads = await steadily(100, pass, () => client.wallets.balance('w1'));
    await advancing(pass, Promise.all(reads));
    expect(state.requests).toBe(400);
  });

  /** The requests of one read, then of the next one, to a server with these statuses. */
  const spend = async (retries: RetryPolicy, ...statuses: number[]) => {
    vi.spyOn(Math, 'random').mockReturnValue(0);
    let requests = 0;
    const fetch = async () => {
      requests++;
      const status = statuses.shift() ?? 503;
      return status === 200 ? Response.json({ balances: [] }) : Response.json({}, { status });
    };
    const client = testClient({ fetch, retries });
    const counts: number[] = [];
    while (statuses.length > 0) {
      requests = 0;
      await endOf(client.wallets.balance('w1'));
      counts.push(requests);
    }
    return counts;
  };

  it('returns the tokens of a retry that succeeds, and adds one for each other success', async () => {
    const two = { capacity: 2, cost: 1, policy: fullJitter({ limit: 5 }) };
    // The first read takes all tokens, the second gets none; one success adds enough for one repetition.
    expect(await spend(retryBudget(two), 503, 503, 503, 503, 200, 503, 503)).toEqual([3, 1, 1, 2]);
    expect(await spend(retryBudget(two), 503, 200, 503, 200, 503, 200)).toEqual([2, 2, 2]);
    const half = retryBudget({ ...two, capacity: 1, refund: 0.5 });
    expect(await spend(half, 503, 503, 200, 503, 200, 200, 503, 503)).toEqual([2, 1, 1, 1, 1, 2]);
    vi.restoreAllMocks();
  });

  it('takes no tokens if its policy refuses or the failure is final', async () => {
    const retry = vi.fn(() => false);
    expect(await spend(retryBudget({ capacity: 5, policy: { retry } }), 503, 503)).toEqual([1, 1]);
    const one = retryBudget({ capacity: 5 });
    expect(await spend(one, 404, 404, 503, 200)).toEqual([1, 1, 2]);
    vi.restoreAllMocks();
  });

  it.each([
    [{ capacity: 0 }, 'capacity must be above zero'],
    [{ cost: -1 }, 'cost must be above zero'],
    [{ cost: 501 }, 'cost must not be above the capacity'],
    [{ refund: Number.NaN }, 'refund must be a number'],
    [{ policy: { limit: 1.5 } }, 'policy.limit must be whole'],
    [{ tokens: 5 }, 'tokens'],
  ])('refuses the options %j', async (options, message) => {
    expect(() => retryBudget(options as never)).toThrow(message);
  });

  it('takes no tokens for read conflicts', async () => {
    const budget = retryBudget({ capacity: 5 });
    const server = new OddServer({
      answer: ({ apply }) => {
        const { record } = apply();
        Object.assign(record, { status: 'FAILED', error: 'MVCC_READ_CONFLICT' });
        return Response.json({ transactionId: record.transactionId, newBalance: 5 });
      },
    });
    vi.spyOn(Math, 'random').mockReturnValue(0);
    const mint = { assetId: 'a1', recipientWallet: 'w1', amount: 5n };
    const error = await rejection(server.client({ retries: budget }).tokens.mint(mint));
    expect(error).toMatchObject({ code: 'TRANSACTION_FAILED' });
    expect(server.writes).toBe(4);
    vi.restoreAllMocks();
  });

  it('names an unknown option and the nearest known one', () => {
    const message = 'retryBudget() cannot start: capcity is not a known option (did you mean `capacity`?).';
    expect(() => retryBudget({ capcity: 3 } as never)).toThrow(message);
  });
});
