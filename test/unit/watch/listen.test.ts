import { AuthenticationError, ConnectionError, RateLimitError, type SpydraError } from 'spydra-sdk';
import { afterEach, expect, it, vi } from 'vitest';
import type { Call } from '../../../src/core/call.js';
import { STANDARD } from '../../../src/http/retries.js';
import type { Ledger, LedgerEvent, TransactionRecord } from '../../../src/ledger/ledger.js';
import { TransactionPoller } from '../../../src/ledger/transaction-poller.js';
import { watch } from '../../../src/ledger/watch.js';
import { advancing, fakeTime } from '../../helpers/time.js';

afterEach(() => void vi.useRealTimers());

const record = (transactionId: string, type = 'mint'): TransactionRecord => ({
  transactionId,
  type,
  status: 'COMMITTED',
  timestamp: '2026-01-01T00:00:00Z',
});

/** A ledger that pushes numbered events, and fails after some; what it was called with. */
function pushing(events: readonly (LedgerEvent | SpydraError)[]) {
  const calls: unknown[] = [];
  const invalidated: string[] = [];
  const left = [...events];
  const ledger = {
    async *listen(from: unknown) {
      calls.push(from);
      for (let next = left.shift(); next; next = left.shift()) {
        if (next instanceof Error) throw next;
        yield next;
      }
    },
    invalidate: async ({ transactionId }: TransactionRecord) => void invalidated.push(transactionId),
    listTransactions: () => Promise.reject(new Error('A ledger that pushes its events is not polled.')),
  } as Partial<Ledger> as Ledger;
  return { ledger, calls, invalidated };
}

const event = (n: number, type?: string): LedgerEvent => ({ record: record(`t${n}`, type), checkpoint: { block: n } });
const call = (): Call => ({
  signal: new AbortController().signal,
  deadlineAt: Number.POSITIVE_INFINITY,
  timeout: 1_000,
  retries: STANDARD,
  headers: {},
});
const again = { retryable: true };

it('a watch logs each interruption, and pauses longer from one to the next unless it has listened for a while', async () => {
  const pass = fakeTime();
  const lives = [0, 0, 31_000, 0];
  const ledger = {
    async *listen() {
      const life = lives.shift();
      if (life === undefined) throw new AuthenticationError('refused');
      await new Promise((resolve) => setTimeout(resolve, life));
      throw new ConnectionError('away', again);
    },
  } as Partial<Ledger> as Ledger;
  const warn = vi.fn();
  const logger = { debug: warn, info: warn, warn, error: warn };
  const events = watch(ledger, new TransactionPoller(ledger), { overlap: 1, interval: 1 }, undefined, call(), logger);
  await expect(advancing(pass, events.next())).rejects.toBeInstanceOf(AuthenticationError);
  const interrupted = (pause: number) => [{ code: 'CONNECTION', pause }, 'spydra: watch interrupted'];
  expect(warn.mock.calls).toEqual([250, 500, 250, 500].map(interrupted));
});

it('a ledger that pushes its events is listened to from the last checkpoint after each failure', async () => {
  const pass = fakeTime();
  const { ledger, calls, invalidated } = pushing([
    { record: undefined, checkpoint: { block: 0 } },
    new ConnectionError('away', again),
    new ConnectionError('away', again),
    event(1),
    event(2, 'burn'),
    new RateLimitError('wait', { ...again, retryAfter: 60_000 }),
    event(3),
    new AuthenticationError('refused'),
  ]);
  const query = { types: ['mint'], overlap: 1, interval: 1 };
  const seen: unknown[] = [];
  const work = (async () => {
    for await (const { record, checkpoint } of watch(ledger, new TransactionPoller(ledger), query, undefined, call())) {
      seen.push([record.transactionId, checkpoint]);
    }
  })();
  const began = performance.now();
  await expect(advancing(pass, work)).rejects.toBeInstanceOf(AuthenticationError);
  expect(seen).toEqual([
    ['t1', { block: 1 }],
    ['t3', { block: 3 }],
  ]);
  expect(invalidated).toEqual(['t1', 't3']);
  expect(calls).toEqual([undefined, { block: 0 }, { block: 0 }, { block: 2 }]);
  expect(performance.now() - began).toBeGreaterThanOrEqual(60_000);
});
