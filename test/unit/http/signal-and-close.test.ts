import { getEventListeners } from 'node:events';
import { AbortedError, ClientClosedError, OutcomeUnknownError } from 'spydra-sdk';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { rejection, testClient } from '../../helpers/client.js';
import { json, scriptedServer } from '../../helpers/scripted-server.js';
import { answering, fakeTime, found, MINT } from './scripted-fetch.js';

afterEach(() => void vi.useRealTimers());

describe('signal', () => {
  it('ends a 30 s Retry-After at once', async () => {
    const server = await scriptedServer((_request, response) => json(response, 429, {}, { 'Retry-After': '30' }));
    const controller = new AbortController();
    const call = rejection(testClient({ baseUrl: server.url }).assets.get('a1', { signal: controller.signal }));
    await vi.waitFor(() => expect(server.seen).toHaveLength(1), 60_000);
    controller.abort('enough');
    const error = await call;
    expect(error).toBeInstanceOf(AbortedError);
    expect(error).toMatchObject({ cause: 'enough' });
  });

  it('that is already aborted prevents sending', async () => {
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

  it('keeps no listeners of finished calls', async () => {
    const { signal } = new AbortController();
    const client = testClient({ fetch: answering(found) });
    for (let i = 0; i < 20; i++) await client.assets.get('a1', { signal });
    await rejection(
      testClient({ fetch: answering(() => Response.json({}, { status: 404 })) }).assets.get('a1', { signal }),
    );
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  });
});

it('a call sends its request in the turn in which it is made', async () => {
  const fetch = answering(found);
  const read = testClient({ fetch }).assets.get('a1');
  expect(fetch).toHaveBeenCalledTimes(1);
  expect((await read).assetId).toBe('a1');
});

describe('close', () => {
  it('ends running calls, refuses new ones, and leaves no timer', async () => {
    fakeTime();
    const fetch = vi.fn<typeof globalThis.fetch>(() => new Promise(() => {}));
    const client = testClient({ fetch });
    const read = rejection(client.assets.get('a1'));
    const write = rejection(client.tokens.mint(MINT));
    await vi.waitFor(() => expect(fetch).toHaveBeenCalledTimes(2), 60_000);
    await client.close();
    expect(await read).toBeInstanceOf(ClientClosedError);
    expect(await write).toBeInstanceOf(OutcomeUnknownError);
    expect(await rejection(client.assets.get('a1'))).toBeInstanceOf(ClientClosedError);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('from within a call, in the same turn or a later one, ends that call', async () => {
    for (const turn of [() => {}, () => Promise.resolve()]) {
      let closing: Promise<void> | undefined;
      const fetch = vi.fn<typeof globalThis.fetch>(async () => {
        await turn();
        closing = client.close();
        return new Promise(() => {});
      });
      const client = testClient({ fetch });
      expect(await rejection(client.assets.get('a1'))).toBeInstanceOf(ClientClosedError);
      await closing;
    }
  });

  it('is called at the end of `await using`', async () => {
    let escaped: ReturnType<typeof testClient> | undefined;
    {
      await using client = testClient({ fetch: answering(found) });
      escaped = client;
      await client.assets.get('a1');
    }
    expect(await rejection(escaped.assets.get('a1'))).toBeInstanceOf(ClientClosedError);
  });
});
