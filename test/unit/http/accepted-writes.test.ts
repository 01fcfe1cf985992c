import { OutcomeUnknownError, TransactionFailedError } from 'spydra-sdk';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { rejection, testClient } from '../../helpers/client.js';
import { json, scriptedServer } from '../../helpers/scripted-server.js';
import { advancing, fakeTimeOverSockets, until } from '../../helpers/time.js';
import { ACCEPTED, ledgerServer, MINT, record } from './recording-server.js';

// No jitter: the tests count attempts, not times.
beforeEach(() => void vi.spyOn(Math, 'random').mockReturnValue(0));
afterEach(() => void vi.restoreAllMocks());

describe('a write after it was accepted', () => {
  const confirming = (records: readonly (() => object)[], receipts: readonly string[]) => {
    let polls = 0;
    return ledgerServer((request, response, n) => {
      if (request.method === 'POST') {
        return json(response, 200, { transactionId: receipts[Math.min(n, receipts.length) - 1], newBalance: 5 });
      }
      return json(response, 200, records[Math.min(polls++, records.length - 1)]?.());
    });
  };

  it.each(['MVCC_READ_CONFLICT', 'PHANTOM_READ_CONFLICT'])(
    'is submitted again under the same key: %s',
    async (code) => {
      const server = await confirming(
        [() => record('FAILED', 't1', code), () => record('COMMITTED', 't2')],
        ['t1', 't2'],
      );
      const result = await testClient({ baseUrl: server.url }).tokens.mint(MINT);
      expect(result).toMatchObject({ status: 'committed', transactionId: 't2' });
      const posts = server.of('POST');
      expect(posts).toHaveLength(2);
      expect(posts[1]?.headers['idempotency-key']).toBe(posts[0]?.headers['idempotency-key']);
      expect(posts[1]?.body).toBe(posts[0]?.body);
    },
  );

  it('fails as not applied after repeated conflicts', async () => {
    const server = await ledgerServer((request, response, n) => {
      if (request.method === 'POST') return json(response, 200, { transactionId: `t${n}`, newBalance: 5 });
      return json(response, 200, record('FAILED', request.path.split('/').at(-1), 'MVCC_READ_CONFLICT'));
    });
    const error = await rejection(testClient({ baseUrl: server.url, retries: 2 }).tokens.mint(MINT));
    expect(error).toBeInstanceOf(TransactionFailedError);
    expect(error).toMatchObject({ outcome: 'not-applied', retryable: true, validationCode: 'MVCC_READ_CONFLICT' });
    expect(server.of('POST')).toHaveLength(3);
  });

  it('is not submitted a third time if the server returns the failed transaction again', async () => {
    const server = await confirming([() => record('FAILED', 't1', 'MVCC_READ_CONFLICT')], ['t1']);
    const error = await rejection(testClient({ baseUrl: server.url, retries: 9 }).tokens.mint(MINT));
    expect(error).toBeInstanceOf(TransactionFailedError);
    expect(server.of('POST')).toHaveLength(2);
  });

  it('is not applied and not sent again if it failed otherwise', async () => {
    const server = await confirming([() => record('FAILED', 't1', 'ENDORSEMENT_POLICY_FAILURE')], ['t1']);
    const error = await rejection(testClient({ baseUrl: server.url }).tokens.mint(MINT));
    expect(error).toBeInstanceOf(TransactionFailedError);
    expect(error).toMatchObject({
      outcome: 'not-applied',
      retryable: false,
      validationCode: 'ENDORSEMENT_POLICY_FAILURE',
      transactionId: 't1',
    });
    expect(server.of('POST')).toHaveLength(1);
  });

  it('has an unknown outcome with its transaction id if it is not committed in time', async () => {
    const server = await confirming([() => record('PENDING'), () => record('SOMETHING_NEW')], ['t1']);
    const pass = await fakeTimeOverSockets();
    const accepted = vi.fn();
    const options = { deadline: 400, onResponse: accepted };
    const minting = rejection(testClient({ baseUrl: server.url }).tokens.mint(MINT, options));
    await until(() => accepted.mock.calls.length > 0);
    const error = await advancing(pass, minting);
    expect(error).toBeInstanceOf(OutcomeUnknownError);
    expect(error).toMatchObject({ outcome: 'unknown', stage: 'commit', transactionId: 't1' });
    expect(server.of('POST')).toHaveLength(1);
  });

  it('is still waited for when polls fail', async () => {
    const server = await ledgerServer((request, response, n) => {
      if (request.method === 'POST') return json(response, 200, ACCEPTED);
      return n < 4 ? json(response, n === 1 ? 404 : 503, {}) : json(response, 200, record('CONFIRMED'));
    });
    const result = await testClient({ baseUrl: server.url, retries: 0 }).tokens.mint(MINT);
    expect(result.status).toBe('committed');
  });

  it.each([502, 520, 522, 530, 599])('is still waited for after a %i on a poll', async (code) => {
    let polls = 0;
    const server = await ledgerServer((request, response) => {
      if (request.method === 'POST') return json(response, 200, ACCEPTED);
      return ++polls === 1 ? json(response, code, {}) : json(response, 200, record('COMMITTED'));
    });
    const result = await testClient({ baseUrl: server.url, retries: 0 }).tokens.mint(MINT);
    expect(result.status).toBe('committed');
  });

  it.each([502, 520, 522, 530, 599])('is still searched for after a %i on a search', async (code) => {
    let searches = 0;
    let metadata: unknown;
    const server = await scriptedServer((request, response) => {
      if (request.method === 'POST') {
        ({ metadata } = JSON.parse(request.body));
        return void response.socket?.destroy();
      }
      if (request.path.includes('/balances/')) return json(response, 200, { balances: [] });
      if (!request.path.includes('?')) return json(response, 200, { ...record('COMMITTED'), metadata });
      if (++searches === 1) return json(response, code, {});
      return json(response, 200, { transactions: [{ ...record('COMMITTED'), metadata }], total: 1 });
    });
    const client = testClient({ baseUrl: server.url, retries: 0, uncertaintyWindow: 10_000 });
    expect((await client.tokens.mint(MINT)).status).toBe('committed');
    expect(server.of('POST')).toHaveLength(1);
  });

  it('resolves as pending at once with confirm: false', async () => {
    const server = await confirming([() => record('PENDING')], ['t1']);
    const result = await testClient({ baseUrl: server.url }).tokens.mint(MINT, { confirm: false });
    expect(result).toMatchObject({ status: 'pending', transactionId: 't1', newBalance: 5n });
    expect(server.of('GET')).toHaveLength(0);
  });
});
