import { describe, expect, it } from 'vitest';
import { ADMIN_KEY } from '../../helpers/adapter.js';
import { backendBefore, backendOf, refusingWrites, sendRaw, WRITES } from '../../helpers/backend.js';
import { testClient } from '../../helpers/client.js';
import { json, type Script, scriptedServer } from '../../helpers/scripted-server.js';

const SHORT = { REQUEST_TIMEOUT: '400' };
const silent: Script = () => {};

describe('a write whose time is over', () => {
  it.each(Object.entries(WRITES))('on its way: nobody knows, and its key is told: %s', async (route, body) => {
    const { admin } = await backendBefore(silent, SHORT);
    const answer = await admin(route, { body, headers: { 'Idempotency-Key': 'order-1' } });
    expect(answer).toMatchObject({ status: 504, body: { success: false, code: 'OUTCOME_UNKNOWN' } });
    expect(answer.body).toMatchObject({ details: { idempotencyKey: 'order-1' } });
  });

  it('under a key that was made for it: that is told too', async () => {
    const { admin, seen } = await backendBefore(silent, SHORT);
    const answer = await admin('POST /tokens/mint', { body: WRITES['POST /tokens/mint'] ?? {} });
    const [sent] = seen.filter(({ method }) => method === 'POST');
    expect(answer).toMatchObject({
      status: 504,
      body: { code: 'OUTCOME_UNKNOWN', details: { idempotencyKey: sent?.headers['idempotency-key'], stage: 'submit' } },
    });
  });

  it('before its commit: nobody knows, and its transaction is told', async () => {
    const record = {
      transactionId: 'tx-1',
      type: 'mint',
      status: 'PENDING',
      assetId: 'a1',
      timestamp: '2026-01-01T00:00:00Z',
    };
    const { admin } = await backendBefore((request, response) => {
      json(response, 200, request.method === 'POST' ? { transactionId: 'tx-1', newBalance: 5 } : record);
    }, SHORT);
    const answer = await admin('POST /tokens/mint', { body: WRITES['POST /tokens/mint'] ?? {} });
    expect(answer).toMatchObject({
      status: 504,
      body: { code: 'OUTCOME_UNKNOWN', details: { stage: 'commit', transactionId: 'tx-1' } },
    });
  });

  it('before it was sent again: it was not applied', async () => {
    const { url, seen } = await scriptedServer((_request, response) =>
      json(response, 429, {}, { 'Retry-After': '60' }),
    );
    const { admin } = await backendOf(testClient({ baseUrl: url, retries: 3 }), SHORT);
    const answer = await admin('POST /tokens/mint', { body: WRITES['POST /tokens/mint'] ?? {} });
    expect(answer).toMatchObject({ status: 503, body: { code: 'UPSTREAM_UNAVAILABLE' } });
    expect(seen).toHaveLength(1);
  });
});

describe('a read whose time is over', () => {
  it.each(['/assets', '/assets/a1', '/assets/a1/history', '/tokens/a1/holders', '/wallets/w1/balance'])(
    'has failed, and may be asked again: GET %s',
    async (path) => {
      const { call } = await backendBefore(silent, SHORT);
      expect(await call(`GET ${path}`)).toMatchObject({ status: 503, body: { code: 'UPSTREAM_UNAVAILABLE' } });
    },
  );

  it('has failed though each of its many pages came in time', async () => {
    let n = 0;
    const { call } = await backendBefore((_request, response) => {
      const record = { type: 'mint', status: 'COMMITTED', assetId: 'a1', timestamp: '2026-01-01T00:00:00Z' };
      const page = { transactions: [{ ...record, transactionId: `tx-${n++}` }], total: 1_000_000 };
      setTimeout(() => json(response, 200, page), 50);
    }, SHORT);
    const answer = await call('GET /assets/a1/history');
    expect(answer).toMatchObject({ status: 503, body: { code: 'UPSTREAM_UNAVAILABLE' } });
    expect(n).toBeGreaterThan(1);
  });
});

describe('the deadline of the client', () => {
  it('stays in force where it is shorter', async () => {
    const { url } = await scriptedServer(silent);
    const { admin, call } = await backendOf(testClient({ baseUrl: url, deadline: 200 }));
    expect((await call('GET /assets/a1')).status).toBe(503);
    expect((await admin('POST /tokens/mint', { body: WRITES['POST /tokens/mint'] ?? {} })).status).toBe(504);
  });
});

describe('a client that sends too slowly', () => {
  const START = ['POST /api/spydra/tokens/mint HTTP/1.1', 'Host: backend', `X-API-Key: ${ADMIN_KEY}`];
  const BODY = ['Content-Type: application/json', 'Content-Length: 100', '', '{"assetId":'];

  it.each([
    ['headers', START],
    ['a body', [...START, ...BODY]],
  ])('%s is told so, and its connection ends', async (_what, lines) => {
    const { port, seen } = await backendBefore(refusingWrites, SHORT);
    expect(await sendRaw(port, ...lines)).toMatch(/^HTTP\/1\.1 408 /);
    expect(seen).toEqual([]);
  });
});
