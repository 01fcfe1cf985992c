import type { ResponseInfo, WriteOptions } from 'spydra-sdk';
import { createSandbox } from 'spydra-sdk/sandbox';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { rejection, testClient } from '../helpers/client.js';

/** A client on a sandbox with a few assets, whose responses have ids; `fault` may replace them. */
async function seeded(
  options: object = {},
  fault: (request: Request, n: number) => Response | undefined = () => undefined,
) {
  const sandbox = createSandbox();
  onTestFinished(() => sandbox.close());
  const { assets, treasury } = await sandbox.seed();
  let n = 0;
  const fetch: typeof globalThis.fetch = async (input, init) => {
    n++;
    const request = new Request(input, init);
    const response = fault(request, n) ?? (await sandbox.fetch(request));
    return new Response(response.body, { status: response.status, headers: { 'X-Request-Id': `server-${n}` } });
  };
  const spydra = testClient({ ...sandbox.connection(), fetch, ...options });
  return { spydra, assetId: assets[0]?.assetId ?? '', treasury };
}
/** Collects the arguments of a call's callback. */
function heard() {
  const responses: ResponseInfo[] = [];
  return { responses, onResponse: (response: ResponseInfo) => responses.push(response) };
}

describe('onResponse', () => {
  it('receives id, status and request', async () => {
    const { spydra, assetId } = await seeded();
    const { responses, onResponse } = heard();
    await spydra.assets.get(assetId, { onResponse });
    expect(responses).toEqual([{ requestId: 'server-1', status: 200, request: 'GET …/assets/:id' }]);
  });

  it('receives the id that was sent if the server returns none', async () => {
    const fetch = async () => Response.json({ balances: [] });
    const { responses, onResponse } = heard();
    const headers = { 'x-request-id': 'mine' };
    await testClient({ fetch }).wallets.balance('w', {}, { headers, onResponse });
    expect(responses.map(({ requestId }) => requestId)).toEqual(['mine']);
  });

  it('is called before the call resolves', async () => {
    const { spydra, assetId } = await seeded();
    const order: string[] = [];
    await spydra.assets.get(assetId, { onResponse: () => order.push('answer') }).then(() => order.push('result'));
    expect(order).toEqual(['answer', 'result']);
  });

  it('is called for a write itself, not for the reads around it', async () => {
    const { spydra, assetId, treasury } = await seeded();
    const { responses, onResponse } = heard();
    const options: WriteOptions = { onResponse, idempotencyKey: 'order-1' };
    await spydra.tokens.transfer({ assetId, fromWallet: treasury, toWallet: 'w', amount: 1n }, options);
    await spydra.assets.update(assetId, { updates: { totalValue: '540000' }, updaterWallet: treasury }, { onResponse });
    await spydra.assets.addMetadata(assetId, { deed: 1 }, { onResponse });
    expect(responses.map(({ request }) => request)).toEqual([
      'POST …/tokens/transfer',
      'PUT …/assets/:id',
      expect.stringMatching(/^POST …\/.*metadata/),
    ]);
    for (const { requestId, status } of responses)
      expect([requestId, status]).toEqual([expect.any(String), expect.any(Number)]);
  });

  it('is not called if an earlier call under the key made the write', async () => {
    const { spydra, assetId, treasury } = await seeded();
    const { responses, onResponse } = heard();
    const mint = () =>
      spydra.tokens.transfer(
        { assetId, fromWallet: treasury, toWallet: 'w', amount: 1n },
        { onResponse, idempotencyKey: 'order-2' },
      );
    await mint();
    await mint();
    expect(responses).toHaveLength(1);
  });

  it('is called for each page of a list', async () => {
    const { spydra } = await seeded();
    const { responses, onResponse } = heard();
    const page = spydra.assets.list({ limit: 1 }, { onResponse });
    await page;
    expect(responses).toHaveLength(1);
    let assets = 0;
    for await (const _ of spydra.assets.list({ limit: 1, maxItems: 3 }, { onResponse })) assets++;
    expect([assets, responses.length]).toEqual([3, 4]);
  });

  it('is not called for cached results', async () => {
    const { spydra, assetId } = await seeded({ cache: true });
    const { responses, onResponse } = heard();
    for (let read = 0; read < 3; read++) await spydra.assets.get(assetId, { onResponse });
    expect(responses).toHaveLength(1);
    await spydra.assets.get(assetId, { onResponse, cache: 'reload' });
    expect(responses).toHaveLength(2);
  });

  it('is called only for the last of several attempts', async () => {
    const ill = (_: Request, n: number) => (n === 1 ? Response.json({}, { status: 500 }) : undefined);
    const { spydra, assetId } = await seeded({}, ill);
    const { responses, onResponse } = heard();
    await spydra.assets.get(assetId, { onResponse });
    expect(responses.map(({ requestId }) => requestId)).toEqual(['server-2']);
    await rejection(spydra.assets.get('none', { onResponse }));
    expect(responses).toHaveLength(1);
  });

  it('is called for each write of a batch', async () => {
    const { spydra, assetId, treasury } = await seeded();
    const { responses, onResponse } = heard();
    const orders = ['a', 'b'].map((toWallet) => ({ assetId, fromWallet: treasury, toWallet, amount: 1n }));
    await spydra.tokens.transferMany(orders, { onResponse, concurrency: 1 });
    expect(responses.map(({ request }) => request)).toEqual(['POST …/tokens/transfer', 'POST …/tokens/transfer']);
  });

  it('does not receive the API key if the server uses it as request id', async () => {
    const fetch = async () => Response.json({ balances: [] }, { headers: { 'X-Request-Id': 'id-of-key-12345678' } });
    const { responses, onResponse } = heard();
    await testClient({ fetch, apiKey: 'key-12345678' }).wallets.balance('w', {}, { onResponse });
    expect(responses).toHaveLength(1);
    expect(JSON.stringify(responses)).not.toContain('key-12345678');
  });
});

describe('an onResponse that fails', () => {
  it.each([
    ['at once', () => Promise.reject(new Error('later'))],
    [
      'later',
      () => {
        throw new Error('at once');
      },
    ],
    ['never', () => new Promise(() => {})],
  ])('neither fails nor delays its call: %s', async (_when, onResponse) => {
    const { spydra, assetId, treasury } = await seeded();
    const unhandled = vi.fn();
    process.on('unhandledRejection', unhandled);
    onTestFinished(() => void process.off('unhandledRejection', unhandled));
    expect(await spydra.assets.get(assetId, { onResponse })).toMatchObject({ assetId });
    const order = { assetId, fromWallet: treasury, toWallet: 'w', amount: 1n };
    expect(await spydra.tokens.transfer(order, { onResponse })).toMatchObject({ status: 'committed', toBalance: 1n });
    await new Promise(setImmediate);
    expect(unhandled).not.toHaveBeenCalled();
  });

  it('is refused by name if it is not a function', async () => {
    const { spydra, assetId } = await seeded();
    expect(await rejection(spydra.assets.get(assetId, { onResponse: 'log' as never }))).toMatchObject({
      problems: [{ field: 'options.onResponse', message: 'must be a function' }],
    });
  });
});
