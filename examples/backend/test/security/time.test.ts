import { EventEmitter } from 'node:events';
import type { Request, Response } from 'express';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { testClient } from '../../../../test/helpers/client.js';
import { json, type Script, scriptedServer } from '../../../../test/helpers/scripted-server.js';
import { fakeTimeOverSockets, until } from '../../../../test/helpers/time.js';
import { requestTime, timeIsOver } from '../../limits/request-time.js';
import { ADMIN_KEY, backendBefore, backendOf, refusingWrites, sendRaw, WRITES } from '../helpers/backend.js';

/** Milliseconds. */
const TIME = 20_000;
const LIMITED = { REQUEST_TIMEOUT: String(TIME) };
const silent: Script = () => {};

describe('a write that exceeds the time limit of its request', () => {
  it.each(Object.entries(WRITES))(
    'has an unknown outcome and returns its key if it was sent: %s',
    async (route, body) => {
      const pass = await fakeTimeOverSockets();
      const { admin, seen } = await backendBefore(silent, LIMITED);
      const answering = admin(route, { body, headers: { 'Idempotency-Key': 'order-1' } });
      await until(() => seen.length > 0);
      await pass(TIME);
      const answer = await answering;
      expect(answer).toMatchObject({ status: 504, body: { success: false, code: 'OUTCOME_UNKNOWN' } });
      expect(answer.body).toMatchObject({ details: { idempotencyKey: 'order-1' } });
    },
  );

  it('returns a generated key too', async () => {
    const pass = await fakeTimeOverSockets();
    const { admin, seen } = await backendBefore(silent, LIMITED);
    const answering = admin('POST /tokens/mint', { body: WRITES['POST /tokens/mint'] ?? {} });
    await until(() => seen.length > 0);
    await pass(TIME);
    const answer = await answering;
    const [sent] = seen.filter(({ method }) => method === 'POST');
    expect(answer).toMatchObject({
      status: 504,
      body: { code: 'OUTCOME_UNKNOWN', details: { idempotencyKey: sent?.headers['idempotency-key'], stage: 'submit' } },
    });
  });

  it('has an unknown outcome and returns its transaction if it is not committed', async () => {
    const record = {
      transactionId: 'tx-1',
      type: 'mint',
      status: 'PENDING',
      assetId: 'a1',
      timestamp: '2026-01-01T00:00:00Z',
    };
    const pass = await fakeTimeOverSockets();
    const { admin, seen } = await backendBefore((request, response) => {
      json(response, 200, request.method === 'POST' ? { transactionId: 'tx-1', newBalance: 5 } : record);
    }, LIMITED);
    const answering = admin('POST /tokens/mint', { body: WRITES['POST /tokens/mint'] ?? {} });
    while (!seen.some(({ path }) => path.endsWith('/tx-1'))) await pass(10);
    await pass(TIME);
    const answer = await answering;
    expect(answer).toMatchObject({
      status: 504,
      body: { code: 'OUTCOME_UNKNOWN', details: { stage: 'commit', transactionId: 'tx-1' } },
    });
  });

  it('is not applied if it was waiting to be sent again', async () => {
    const { url, seen } = await scriptedServer((_request, response) =>
      json(response, 429, {}, { 'Retry-After': '60' }),
    );
    const pass = await fakeTimeOverSockets();
    let isRefused = false;
    const fetch: typeof globalThis.fetch = async (input, init) => {
      const response = await globalThis.fetch(input, init);
      const text = await response.text();
      isRefused = true;
      return new Response(text, response);
    };
    const { admin } = await backendOf(testClient({ baseUrl: url, fetch, retries: 3 }), LIMITED);
    const answering = admin('POST /tokens/mint', { body: WRITES['POST /tokens/mint'] ?? {} });
    await until(() => isRefused);
    await pass(TIME);
    const answer = await answering;
    expect(answer).toMatchObject({ status: 503, body: { code: 'UPSTREAM_UNAVAILABLE' } });
    expect(seen).toHaveLength(1);
  });
});

describe('a read that exceeds the time limit of its request', () => {
  it.each(['/assets', '/assets/a1', '/assets/a1/history', '/tokens/a1/holders', '/wallets/w1/balance'])(
    'fails with 503: GET %s',
    async (path) => {
      const pass = await fakeTimeOverSockets();
      const { call, seen } = await backendBefore(silent, LIMITED);
      const answering = call(`GET ${path}`);
      await until(() => seen.length > 0);
      await pass(TIME);
      expect(await answering).toMatchObject({ status: 503, body: { code: 'UPSTREAM_UNAVAILABLE' } });
    },
  );

  it('fails even if each of its pages arrived in time', async () => {
    let n = 0;
    const pass = await fakeTimeOverSockets();
    const { call } = await backendBefore(({ path }, response) => {
      n++;
      const { searchParams } = new URL(path, 'http://localhost');
      const [offset, limit] = [Number(searchParams.get('offset')), Number(searchParams.get('limit'))];
      const record = { type: 'mint', status: 'COMMITTED', assetId: 'a1', timestamp: '2026-01-01T00:00:00Z' };
      const transactions = Array.from({ length: limit }, (_, i) => ({ ...record, transactionId: `tx-${offset + i}` }));
      void pass(TIME / 5).then(() => json(response, 200, { transactions, total: 1_000_000 }));
    }, LIMITED);
    const answer = await call('GET /assets/a1/history');
    expect(answer).toMatchObject({ status: 503, body: { code: 'UPSTREAM_UNAVAILABLE' } });
    expect(n).toBeGreaterThan(1);
  });
});

it.each([2 ** 31, 2 ** 53, Number.POSITIVE_INFINITY])(
  'a time limit of %d ms, above the longest timer, does not end a request at once',
  (milliseconds) => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    const response = Object.assign(new EventEmitter(), { locals: {} }) as unknown as Response;
    requestTime(milliseconds)({} as Request, response, () => {});
    vi.advanceTimersByTime(60_000);
    expect(timeIsOver(response)?.aborted).toBe(false);
  },
);

describe('the deadline of the client', () => {
  it('still applies if it is shorter than the time limit of a request', async () => {
    const pass = await fakeTimeOverSockets();
    const { url, seen } = await scriptedServer(silent);
    const { admin, call } = await backendOf(testClient({ baseUrl: url, deadline: 1_000 }));
    const reading = call('GET /assets/a1');
    await until(() => seen.length === 1);
    await pass(1_000);
    expect((await reading).status).toBe(503);
    const writing = admin('POST /tokens/mint', { body: WRITES['POST /tokens/mint'] ?? {} });
    await until(() => seen.length === 2);
    await pass(1_000);
    expect((await writing).status).toBe(504);
  });
});

describe('a client that sends too slowly', () => {
  const START = ['POST /api/spydra/tokens/mint HTTP/1.1', 'Host: backend', `X-API-Key: ${ADMIN_KEY}`];
  const BODY = ['Content-Type: application/json', 'Content-Length: 100', '', '{"assetId":'];

  it.each([
    ['headers', START],
    ['a body', [...START, ...BODY]],
  ])('%s gets a 408, and its connection is closed', async (_what, lines) => {
    const { port, seen } = await backendBefore(refusingWrites, { REQUEST_TIMEOUT: '400' });
    expect(await sendRaw(port, ...lines)).toMatch(/^HTTP\/1\.1 408 /);
    expect(seen).toEqual([]);
  });
});
