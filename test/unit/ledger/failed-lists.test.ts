import { InvalidResponseError, OutcomeUnknownError } from 'spydra-sdk';
import { describe, expect, it } from 'vitest';
import { endOf, rejection, testClient } from '../../helpers/client.js';
import { mockServer } from '../../helpers/mock-server.js';
import { KEYED, MINT, mine } from '../../helpers/scripted-ledger.js';

/** A client of a server that returns this for every list, and counts the writes that it accepts. */
function listing(body: unknown) {
  const count = { writes: 0 };
  const server = mockServer((request) => {
    if (request.method !== 'GET') {
      count.writes++;
      return Response.json({ transactionId: 't2', newBalance: 5 });
    }
    return Response.json(new URL(request.url).pathname.endsWith('/transactions') ? (body as object) : mine('t2'));
  });
  return { spydra: testClient({ ...server, retries: 0 }), count };
}

const FAILED = [
  { transactions: null, total: 0, error: 'index unavailable' },
  { transactions: [], total: 0, error: 'index unavailable' },
  { transactions: [], total: 0, errors: [{ message: 'index unavailable' }] },
  { transactions: null, errors: { shard: 2 } },
  { transactions: [mine('t1', { status: 'FAILED' })], total: 1, errors: ['shard 2 of 3 is away'] },
  { transactions: null, total: 0, success: false },
  { transactions: [], total: 0, ok: 'false' },
  { transactions: [], total: 0, status: 503 },
  { Status: 'error', transactions: [], total: '0' },
  { transactions: null, total: 0, message: 'upstream timed out' },
  { transactions: [], message: 'upstream timed out' },
  { transactions: null, code: 'BACKEND_TIMEOUT' },
  { transactions: null, total: null, title: 'Bad Gateway', detail: 'no upstream' },
  { transactions: [], total: '' },
  { transactions: null, total: false },
];

describe('a list of transactions with a failure beside it', () => {
  it.each(FAILED)('does not show that nothing was written: %j', async (body) => {
    const { spydra, count } = listing(body);
    expect(await rejection(spydra.tokens.mint(MINT, KEYED))).toBeInstanceOf(OutcomeUnknownError);
    expect(await rejection(spydra.transactions.reconcile('order-7'))).toBeInstanceOf(InvalidResponseError);
    expect(await rejection(spydra.transactions.list())).toBeInstanceOf(InvalidResponseError);
    expect(count.writes).toBe(0);
  });
});

describe('a response without a list of transactions', () => {
  it.each([null, [], {}, '', 0, { data: [] }, { transactions: {} }, { transactions: false, total: 0 }, { total: 0 }])(
    'does not show that nothing was written: %j',
    async (body) => {
      const { spydra, count } = listing(body);
      expect(await rejection(spydra.tokens.mint(MINT, KEYED))).toBeInstanceOf(OutcomeUnknownError);
      expect(count.writes).toBe(0);
    },
  );
});

describe('an empty list of transactions', () => {
  it.each([
    { transactions: [], total: 0 },
    { transactions: null, total: 0, limit: 100, offset: 0, hasMore: false, sortOrder: 'desc' },
    { transactions: null, total: 0, success: true, code: 0, message: 'OK', error: null, errors: [] },
    { transactions: null, status: 200, message: '' },
    { transactions: [], total: 0, message: 'No transactions match.' },
  ])('shows that nothing was written: %j', async (body) => {
    const { spydra, count } = listing(body);
    expect(await endOf(spydra.tokens.mint(MINT, KEYED))).toMatchObject({ status: 'committed' });
    expect(count.writes).toBe(1);
  });
});
