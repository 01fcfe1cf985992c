import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { rejection, testClient } from '../../helpers/client.js';
import { fakeTime, leaping } from '../../helpers/time.js';

beforeEach(() => void vi.spyOn(Math, 'random').mockReturnValue(0));
afterEach(() => void vi.restoreAllMocks());

describe('apiKey as a function', () => {
  const answering = (good: string) =>
    vi.fn<typeof globalThis.fetch>(async (_url, init) =>
      new Headers(init?.headers).get('x-api-key') === good
        ? Response.json({ balances: [] })
        : Response.json({ message: 'no' }, { status: 401 }),
    );

  it('is called once for all calls, and again after a 401', async () => {
    const apiKey = vi.fn<() => string>().mockReturnValueOnce('old-api-key').mockReturnValue('new-api-key');
    const fetch = answering('new-api-key');
    const client = testClient({ fetch, apiKey });
    await Promise.all(['w1', 'w2', 'w3'].map((wallet) => client.wallets.balance(wallet)));
    await client.wallets.balance('w4');
    expect(apiKey).toHaveBeenCalledTimes(2);
  });

  it('is not called endlessly if the server refuses every key', async () => {
    const apiKey = vi.fn(async () => `api-key-${apiKey.mock.calls.length}`);
    const fetch = answering('none');
    const error = await rejection(testClient({ fetch, apiKey }).wallets.balance('w1'));
    expect(error).toMatchObject({ code: 'UNAUTHORIZED', status: 401 });
    expect(fetch).toHaveBeenCalledTimes(2);
  });

  it('that never resolves does not block later calls', async () => {
    const apiKey = vi
      .fn<() => Promise<string>>()
      .mockImplementationOnce(() => new Promise(() => {}))
      .mockResolvedValue('new-api-key');
    fakeTime();
    const client = testClient({ fetch: answering('new-api-key'), apiKey, timeout: 40, retries: 0 });
    expect(await leaping(rejection(client.wallets.balance('w1')))).toMatchObject({ code: 'CONFIGURATION' });
    expect(await client.wallets.balance('w1')).toMatchObject({ totalAssets: 0 });
  });

  it('that never resolves leaves no timer when the client closes', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      const client = testClient({ apiKey: () => new Promise<string>(() => {}) });
      const call = rejection(client.assets.get('a1', { deadline: 10_000 }));
      await vi.advanceTimersByTimeAsync(10_000);
      expect(await call).toMatchObject({ code: 'DEADLINE_EXCEEDED' });
      expect(vi.getTimerCount()).toBe(1);
      await client.close();
      expect(vi.getTimerCount()).toBe(0);
    } finally {
      vi.useRealTimers();
    }
  });

  it('that fails is reported, and called again for the next call', async () => {
    const apiKey = vi
      .fn<() => Promise<string>>()
      .mockRejectedValueOnce(new Error('vault is sealed'))
      .mockResolvedValue('new-api-key');
    const client = testClient({ fetch: answering('new-api-key'), apiKey, retries: 0 });
    expect(await rejection(client.wallets.balance('w1'))).toMatchObject({ code: 'CONFIGURATION', retryable: true });
    await client.wallets.balance('w1');
  });
});
