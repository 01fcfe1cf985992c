import type { RequestHandler, Router } from 'express';
import { describe, expect, it, vi } from 'vitest';
import { testClient } from '../../../test/helpers/client.js';
import { minted, sandboxed } from '../../../test/helpers/sandbox.js';
import { Refusal, ROUTES, type RunWrite, requireApiKey, type SpydraRouterOptions, spydraRouter } from '../index.js';
import { adapterBefore, adapterOf } from './helpers/adapter.js';
import { ADMIN_KEY } from './helpers/listening.js';
import { refusingWrites, WRITES } from './helpers/writes.js';

const guards = { admin: requireApiKey(ADMIN_KEY) };
const MINT = { body: WRITES['POST /tokens/mint'] ?? {} };
const PURCHASE = { body: WRITES['POST /tokens/purchase'] ?? {} };

describe('spydraRouter', () => {
  const routerWith = (options: object) => () => spydraRouter(testClient({}), options as SpydraRouterOptions);

  it('has exactly the routes of the table', () => {
    const { stack }: Router = spydraRouter(testClient({}), { guards });
    const routes = stack.flatMap(({ route }) =>
      route ? route.stack.map(({ method }) => `${method.toUpperCase()} ${route.path}`) : [],
    );
    expect([...new Set(routes)].sort()).toEqual(Object.keys(ROUTES).sort());
  });

  it('refuses an unknown option and names the nearest known one', () => {
    expect(routerWith({ guards, writes: {} })).toThrow('spydraRouter has no option writes: did you mean write?');
    expect(routerWith({ guards, colour: 'red' })).toThrow(/^spydraRouter has no option colour$/);
  });

  it('refuses to start without a guard for admins', () => {
    const { admin } = guards;
    const unguarded = [{}, { investor: admin }, { admin: [] }, { admin, investor: [] }];
    expect(routerWith({})).toThrow('spydraRouter needs guards.admin');
    for (const wrong of unguarded) expect(routerWith({ guards: wrong })).toThrow('spydraRouter needs guards.admin');
  });

  it('refuses to start with a guard for investors if nothing checks what they buy', () => {
    const investor: RequestHandler = (_request, _response, next) => next();
    expect(routerWith({ guards: { ...guards, investor } })).toThrow('spydraRouter needs write with guards.investor');
  });
});

describe('a guard', () => {
  it('runs before every route that writes, and before no other one', async () => {
    const seen: string[] = [];
    const admin: RequestHandler = ({ method, route }, _response, next) => {
      seen.push(`${method} ${route.path}`);
      next();
    };
    const { call } = await adapterBefore(refusingWrites, { guards: { admin } });
    for (const [route, body] of Object.entries(WRITES)) expect((await call(route, { body })).status).toBe(409);
    await call('GET /assets/a1');
    expect(seen.sort()).toEqual(
      Object.keys(ROUTES)
        .filter((route) => !route.startsWith('GET '))
        .sort(),
    );
  });

  it('of investors runs before purchases instead of the one of admins', async () => {
    const { call } = await adapterBefore(refusingWrites, {
      guards: { ...guards, investor: [(_request, _response, next) => next()] },
      write: ({ options }, send) => send(options),
    });
    expect((await call('POST /tokens/purchase', PURCHASE)).status).toBe(409);
    for (const [route, body] of Object.entries(WRITES)) {
      if (route !== 'POST /tokens/purchase') expect((await call(route, { body })).status).toBe(401);
    }
  });
});

describe('the hook `write`', () => {
  it('receives the valid request with the call options of its write', async () => {
    const write = vi.fn<RunWrite>(({ options }, send) => send(options));
    const { admin } = await adapterBefore(refusingWrites, { write });
    const headers = { 'Idempotency-Key': 'order-1', 'X-Request-Id': 'id-1' };
    await admin('PUT /assets/a1', { headers, body: { updates: { name: 'n' }, updaterWallet: 'w1' } });
    await admin('POST /tokens/purchase', { headers, ...PURCHASE });
    await admin('POST /tokens/mint', { body: {} });
    const options = { idempotencyKey: 'order-1', headers: { 'X-Request-Id': 'id-1' }, signal: undefined };
    expect(write.mock.calls.map(([order]) => order)).toMatchObject([
      { route: 'PUT /assets/:assetId', assetId: 'a1', body: { updates: { name: 'n' }, updaterWallet: 'w1' }, options },
      { route: 'POST /tokens/purchase', assetId: 'a1', body: { sellerWallet: 'w2', buyerWallet: 'w1' }, options },
    ]);
  });

  it('refuses a write by throwing, and nothing is sent', async () => {
    const write: RunWrite = ({ route }, _send) =>
      Promise.reject(new Refusal(403, 'FORBIDDEN', `No ${route}.`, { retryAfter: 5 }));
    const { admin, seen } = await adapterBefore(refusingWrites, { write });
    for (const [route, body] of Object.entries(WRITES)) {
      const answer = await admin(route, { body });
      expect(answer).toMatchObject({ status: 403, body: { success: false, code: 'FORBIDDEN' } });
      expect(answer.headers.get('Retry-After')).toBe('5');
    }
    expect(seen).toEqual([]);
  });

  it('sends another body and other options', async () => {
    const { spydra } = sandboxed();
    const assetId = await minted(spydra, 100n, 1_000n);
    const write: RunWrite = ({ body, options }, send) =>
      send({ ...options, idempotencyKey: 'another-key' }, { ...body, amount: 7n });
    const { admin } = await adapterOf(spydra, { write });
    const answer = await admin('POST /tokens/mint', { body: { assetId, recipientWallet: 'alice', amount: 1 } });
    expect(answer).toMatchObject({ status: 201, body: { data: { amount: 7, newBalance: 7 } } });
    expect(await spydra.transactions.reconcile('another-key', { assetId })).toMatchObject({ state: 'committed' });
  });
});

it('the hook `signal` ends the calls of a request', async () => {
  const controllers: AbortController[] = [];
  const signal = () => {
    const controller = new AbortController();
    controllers.push(controller);
    return controller.signal;
  };
  // When the ledger has the request, which it never answers.
  const { call, admin } = await adapterBefore(() => controllers.at(-1)?.abort(), { signal });
  expect(await call('GET /assets/a1')).toMatchObject({ status: 503, body: { code: 'UPSTREAM_UNAVAILABLE' } });
  expect(await admin('POST /tokens/mint', MINT)).toMatchObject({ status: 504, body: { code: 'OUTCOME_UNKNOWN' } });
});
