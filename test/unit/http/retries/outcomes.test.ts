import type { RetryFailure, RetryPolicy } from 'spydra-sdk';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { OddServer } from '../../../helpers/faulty-server.js';
import { atOnce, MINT, refusal } from './failing-fetch.js';

afterEach(() => void vi.restoreAllMocks());

const never: RetryPolicy = { retry: () => false };

describe('the outcome of a write', () => {
  /** Each read fails once. */
  const blinking = (fetch: typeof globalThis.fetch) => {
    const seen = new Set<string>();
    return vi.fn<typeof globalThis.fetch>(async (url, init) => {
      const id = String(url).replace(/Key=[^&]+/, '');
      if (init?.method !== 'GET' || seen.has(id)) return fetch(url, init);
      seen.add(id);
      return refusal(503);
    });
  };

  it('is resolved with any policy: its commit, a missing response, and its result', async () => {
    vi.spyOn(Math, 'random').mockReturnValue(0);
    const unanswered = new OddServer({
      filtersByKey: true,
      answer: ({ apply }) => Promise.reject(apply() && new TypeError('fetch failed')),
    });
    for (const server of [new OddServer(), unanswered]) {
      const client = server.client({ fetch: blinking(globalThis.fetch), retries: never });
      expect(await client.tokens.mint(MINT)).toMatchObject({ status: 'committed' });
      expect(server.writes).toBe(1);
    }
  });

  it('is polled at the interval of the SDK, however long the policy waits', async () => {
    vi.spyOn(Math, 'random').mockReturnValue(0);
    const delay = vi.fn(() => 60_000);
    const server = new OddServer();
    await server.client({ fetch: blinking(globalThis.fetch), retries: { delay } }).tokens.mint(MINT);
    expect(delay).not.toHaveBeenCalled();
  });

  it('depends on the policy with `trust`: it is asked before each further request', async () => {
    const failures: RetryFailure[] = [];
    const answer = ({ n, apply }: { n: number; apply: () => unknown }) => {
      if (n === 1) apply();
      return refusal(500);
    };
    const trusting = async (retries: RetryPolicy) => {
      const server = new OddServer({ honoursHeader: false, filtersByKey: true, answer });
      const client = server.client({ idempotency: 'trust', retries });
      expect(await client.tokens.mint(MINT)).toMatchObject({ status: 'committed' });
      return server.writes;
    };
    expect(await trusting(never)).toBe(1);
    expect(await trusting(atOnce({ limit: 2, retry: (failure) => failures.push(failure) > 0 }))).toBe(3);
    const request = { operation: 'write', method: 'POST', route: '…/tokens/mint' };
    expect(failures).toMatchObject([1, 2].map((attempt) => ({ ...request, attempt, retryable: true })));
  });

  it('depends on the policy after a read conflict: it decides whether to submit again', async () => {
    const conflict = { status: 'FAILED', error: 'MVCC_READ_CONFLICT' };
    const submitted = async (retry: (failure: RetryFailure) => boolean) => {
      const server = new OddServer({
        answer: ({ n, apply }) => {
          const { record } = apply();
          if (n === 1) Object.assign(record, conflict);
          return Response.json({ transactionId: record.transactionId, newBalance: 5 });
        },
      });
      const end = await server
        .client({ retries: atOnce({ retry }) })
        .tokens.mint(MINT)
        .catch((error) => error);
      return [server.writes, end.code ?? end.status];
    };
    expect(await submitted(({ error }) => error.code === 'TRANSACTION_FAILED')).toEqual([2, 'committed']);
    expect(await submitted(({ error }) => error.status === 429)).toEqual([1, 'TRANSACTION_FAILED']);
  });
});
