import {
  AuthenticationError,
  InvalidInputError,
  InvalidResponseError,
  PermissionDeniedError,
  type WatchInput,
} from 'spydra-sdk';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ListServer } from '../../helpers/list-server.js';
import { fakeTime } from '../../helpers/time.js';
import { Watcher } from '../../helpers/watcher.js';

let pass: (ms: number) => Promise<unknown>;
beforeEach(() => {
  pass = fakeTime();
});
afterEach(() => void vi.useRealTimers());

/** A server, and a watch of it that has begun. */
async function watched(input: WatchInput = {}) {
  const server = new ListServer();
  const client = server.client();
  const watcher = new Watcher(client, input);
  await pass(1);
  return { server, client, watcher };
}

describe('the end of transactions.watch', () => {
  it.each([
    [401, AuthenticationError],
    [403, PermissionDeniedError],
  ])('ends when the server refuses the API key with %i', async (status, expected) => {
    const { server, watcher } = await watched();
    server.failure = () => new Response('', { status });
    await pass(3_000);
    expect(await watcher.ended).toBeInstanceOf(expected);
    expect(vi.getTimerCount()).toBe(0);
  });

  it.each<[string, WatchInput, (stop: AbortController, close: () => Promise<void>) => unknown, string]>([
    ['its signal', {}, (stop) => stop.abort(), 'ABORTED'],
    ['its deadline', { deadline: 10_000 }, () => pass(10_001), 'DEADLINE_EXCEEDED'],
    ['close()', {}, (_stop, close) => close(), 'CLIENT_CLOSED'],
  ])('%s ends it and leaves no timer', async (_name, input, end, code) => {
    const stop = new AbortController();
    const { client, watcher } = await watched({ ...input, signal: stop.signal });
    await pass(5_000);
    expect(vi.getTimerCount()).toBeGreaterThan(0);
    await end(stop, () => client.close());
    expect(await watcher.ended).toMatchObject({ code });
    expect(vi.getTimerCount()).toBe(0);
  });

  it('`break` ends it and leaves no timer, nor does close() wait for it while it is not iterated', async () => {
    const { server, client } = await watched();
    const events = client.transactions.watch();
    const first = events.next();
    await pass(1);
    server.add('one', Date.now());
    await pass(2_000);
    expect((await first).done).toBe(false);
    await events.return();
    await client.close();
    expect(vi.getTimerCount()).toBe(0);
  });

  it('close() does not wait for a watch that is not iterated further', async () => {
    const server = new ListServer();
    server.add('one', Date.now());
    const client = server.client();
    const events = client.transactions.watch({ from: 'beginning' });
    await events.next();
    await client.close();
    await expect(events.next()).rejects.toMatchObject({ code: 'CLIENT_CLOSED' });
  });

  it('ends on a server that does not list transactions by their timestamps', async () => {
    const { server, watcher } = await watched();
    server.failure = () => {
      const at = (transactionId: string, timestamp: string) => ({
        transactionId,
        type: 'mint',
        status: 'COMMITTED',
        timestamp,
      });
      const transactions = [at('newer', '2999-01-02T00:00:00Z'), at('older', '2999-01-01T00:00:00Z')];
      return Response.json({ transactions, total: 2 });
    };
    await pass(3_000);
    expect(await watcher.ended).toBeInstanceOf(InvalidResponseError);
    expect(watcher.ids).not.toContain('older');
  });

  it.each([
    ['from', 'now'],
    ['from', []],
    ['types', []],
    ['overlap', 0],
    ['interval', 249],
    ['signal', {}],
    ['type', 'mint'],
  ])('refuses %s: %j', (field, value) => {
    const watch = () => new ListServer().client().transactions.watch({ [field]: value } as WatchInput);
    expect(watch).toThrow(InvalidInputError);
    expect(watch).toThrow(field);
  });

  it('refuses a checkpoint of another ledger', async () => {
    const { watcher } = await watched({ from: { block: 7 } });
    expect(await watcher.ended).toMatchObject({ code: 'INVALID_INPUT', message: expect.stringContaining('from') });
  });
});
