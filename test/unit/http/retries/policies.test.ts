import {
  fullJitter,
  NotFoundError,
  type RetryFailure,
  type RetryPolicy,
  SpydraClient,
  UnavailableError,
} from 'spydra-sdk';
import { createSandbox } from 'spydra-sdk/sandbox';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { rejection, testClient } from '../../../helpers/client.js';
import { FLAT } from '../../../helpers/flat.js';
import { advancing, fakeTime } from '../../../helpers/time.js';
import { atOnce, MINT, refusal } from './failing-fetch.js';

const BALANCES = () => Response.json({ balances: [] });

/** A fetch with these statuses in order, then with success. */
const statuses = (...codes: number[]) =>
  vi.fn<typeof globalThis.fetch>(async () => {
    const code = codes.shift();
    return code === undefined ? BALANCES() : refusal(code);
  });

afterEach(() => void vi.restoreAllMocks());

describe('a custom policy', () => {
  it('can repeat a read that gets a 404 for a second after a create', async () => {
    const pass = fakeTime();
    const sandbox = createSandbox();
    const { fetch, ...connection } = sandbox.connection();
    let shownAt = Number.POSITIVE_INFINITY;
    const lagging: typeof globalThis.fetch = async (url, init) => {
      const isAsset = /\/assets\/[^/]+$/.test(String(url)) && init?.method === 'GET';
      return isAsset && performance.now() < shownAt ? refusal(404) : fetch(url, init);
    };
    await using spydra = new SpydraClient({ ...connection, fetch: lagging });
    const visible: RetryPolicy = {
      limit: 20,
      delay: () => 100,
      retry: ({ error, elapsed, retryable }) => (error instanceof NotFoundError ? elapsed < 1_000 : retryable),
    };

    const { assetId } = await advancing(pass, spydra.assets.create(FLAT));
    shownAt = performance.now() + 600;
    await rejection(spydra.assets.get(assetId));
    expect(await advancing(pass, spydra.assets.get(assetId, { retries: visible }))).toMatchObject({ assetId });

    const began = performance.now();
    await rejection(advancing(pass, spydra.assets.get('none', { retries: visible })));
    expect(performance.now() - began).toBeGreaterThanOrEqual(1_000);
    expect(performance.now() - began).toBeLessThan(1_200);
    await sandbox.close();
  });

  it('can give up at once on a 503 of one host', async () => {
    const retries = atOnce({
      retry: ({ error, host, retryable }) => retryable && !(error.status === 503 && host === 'ill.example'),
    });
    const asked = async (baseUrl: string, code: number) => {
      const fetch = vi.fn<typeof globalThis.fetch>(async () => refusal(code));
      const error = await rejection(testClient({ baseUrl, fetch, retries }).wallets.balance('w1'));
      return [error instanceof UnavailableError, fetch.mock.calls.length];
    };
    expect(await asked('https://ill.example/v2', 503)).toEqual([true, 1]);
    expect(await asked('https://ill.example/v2', 502)).toEqual([false, 4]);
    expect(await asked('https://well.example/v2', 503)).toEqual([true, 4]);
  });

  it('receives the failure as plain data without the key', async () => {
    const failures: RetryFailure[] = [];
    const success = vi.fn();
    const retry = (failure: RetryFailure) => failures.push(failure) > 0;
    const fetch = statuses(503, 404);
    const client = testClient({
      fetch,
      baseUrl: 'https://spydra.example:8443/v2',
      retries: atOnce({ retry, success }),
    });
    await client.wallets.balance('wallet-7');
    const request = { operation: 'read', method: 'GET', route: '…/balances/:id', host: 'spydra.example:8443' };
    expect(failures).toEqual([
      { ...request, attempt: 1, retryable: true, error: expect.any(UnavailableError), elapsed: expect.any(Number) },
      { ...request, attempt: 2, retryable: false, error: expect.any(NotFoundError), elapsed: expect.any(Number) },
    ]);
    expect(failures.every(Object.isFrozen)).toBe(true);
    expect(success.mock.calls).toEqual([[{ ...request, attempt: 3 }]]);
    expect(JSON.stringify(failures)).not.toContain('key-that-nobody-may-see');
  });

  it('may be an instance of a class', async () => {
    class Counting {
      readonly limit = 2;
      asked = 0;
      retry(): boolean {
        return ++this.asked > 0;
      }
    }
    const policy = new Counting();
    vi.spyOn(Math, 'random').mockReturnValue(0);
    await rejection(testClient({ fetch: async () => refusal(503), retries: policy }).wallets.balance('w1'));
    expect(policy.asked).toBe(2);
  });

  it('cannot repeat before Retry-After or after the deadline', async () => {
    const pass = fakeTime();
    const asked: number[] = [];
    const fetch = async () => {
      asked.push(performance.now());
      return asked.length === 1 ? refusal(429, { 'Retry-After': '2' }) : BALANCES();
    };
    await advancing(pass, testClient({ fetch, retries: atOnce({}) }).wallets.balance('w1'));
    expect((asked[1] ?? 0) - (asked[0] ?? 0)).toBeGreaterThanOrEqual(2_000);

    const retry = vi.fn(() => true);
    const slow = testClient({ fetch: statuses(503), retries: { retry, delay: () => 5_000 } });
    const began = performance.now();
    await rejection(slow.wallets.balance('w1', {}, { deadline: 4_000 }));
    expect([performance.now() - began, retry.mock.calls.length]).toEqual([0, 0]);
  });
});

describe('an invalid policy', () => {
  const rejected = () => Promise.reject(new Error('no'));
  const odd = (value: unknown) => (() => value) as never;
  const throws = () => {
    throw new Error('a fault of the policy');
  };

  it.each<[string, RetryPolicy]>([
    ['retry throws', { retry: throws }],
    ['delay throws', { delay: throws }],
    ['retry returns nothing', { retry: odd(undefined) }],
    ['retry returns a text', { retry: odd('yes') }],
    ['retry returns a promise', { retry: odd(Promise.resolve(true)) }],
    ['retry returns a promise that rejects', { retry: rejected as never }],
    ['delay returns NaN', { delay: () => Number.NaN }],
    ['delay returns Infinity', { delay: () => Number.POSITIVE_INFINITY }],
    ['delay returns a text', { delay: odd('100') }],
    ['delay returns a promise that rejects', { delay: rejected as never }],
  ])('repeats nothing: %s', async (_what, policy) => {
    const fetch = statuses(503);
    const client = testClient({ fetch, retries: policy, deadline: Number.POSITIVE_INFINITY });
    expect(await rejection(client.wallets.balance('w1'))).toBeInstanceOf(UnavailableError);
    expect(fetch).toHaveBeenCalledTimes(1);
  });

  it.each<[string, RetryPolicy, number]>([
    ['a negative delay is none', { delay: () => -1_000 }, 0],
    ['no delay is longer than an hour', { delay: () => 1e300 }, 3_600_000],
    ['success throws', { success: throws, delay: () => 10 }, 10],
    ['success rejects', { success: rejected as never, delay: () => 10 }, 10],
  ])('fails no call: %s', async (_what, retries, wait) => {
    const pass = fakeTime();
    const began = performance.now();
    const call = testClient({ fetch: statuses(503), retries, deadline: Number.POSITIVE_INFINITY }).wallets.balance(
      'w1',
    );
    const ended = call.then(() => performance.now() - began);
    await pass(3_600_000);
    expect(await ended).toBe(wait);
  });

  it('is logged', async () => {
    const error = vi.fn();
    const logger = { debug() {}, info() {}, warn() {}, error };
    await rejection(testClient({ fetch: statuses(503), logger, retries: { retry: throws } }).wallets.balance('w1'));
    const reason = 'Error: a fault of the policy';
    expect(error).toHaveBeenCalledWith({ reason }, 'spydra: the retry policy failed: not repeated');
  });

  it.each<[unknown, string]>([
    [{ limit: Number.POSITIVE_INFINITY }, 'retries.limit must be'],
    [{ limit: 1_001 }, 'retries.limit must be 1,000 or less'],
    [{ limit: -1 }, 'retries.limit must not be negative'],
    [{ limit: 3, retry: true }, 'retries.retry must be a function'],
    [{ limit: 3, delay: 100 }, 'retries.delay must be a function'],
    [{ limit: 3, success: 100 }, 'retries.success must be a function'],
    [{ maxRetries: 3 }, 'retries (SPYDRA_RETRIES) must have a limit, retry or delay'],
    [[], 'retries (SPYDRA_RETRIES) must be a number or a policy'],
    [() => true, 'retries (SPYDRA_RETRIES) must be a number or a policy'],
    ['3', 'retries (SPYDRA_RETRIES) must be a number or a policy'],
  ])('is refused by the client and by a call: %j', async (retries, message) => {
    expect(() => testClient({ retries: retries as number })).toThrow(message);
    const fetch = statuses();
    const call = testClient({ fetch }).tokens.mint(MINT, { retries: retries as number });
    const field = `options.${message.split(' ')[0]}`;
    expect(await rejection(call)).toMatchObject({ code: 'INVALID_INPUT', problems: [{ field }] });
    expect(fetch).not.toHaveBeenCalled();
  });

  it.each([
    [{ limit: 1_001 }, 'limit must be 1,000 or less'],
    [{ base: 0 }, 'base must be above zero'],
    [{ cap: Number.NaN }, 'cap must be a number'],
    [{ retries: 3 }, 'retries'],
    [{ bse: 1 }, 'fullJitter() cannot start: bse is not a known option (did you mean `base`?).'],
  ])('is refused by fullJitter: %j', (options, message) => {
    expect(() => fullJitter(options as never)).toThrow(message);
  });
});

describe('the retries of a call', () => {
  it.each([
    [0, 1],
    [1, 2],
    [5, 6],
  ])('as a number change only the limit of the client policy: %i', async (retries, requests) => {
    const delay = vi.fn(() => 0);
    const fetch = vi.fn<typeof globalThis.fetch>(async () => refusal(503));
    await rejection(testClient({ fetch, retries: { delay } }).wallets.balance('w1', {}, { retries }));
    expect(fetch).toHaveBeenCalledTimes(requests);
    expect(delay).toHaveBeenCalledTimes(requests - 1);
  });

  it('as a policy replace that of the client; withOptions replaces it for all calls', async () => {
    const client = testClient({ fetch: async () => refusal(404), retries: 0 });
    const retry = vi.fn(() => true);
    await rejection(client.assets.get('a1', { retries: atOnce({ limit: 2, retry }) }));
    expect(retry).toHaveBeenCalledTimes(2);
    const other = client.withOptions({ retries: atOnce({ limit: 4, retry }) });
    onTestFinished(() => other.close());
    await rejection(other.assets.get('a1'));
    expect(retry).toHaveBeenCalledTimes(6);
  });

  it('apply to each write of a batch and each page of a list', async () => {
    const fetch = vi.fn<typeof globalThis.fetch>(async () => refusal(429));
    const client = testClient({ fetch });
    const options = { retries: atOnce({ limit: 1 }) };
    await client.tokens.mintMany([MINT, MINT], options);
    expect(fetch).toHaveBeenCalledTimes(4);
    await rejection(client.assets.list({}, options));
    expect(fetch).toHaveBeenCalledTimes(6);
  });

  it('prevent cached reads with different policies from sharing a load', async () => {
    const answers = [refusal(404), refusal(404)];
    const fetch = async () => answers.pop() ?? asset();
    const client = testClient({ fetch, cache: true });
    const patient = atOnce({ retry: () => true });
    const reads = [client.assets.get('a1'), client.assets.get('a1', { retries: patient })];
    expect((await Promise.allSettled(reads)).map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);
    const shared = testClient({ fetch: async () => asset(), cache: true });
    await Promise.all([1, 2].map(() => shared.assets.get('a1', { retries: patient })));
    expect(shared.cache.stats().assets).toMatchObject({ misses: 1, coalesced: 1 });
  });
});

const asset = () =>
  Response.json({
    asset: { assetId: 'a1', name: 'x', totalValue: 1, totalSupply: 1, pricePerToken: 1, status: 'draft' },
  });
