import type { SpydraClientOptions } from 'spydra-sdk';
import { describe, expect, it, vi } from 'vitest';
import { API_KEY, testClient } from '../../../test/helpers/client.js';
import { closedUrl, json, type Script, scriptedServer } from '../../../test/helpers/scripted-server.js';
import { advancing, fakeTimeOverSockets, leaping, until } from '../../../test/helpers/time.js';
import { adapterOf } from './helpers/adapter.js';
import { ADMIN_KEY, type Answer } from './helpers/listening.js';

const MINT = { assetId: 'a1', recipientWallet: 'w1', amount: 5 };
const TX = 'tx-1';

/** The adapter in front of a scripted Spydra. */
async function adapterBefore(script: Script, options: SpydraClientOptions = {}) {
  const upstream = await scriptedServer(script);
  // Only what stalls is ended by its timeout, however slow the machine is.
  const limits = script === stalling ? { timeout: 300 } : {};
  const spydra = testClient({ baseUrl: upstream.url, retries: 0, ...limits, ...options });
  return { upstream, spydra, ...(await adapterOf(spydra)) };
}

/** Answers with a status and with everything that must not be passed on. */
function refusing(status: number, code?: string, headers?: Record<string, string>): Script {
  return (request, response) => {
    const message = `${request.method} ${request.path} with ${request.headers['x-api-key']}\n    at secret.js:1`;
    // What names a transaction can be followed; here that is a conflict alone.
    const details = status === 409 ? { transactionId: TX, message } : { message };
    json(response, status, { message, code, details }, headers);
  };
}

/** Takes the mint, and then says this of its transaction. */
function taking(record: object): Script {
  let metadata: unknown;
  return (request, response) => {
    const base = { transactionId: TX, type: 'mint', assetId: 'a1', timestamp: '2026-01-01T00:00:00Z', metadata };
    if (request.method === 'POST') {
      metadata = JSON.parse(request.body).metadata;
      json(response, 200, { transactionId: TX, newBalance: 5 });
    } else json(response, 200, { ...base, ...record });
  };
}

/** Refuses a write, and shows nothing under its key. */
function refusingWrites(status: number): Script {
  return (request, response, n) => {
    if (request.method === 'POST') refusing(status)(request, response, n);
    else json(response, 200, { transactions: [], total: 0 });
  };
}

const broken: Script = (_request, response) => void response.socket?.destroy();
const stalling: Script = (_request, response) => {
  response.writeHead(200, { 'Content-Length': '100' });
  response.write('{');
};
const ofAnotherShape: Script = (_request, response) => json(response, 200, { hello: 'world' });
const notJson: Script = (_request, response) => void response.end('<html>');

/** Asserts the envelope of an error without internal details. */
function expectError(answer: Answer, status: number, code: string, details?: unknown) {
  expect(answer.status).toBe(status);
  expect(answer.body).toEqual({
    success: false,
    error: expect.stringMatching(/^[A-Z].*\.$/),
    code,
    requestId: answer.headers.get('X-Request-Id'),
    ...(details === undefined ? {} : { details }),
  });
  for (const secret of [API_KEY, ADMIN_KEY, 'projects/', 'http:', '127.0.0.1', 'secret.js', 'node_modules']) {
    expect(answer.text).not.toContain(secret);
  }
}

describe('a read responds', () => {
  it.each<[string, Script, number, string]>([
    ['400', refusing(400), 400, 'INVALID_REQUEST'],
    ['401', refusing(401), 502, 'UPSTREAM_FAILED'],
    ['403', refusing(403), 502, 'UPSTREAM_FAILED'],
    ['404', refusing(404), 404, 'NOT_FOUND'],
    ['409', refusing(409), 409, 'CONFLICT'],
    ['418', refusing(418), 502, 'UPSTREAM_FAILED'],
    ['500', refusing(500), 502, 'UPSTREAM_FAILED'],
    ['502', refusing(502), 502, 'UPSTREAM_FAILED'],
    ['503', refusing(503), 503, 'UPSTREAM_UNAVAILABLE'],
    ['a broken connection', broken, 503, 'UPSTREAM_UNAVAILABLE'],
    ['a stalled body', stalling, 503, 'UPSTREAM_UNAVAILABLE'],
    ['another shape', ofAnotherShape, 502, 'UPSTREAM_FAILED'],
    ['no JSON', notJson, 502, 'UPSTREAM_FAILED'],
  ])('to %s from Spydra', async (_name, script, status, code) => {
    const { call, logger } = await adapterBefore(script);
    expectError(await call('GET /assets/a1'), status, code);
    expect(logger.error).toHaveBeenCalledTimes(status >= 500 ? 1 : 0);
  });

  it('503 if Spydra refuses the connection', async () => {
    const { call } = await adapterOf(testClient({ baseUrl: await closedUrl(), retries: 0 }));
    expectError(await call('GET /assets/a1'), 503, 'UPSTREAM_UNAVAILABLE');
    expect((await call('GET /health')).status).toBe(503);
  });

  it('503 when the deadline is over', async () => {
    const { call } = await adapterBefore(() => {}, { deadline: 50 });
    expectError(await call('GET /assets/a1'), 503, 'UPSTREAM_UNAVAILABLE');
  });

  it('503 when the client is closed', async () => {
    const { call, spydra } = await adapterBefore(refusing(404));
    await spydra.close();
    expectError(await call('GET /assets/a1'), 503, 'UPSTREAM_UNAVAILABLE');
  });

  it('502 to a list that never ends', async () => {
    const record = { transactionId: TX, type: 'mint', status: 'COMMITTED', timestamp: '2026-01-01T00:00:00Z' };
    const { call } = await adapterBefore((_request, response) => {
      json(response, 200, { transactions: [record], total: 5 });
    });
    expectError(await call('GET /assets/a1/history'), 502, 'UPSTREAM_FAILED');
  });

  it('500 to any other error, and logs it', async () => {
    const { call, spydra, logger } = await adapterBefore(refusing(404));
    const bug = new Error(`secret.js knows ${API_KEY}`);
    vi.spyOn(spydra.assets, 'get').mockRejectedValue(bug);
    expectError(await call('GET /assets/a1'), 500, 'INTERNAL');
    const requestId = expect.any(String);
    const fields = { requestId, status: 500, code: 'INTERNAL', err: bug };
    expect(logger.error).toHaveBeenCalledExactlyOnceWith(fields, 'spydra: request failed');
  });
});

describe('a Retry-After of Spydra', () => {
  it.each([
    ['seconds', () => '7', '7'],
    ['a date', () => new Date(Date.now() + 7_000).toUTCString(), '7'],
    ['nothing usable', () => 'soon', '1'],
  ])('in %s is passed on in whole seconds', async (_form, header, seconds) => {
    await fakeTimeOverSockets();
    const { call } = await adapterBefore((request, response) =>
      refusing(429, undefined, { 'Retry-After': header() })(request, response, 1),
    );
    const answer = await call('GET /assets/a1');
    expectError(answer, 429, 'RATE_LIMITED');
    const stated = Number(answer.headers.get('Retry-After'));
    expect([Number(seconds), Number(seconds) - 1]).toContain(stated);
    expect(stated).toBeGreaterThan(0);
  });

  it('is returned for further requests during the pause, without a request to Spydra', async () => {
    await fakeTimeOverSockets();
    const options = { deadline: 1_000 };
    const { call, admin, upstream } = await adapterBefore(refusing(429, undefined, { 'Retry-After': '7' }), options);
    await call('GET /assets/a1');
    const answer = await admin('POST /tokens/mint', { body: MINT });
    expectError(answer, 429, 'RATE_LIMITED');
    expect(answer.headers.get('Retry-After')).toBe('7');
    expect(upstream.seen).toHaveLength(1);
  });

  it('with a 503 stays a 503', async () => {
    const { call } = await adapterBefore(refusing(503, undefined, { 'Retry-After': '7' }));
    const answer = await call('GET /assets/a1');
    expectError(answer, 503, 'UPSTREAM_UNAVAILABLE');
    expect(answer.headers.get('Retry-After')).toBe('7');
  });
});

describe('a write that was not applied responds', () => {
  it.each<[string, Script, number, string, unknown?]>([
    ['400', refusing(400), 400, 'INVALID_REQUEST'],
    ['401', refusing(401), 502, 'UPSTREAM_FAILED'],
    ['403', refusing(403), 502, 'UPSTREAM_FAILED'],
    ['404', refusing(404), 404, 'NOT_FOUND'],
    ['409', refusingWrites(409), 409, 'CONFLICT'],
    ['too small a balance', refusing(409, 'INSUFFICIENT_BALANCE'), 409, 'INSUFFICIENT_BALANCE'],
    ['too small a supply', refusing(409, 'SUPPLY_EXCEEDED'), 409, 'SUPPLY_EXCEEDED'],
    [
      'a lost race',
      taking({ status: 'FAILED', error: 'MVCC_READ_CONFLICT' }),
      409,
      'TRANSACTION_FAILED',
      { transactionId: TX, validationCode: 'MVCC_READ_CONFLICT' },
    ],
    [
      'an invalid transaction',
      taking({ status: 'FAILED', error: 'ENDORSEMENT_POLICY_FAILURE' }),
      502,
      'TRANSACTION_FAILED',
      { transactionId: TX },
    ],
  ])('to %s', async (_name, script, status, code, details) => {
    const { admin } = await adapterBefore(script);
    expectError(await admin('POST /tokens/mint', { body: MINT }), status, code, details);
  });

  it('503 if Spydra refuses the connection', async () => {
    const { admin } = await adapterOf(testClient({ baseUrl: await closedUrl(), retries: 0 }));
    expectError(await admin('POST /tokens/mint', { body: MINT }), 503, 'UPSTREAM_UNAVAILABLE');
  });
});

describe('a write that may have been applied responds 504', () => {
  const UNKNOWN = { idempotencyKey: expect.stringMatching(/^[\w-]{36}$/), stage: 'submit' };

  it.each<[string, Script]>([
    ['500', refusing(500)],
    ['502', refusing(502)],
    ['503', refusing(503)],
    ['504', refusing(504)],
    ['a broken connection', broken],
    ['a stalled body', stalling],
    ['another shape', ofAnotherShape],
    ['no JSON', notJson],
  ])('to %s, with the key that was sent', async (_name, script) => {
    const pass = await fakeTimeOverSockets();
    const { admin, upstream } = await adapterBefore(script, { retries: 3 });
    const answering = admin('POST /tokens/mint', { body: MINT });
    await until(() => upstream.of('POST').length === 1);
    const answer = await (script === stalling ? leaping(answering) : advancing(pass, answering));
    expectError(answer, 504, 'OUTCOME_UNKNOWN', UNKNOWN);
    const { details } = answer.body as { details: { idempotencyKey: string } };
    expect(upstream.of('POST')).toMatchObject([{ headers: { 'idempotency-key': details.idempotencyKey } }]);
  });

  it('on every route that writes', async () => {
    const { admin } = await adapterBefore(refusing(500));
    const asset = { name: 'n', symbol: 's', description: 'd', assetType: 't', totalValue: 1, totalSupply: 1 };
    const answers = [
      await admin('POST /assets', { body: { asset, creatorWallet: 'w1' } }),
      await admin('PUT /assets/a1', { body: { updates: { name: 'n' }, updaterWallet: 'w1' } }),
      await admin('POST /assets/a1/publish', { body: { publisherWallet: 'w1' } }),
      await admin('POST /assets/a1/metadata', { body: { metadata: {} } }),
      await admin('POST /tokens/burn', { body: { assetId: 'a1', holderWallet: 'w1', burnerWallet: 'w1', amount: 1 } }),
      await admin('POST /tokens/transfer', { body: { assetId: 'a1', fromWallet: 'w1', toWallet: 'w2', amount: 1 } }),
      await admin('POST /tokens/purchase', { body: { assetId: 'a1', seller: 'w1', buyer: 'w2', amount: 1, price: 1 } }),
    ];
    for (const answer of answers) expectError(answer, 504, 'OUTCOME_UNKNOWN', UNKNOWN);
  });

  it.each([
    ['never commits', { status: 'PENDING' }],
    ['has a status that nobody knows', { status: 'ALMOST' }],
  ])('to a transaction that %s, with its id', async (_name, record) => {
    const pass = await fakeTimeOverSockets();
    const { admin, upstream } = await adapterBefore(taking(record), { deadline: 20_000 });
    const answering = admin('POST /tokens/mint', { body: MINT });
    while (!upstream.seen.some(({ path }) => path.endsWith(TX))) await pass(10);
    await pass(20_000);
    const answer = await answering;
    expectError(answer, 504, 'OUTCOME_UNKNOWN', { ...UNKNOWN, stage: 'commit', transactionId: TX });
  });
});

it('a document that cannot be read back in time gets a 504 with its id', async () => {
  const pass = await fakeTimeOverSockets();
  const { admin, upstream } = await adapterBefore(
    (request, response) => json(response, request.method === 'POST' ? 200 : 404, { metadataId: 'm1' }),
    { deadline: 4_000 },
  );
  const answering = admin('POST /assets/a1/metadata', { body: { metadata: { a: 1 } } });
  while (upstream.of('GET').length === 0) await pass(10);
  await pass(4_000);
  const answer = await answering;
  expectError(answer, 504, 'OUTCOME_UNKNOWN', { stage: 'commit', metadataId: 'm1' });
});

describe('a client that disconnects', () => {
  it('does not abort a write that was sent', async () => {
    const taken = taking({ status: 'COMMITTED' });
    const { admin, upstream } = await adapterBefore(
      (request, response, n) => {
        if (request.method === 'POST' && n === 1) json(response, 429, {}, { 'Retry-After': '1' });
        else taken(request, response, n);
      },
      { retries: 1 },
    );
    const controller = new AbortController();
    const answer = admin('POST /tokens/mint', { body: MINT, signal: controller.signal });
    await vi.waitFor(() => expect(upstream.seen).toHaveLength(1), 60_000);
    controller.abort();
    await expect(answer).rejects.toThrow();
    await vi.waitFor(() => expect(upstream.seen.map((r) => r.method)).toEqual(['POST', 'POST', 'GET']), 60_000);
  });
});
