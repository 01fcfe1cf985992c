import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { DeadlineExceededError, OutcomeUnknownError, RateLimitError, TimeoutError } from 'spydra-sdk';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { Scope, sleep } from '../../../src/core/abort.js';
import { rejection, testClient } from '../../helpers/client.js';
import { scriptedServer } from '../../helpers/scripted-server.js';
import { laterByMilliseconds } from '../../helpers/time.js';
import { answering, asset, fakeTime, found, MINT } from './scripted-fetch.js';

afterEach(() => void vi.useRealTimers());

const busy = (retryAfter: string) => () => Response.json({}, { status: 429, headers: { 'Retry-After': retryAfter } });

describe('timeout', () => {
  it('covers a body that stalls after its headers, at a real server', async () => {
    const server = await scriptedServer((_request, response) => {
      response.writeHead(200, { 'Content-Length': '100' });
      response.write('{');
    });
    const error = await rejection(testClient({ baseUrl: server.url, timeout: 80, retries: 0 }).assets.get('a1'));
    expect(error).toBeInstanceOf(TimeoutError);
  });

  it('bounds a fetch that ignores its signal', async () => {
    const fetch = vi.fn<typeof globalThis.fetch>(() => new Promise(() => {}));
    expect(await rejection(testClient({ fetch, timeout: 30, retries: 0 }).assets.get('a1'))).toBeInstanceOf(
      TimeoutError,
    );
  });

  it('of a call overrides that of the client', async () => {
    const fetch = vi.fn<typeof globalThis.fetch>(() => new Promise(() => {}));
    const call = testClient({ fetch, timeout: 60_000, retries: 0 }).assets.get('a1', { timeout: 20 });
    expect(await rejection(call)).toBeInstanceOf(TimeoutError);
  });
});

describe('a process that was busy', () => {
  const [ASKED, BUSY, ANSWERED] = [1, 2, 3];
  /** Milliseconds: longer than a request takes to arrive. */
  const LIMIT = 60_000;

  /** Holds the timers that were set to about `ms`, until the test is over. Returns what lets them fire. */
  function holdTimers(ms: number): () => void {
    const held: (() => void)[] = [];
    const { setTimeout } = globalThis;
    const hold = (callback: () => void, delay = 0) =>
      Math.abs(delay - ms) < ms / 2 ? void held.push(callback) : setTimeout(callback, delay);
    const spy = vi.spyOn(globalThis, 'setTimeout').mockImplementation(hold as never);
    onTestFinished(() => spy.mockRestore());
    return () => {
      for (const callback of held) setTimeout(callback, 0);
    };
  }

  /** A server in another thread, which responds once this thread is busy. */
  async function otherThread(state: Int32Array) {
    const code = `
      const { parentPort, workerData: state } = require('node:worker_threads');
      const server = require('node:http').createServer((request, response) => {
        Atomics.store(state, 0, ${ASKED});
        Atomics.wait(state, 0, ${ASKED});
        response.end(${JSON.stringify(JSON.stringify({ asset }))}, () => Atomics.store(state, 0, ${ANSWERED}));
      });
      server.listen(0, '127.0.0.1', () => parentPort.postMessage(server.address().port));`;
    const worker = new Worker(code, { eval: true, workerData: state });
    onTestFinished(async () => void (await worker.terminate()));
    const [port] = await once(worker, 'message');
    return `http://127.0.0.1:${port}`;
  }

  it.each([
    ['timeout', { timeout: LIMIT, retries: 0 }],
    ['deadline', { deadline: LIMIT, timeout: 2 * LIMIT, retries: 0 }],
  ])('accepts a response that arrived within the %s, although it is read later', async (_name, options) => {
    const state = new Int32Array(new SharedArrayBuffer(4));
    const client = testClient({ baseUrl: await otherThread(state), ...options });
    const [later, fire] = [laterByMilliseconds(), holdTimers(LIMIT)];
    const call = client.assets.get('a1');
    while (Atomics.load(state, 0) !== ASKED) await new Promise((resolve) => setTimeout(resolve, 1));
    // After an immediate, timers run first, and only then I/O.
    await new Promise((resolve) => setImmediate(resolve));
    Atomics.store(state, 0, BUSY);
    Atomics.notify(state, 0);
    while (Atomics.load(state, 0) !== ANSWERED);
    later(LIMIT + 50);
    fire();
    // Until they are due.
    for (const end = performance.now() + 5; performance.now() < end; );
    expect((await call).assetId).toBe('a1');
  });
});

describe('times beyond 2^31 ms', () => {
  it('work for a deadline', async () => {
    fakeTime();
    const hanging = (signal: AbortSignal) =>
      new Promise<never>((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    const scope = new Scope(undefined, (reason) => reason, { ms: 2 ** 32, reason: () => 'over' });
    onTestFinished(() => scope.release());
    let isOver = false;
    const work = rejection(hanging(scope.signal)).then((reason) => {
      isOver = true;
      return reason;
    });
    await vi.advanceTimersByTimeAsync(2 ** 32 - 1);
    expect(isOver).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(await work).toBe('over');
    expect(vi.getTimerCount()).toBe(0);
  });

  it('work for a sleep', async () => {
    fakeTime();
    let isOver = false;
    const slept = sleep(2 ** 32, new AbortController().signal).then(() => {
      isOver = true;
    });
    await vi.advanceTimersByTimeAsync(2 ** 32 - 1);
    expect(isOver).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    await slept;
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

  it('of a write that was sent leaves its outcome unknown', async () => {
    fakeTime();
    const fetch = vi.fn<typeof globalThis.fetch>(() => new Promise(() => {}));
    const call = rejection(testClient({ fetch }).tokens.mint(MINT, { deadline: 5_000, idempotencyKey: 'k' }));
    await vi.advanceTimersByTimeAsync(5_000);
    // The deadline ended the search for the key: it is unknown whether it was used before.
    expect(await call).toMatchObject({ code: 'OUTCOME_UNKNOWN', idempotencyKey: 'k', retryable: true });
    expect(fetch.mock.calls.every(([, init]) => init?.method === 'GET')).toBe(true);
    const unkeyed = rejection(testClient({ fetch }).tokens.mint(MINT, { deadline: 5_000 }));
    await vi.waitFor(() => expect(fetch.mock.calls.at(-1)?.[1]?.method).toBe('POST'), 60_000);
    await vi.advanceTimersByTimeAsync(5_000);
    const error = await unkeyed;
    expect(error).toBeInstanceOf(OutcomeUnknownError);
    expect(error).toMatchObject({ stage: 'submit', outcome: 'unknown' });
  });

  it('ends a call at once if Retry-After exceeds it', async () => {
    const fetch = answering(busy('30'));
    const error = await rejection(testClient({ fetch, deadline: 10_000 }).assets.get('a1'));
    expect(error).toBeInstanceOf(RateLimitError);
    expect(error).toMatchObject({ retryAfter: 30_000, retryable: true });
    expect(fetch).toHaveBeenCalledTimes(1);
  });

  it('can be disabled', async () => {
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
  ])('in %s is respected to the second', async (_form, header) => {
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

  it('of one call applies to every call of the client', async () => {
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
    'that is not valid (%j) causes the usual backoff',
    async (header) => {
      vi.spyOn(Math, 'random').mockReturnValue(0);
      const fetch = answering(busy(header), found);
      expect((await testClient({ fetch }).assets.get('a1')).assetId).toBe('a1');
    },
  );
});
