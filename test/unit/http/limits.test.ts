import { getEventListeners } from 'node:events';
import {
  AbortedError,
  ClientClosedError,
  DeadlineExceededError,
  OutcomeUnknownError,
  RateLimitError,
  TimeoutError,
} from 'spydra-sdk';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { rejection, testClient } from '../../helpers/client.js';
import { json, scriptedServer } from '../../helpers/scripted-server.js';

const MINT = { assetId: 'a1', recipientWallet: 'w1', amount: 5n };
const asset = { assetId: 'a1', name: 'Flat', totalValue: 1, totalSupply: 1, pricePerToken: 1, status: 'draft' };

afterEach(() => void vi.useRealTimers());

/** Time that moves when the test says so. */
function fakeTime() {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] });
}

/** A fetch that answers like this, in this order, the last one again and again. */
function answering(...answers: ((url: unknown) => Response)[]) {
  let n = 0;
  return vi.fn<typeof globalThis.fetch>(async (url) => {
    const answer = answers[Math.min(n++, answers.length - 1)];
    if (!answer) throw new Error('nothing to answer');
    return answer(url);
  });
}

const busy = (retryAfter: string) => () => Response.json({}, { status: 429, headers: { 'Retry-After': retryAfter } });
/** The asset that the URL asks for. */
const found = (url: unknown) => Response.json({ asset: { ...asset, assetId: String(url).split('/').at(-1) } });

describe('timeout', () => {
  it('covers a body that stalls after its headers, at a real server', async () => {
    const server = await scriptedServer((_request, response) => {
      response.writeHead(200, { 'Content-Length': '100' });
      response.write('{');
    });
    const error = await rejection(testClient({ baseUrl: server.url, timeout: 80, retries: 0 }).assets.get('a1'));
    expect(error).toBeInstanceOf(TimeoutError);
  });

  it('bounds a fetch that does not heed its signal', async () => {
    const fetch = vi.fn<typeof globalThis.fetch>(() => new Promise(() => {}));
    expect(await rejection(testClient({ fetch, timeout: 30, retries: 0 }).assets.get('a1'))).toBeInstanceOf(
      TimeoutError,
    );
  });

  it('of one call stands above that of the client', async () => {
    const fetch = vi.fn<typeof globalThis.fetch>(() => new Promise(() => {}));
    const call = testClient({ fetch, timeout: 60_000, retries: 0 }).assets.get('a1', { timeout: 20 });
    expect(await rejection(call)).toBeInstanceOf(TimeoutError);
  });
});

describe('deadline', () => {
  it('ends a call in the middle of an attempt', async () => {
    fakeTime();
    const fetch = vi.fn<typeof globalThis.fetch>(() => new Promise(() => {}));
    const call = rejection(testClient({ fetch }).assets.get('a1', { deadline: 5_000 }));
    await vi.advanceTimersByTimeAsync(4_999);
    expect(fetch).toHaveBeenCalledTimes(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(await call).toBeInstanceOf(DeadlineExceededError);
  });

  it('of a write that is on its way leaves its outcome unknown', async () => {
    fakeTime();
    const fetch = vi.fn<typeof globalThis.fetch>(() => new Promise(() => {}));
    const call = rejection(testClient({ fetch }).tokens.mint(MINT, { deadline: 5_000, idempotencyKey: 'k' }));
    await vi.advanceTimersByTimeAsync(5_000);
    // The key is looked for first, and that is what the deadline ended: whether it was used before, nobody knows.
    expect(await call).toMatchObject({ code: 'OUTCOME_UNKNOWN', idempotencyKey: 'k', retryable: true });
    expect(fetch.mock.calls.every(([, init]) => init?.method === 'GET')).toBe(true);
    const unkeyed = rejection(testClient({ fetch }).tokens.mint(MINT, { deadline: 5_000 }));
    await vi.waitFor(() => expect(fetch.mock.calls.at(-1)?.[1]?.method).toBe('POST'));
    await vi.advanceTimersByTimeAsync(5_000);
    const error = await unkeyed;
    expect(error).toBeInstanceOf(OutcomeUnknownError);
    expect(error).toMatchObject({ stage: 'submit', outcome: 'unknown' });
  });

  it('is not waited for when the server asks for more time than is left', async () => {
    const fetch = answering(busy('30'));
    const error = await rejection(testClient({ fetch, deadline: 10_000 }).assets.get('a1'));
    expect(error).toBeInstanceOf(RateLimitError);
    expect(error).toMatchObject({ retryAfter: 30_000, retryable: true });
    expect(fetch).toHaveBeenCalledTimes(1);
  });

  it('can be none', async () => {
    fakeTime();
    const fetch = answering(busy('1000'), found);
    const call = testClient({ fetch }).assets.get('a1', { deadline: Number.POSITIVE_INFINITY });
    await vi.advanceTimersByTimeAsync(1_000_000);
    expect((await call).assetId).toBe('a1');
  });
});

describe('Retry-After', () => {
  it.each([
    ['seconds', () => '30'],
    ['a date', () => new Date(Date.now() + 30_000).toUTCString()],
  ])('in %s is waited for to the second', async (_form, header) => {
    fakeTime();
    vi.setSystemTime('2026-01-01T00:00:00Z');
    const fetch = answering(() => busy(header())(), found);
    const call = testClient({ fetch }).assets.get('a1');
    await vi.advanceTimersByTimeAsync(29_999);
    expect(fetch).toHaveBeenCalledTimes(1);
    await vi.advanceTimersByTimeAsync(1);
    expect((await call).assetId).toBe('a1');
    expect(fetch).toHaveBeenCalledTimes(2);
  });

  it('of one call is kept by every call of the client', async () => {
    fakeTime();
    const fetch = answering(busy('30'), found);
    const client = testClient({ fetch });
    const calls = [client.assets.get('a1')];
    await vi.advanceTimersByTimeAsync(0);
    calls.push(client.assets.get('a2'), client.assets.get('a3'));
    const impatient = rejection(client.assets.get('a4', { deadline: 10_000 }));
    await vi.advanceTimersByTimeAsync(29_000);
    expect(fetch).toHaveBeenCalledTimes(1);
    expect(await impatient).toBeInstanceOf(RateLimitError);
    await vi.advanceTimersByTimeAsync(1_000);
    await Promise.all(calls);
    expect(fetch).toHaveBeenCalledTimes(4);
  });

  it.each(['', 'soon', '-3', '1.5', 'Thu, 99 Foo'])(
    'that says nothing usable (%j) is a usual backoff',
    async (header) => {
      vi.spyOn(Math, 'random').mockReturnValue(0);
      const fetch = answering(busy(header), found);
      expect((await testClient({ fetch }).assets.get('a1')).assetId).toBe('a1');
    },
  );
});

describe('signal', () => {
  it('ends a 30 s Retry-After at once', async () => {
    const server = await scriptedServer((_request, response) => json(response, 429, {}, { 'Retry-After': '30' }));
    const controller = new AbortController();
    const call = rejection(testClient({ baseUrl: server.url }).assets.get('a1', { signal: controller.signal }));
    await vi.waitFor(() => expect(server.seen).toHaveLength(1));
    controller.abort('enough');
    const error = await call;
    expect(error).toBeInstanceOf(AbortedError);
    expect(error).toMatchObject({ cause: 'enough' });
  });

  it('that was aborted before sends nothing', async () => {
    const fetch = answering(found);
    const call = testClient({ fetch }).tokens.mint(MINT, { signal: AbortSignal.abort() });
    const error = await rejection(call);
    expect(error).toBeInstanceOf(AbortedError);
    expect(error).toMatchObject({ outcome: 'not-applied' });
    expect(fetch).not.toHaveBeenCalled();
  });

  it('during a write leaves its outcome unknown, with the key and the reason', async () => {
    const controller = new AbortController();
    const fetch = vi.fn<typeof globalThis.fetch>(() => {
      controller.abort();
      return new Promise(() => {});
    });
    const error = await rejection(testClient({ fetch }).tokens.mint(MINT, { signal: controller.signal }));
    expect(error).toBeInstanceOf(OutcomeUnknownError);
    expect(error).toMatchObject({ stage: 'submit', idempotencyKey: expect.stringMatching(/^[\da-f-]{36}$/) });
  });

  it('that lives long keeps no listener of finished calls', async () => {
    const { signal } = new AbortController();
    const client = testClient({ fetch: answering(found) });
    for (let i = 0; i < 20; i++) await client.assets.get('a1', { signal });
    await rejection(
      testClient({ fetch: answering(() => Response.json({}, { status: 404 })) }).assets.get('a1', { signal }),
    );
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  });
});

describe('close', () => {
  it('ends what is on its way, refuses what comes, and leaves no timer', async () => {
    fakeTime();
    const fetch = vi.fn<typeof globalThis.fetch>(() => new Promise(() => {}));
    const client = testClient({ fetch });
    const read = rejection(client.assets.get('a1'));
    const write = rejection(client.tokens.mint(MINT));
    await vi.waitFor(() => expect(fetch).toHaveBeenCalledTimes(2));
    await client.close();
    expect(await read).toBeInstanceOf(ClientClosedError);
    expect(await write).toBeInstanceOf(OutcomeUnknownError);
    expect(await rejection(client.assets.get('a1'))).toBeInstanceOf(ClientClosedError);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('happens at the end of `await using`', async () => {
    let escaped: ReturnType<typeof testClient> | undefined;
    {
      await using client = testClient({ fetch: answering(found) });
      escaped = client;
      await client.assets.get('a1');
    }
    expect(await rejection(escaped.assets.get('a1'))).toBeInstanceOf(ClientClosedError);
  });
});
