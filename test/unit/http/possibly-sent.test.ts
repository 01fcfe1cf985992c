import { once } from 'node:events';
import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import { OutcomeUnknownError } from 'spydra-sdk';
import { Agent, type Dispatcher, RetryAgent } from 'undici';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { rejection, testClient } from '../../helpers/client.js';
import { closedUrl, json, scriptedServer } from '../../helpers/scripted-server.js';
import { advancing, fakeTimeOverSockets, until } from '../../helpers/time.js';
import { agentOf, MINT, over, socketServer, spydra } from './dispatchers.js';

/** Writes use the dispatcher, reads the default. */
function postsOver(dispatcher: Dispatcher): typeof globalThis.fetch {
  const fetch = over(dispatcher);
  return (url, init) => (init?.method === 'POST' ? fetch(url, init) : globalThis.fetch(url, init));
}

/** A fetch over Node's HTTP client, of which undici's channels publish nothing; it respects its signal. */
const overNodeHttp = ((url: string, init: RequestInit) =>
  new Promise<Response>((resolve, reject) => {
    const { method, body } = init;
    const options = { method: method ?? 'GET', headers: Object.fromEntries(new Headers(init.headers)) };
    const sent = request(url, { ...options, signal: init.signal ?? undefined }, async (incoming) => {
      resolve(new Response(await text(incoming), { status: incoming.statusCode ?? 0 }));
    });
    sent.on('error', reject).end(body ?? undefined);
  })) as typeof globalThis.fetch;

describe('a write that may have been sent', () => {
  const cut: Parameters<typeof scriptedServer>[0] = (request, response) =>
    request.method === 'POST' ? void response.socket?.destroy() : json(response, 200, { transactions: [], total: 0 });
  const refused = () =>
    new TypeError('fetch failed', { cause: Object.assign(new Error('refused'), { code: 'ECONNREFUSED' }) });

  it('is unknown if fetch sent it and then failed to connect for its own retry', async () => {
    const server = await scriptedServer(cut);
    const fetch: typeof globalThis.fetch = (url, init) =>
      globalThis.fetch(url, init).catch((error) => {
        throw init?.method === 'POST' ? refused() : error;
      });
    const error = await rejection(testClient({ baseUrl: server.url, fetch }).tokens.mint(MINT));
    expect(error).toBeInstanceOf(OutcomeUnknownError);
    expect(server.of('POST')).toHaveLength(1);
  });

  it('is unknown if fetch tries another way after it could not connect', async () => {
    const server = await scriptedServer(cut);
    const closed = await closedUrl();
    let isRefused = false;
    const fetch: typeof globalThis.fetch = async (url, init) => {
      if (init?.method !== 'POST') return globalThis.fetch(String(url).replace(closed, server.url), init);
      await globalThis.fetch(url, init).catch(() => {});
      isRefused = true;
      return new Promise(() => {});
    };
    const pass = await fakeTimeOverSockets();
    const call = rejection(testClient({ baseUrl: closed, fetch }).tokens.mint(MINT));
    await until(() => isRefused);
    await pass(30_000);
    expect(await advancing(pass, call)).toBeInstanceOf(OutcomeUnknownError);
  });

  it('is unknown if fetch ignores its signal and may still send it', async () => {
    const server = await spydra();
    const dispatcher = agentOf(() => {});
    const deaf: typeof globalThis.fetch = (url, init) => over(dispatcher)(url, { ...init, signal: null });
    const client = testClient({ baseUrl: server.url, fetch: deaf, timeout: 100, retries: 0, deadline: 500 });
    expect(await rejection(client.tokens.mint(MINT))).toBeInstanceOf(OutcomeUnknownError);
  });

  it('is not sent later if fetch fails at its signal and does not pass the signal to undici', async () => {
    const server = await spydra();
    let connect = () => {};
    const agent = agentOf((connected) => {
      connect = () => connected(server.url);
    });
    const fetch: typeof globalThis.fetch = (url, init) => {
      const ended = new Promise<never>((_, reject) => {
        init?.signal?.addEventListener('abort', () => reject(init.signal?.reason));
      });
      return Promise.race([over(agent)(url, { ...init, signal: null }), ended]);
    };
    const client = testClient({ baseUrl: server.url, fetch, timeout: 100, retries: 0 });
    expect(await rejection(client.tokens.mint(MINT))).toMatchObject({ code: 'TIMEOUT', outcome: 'not-applied' });
    const [connection] = await Promise.all([once(server.server, 'connection'), connect()]);
    await once(connection[0], 'close');
    expect(server.seen).toEqual([]);
  });

  it.each([
    ['a retry of every method', { methods: ['POST', 'GET'] }],
    ['its defaults', {}],
  ])('is unknown if a dispatcher repeats it by itself, with %s', async (_what, options) => {
    const server = await scriptedServer((request, response) =>
      request.method === 'GET' ? json(response, 200, { transactions: [], total: 0 }) : response.socket?.destroy(),
    );
    const dispatcher = new RetryAgent(new Agent(), { maxRetries: 1, minTimeout: 1, ...options });
    onTestFinished(() => dispatcher.destroy());
    const client = testClient({ baseUrl: server.url, fetch: over(dispatcher) });
    const update = client.assets.update('a1', { updates: { name: 'n' }, updaterWallet: 'w' });
    expect(await rejection(update)).toBeInstanceOf(OutcomeUnknownError);
    expect(await rejection(client.tokens.mint(MINT))).toBeInstanceOf(OutcomeUnknownError);
  });

  it('is unknown if fetch sends it to another host first and is refused at the right one', async () => {
    const server = await scriptedServer(cut);
    const closed = await closedUrl();
    const fetch: typeof globalThis.fetch = (url, init) => {
      const other = String(url).replace(closed, server.url);
      return globalThis.fetch(other, init).catch(() => globalThis.fetch(url, init));
    };
    const client = testClient({ baseUrl: closed, fetch, retries: 2 });
    expect(await rejection(client.tokens.mint(MINT))).toBeInstanceOf(OutcomeUnknownError);
    expect(server.of('POST')).toHaveLength(1);
  });

  it('is unknown, and sent once, while another write is open whose key is the id of both requests', async () => {
    const headers = { 'X-Request-Id': 'order-7' };
    const server = await scriptedServer((request, response) => {
      const isOther = request.headers['idempotency-key'] === 'order-7';
      if (request.method === 'GET') json(response, 200, { transactions: [], total: 0 });
      else if (!isOther) response.socket?.destroy();
    });
    const closed = await closedUrl();
    const fetch: typeof globalThis.fetch = (url, init) => {
      const key = new Headers(init?.headers).get('Idempotency-Key');
      const other = String(url).replace(closed, server.url);
      return globalThis.fetch(other, init).catch((error) => {
        if (key === 'order-7/fee') return globalThis.fetch(url, init);
        throw error;
      });
    };
    const client = testClient({ baseUrl: closed, fetch, retries: 2, headers });
    const stop = new AbortController();
    const other = rejection(client.tokens.mint(MINT, { idempotencyKey: 'order-7', signal: stop.signal }));
    await vi.waitUntil(() => server.of('POST').length === 1, 60_000);
    const fee = { idempotencyKey: 'order-7/fee' };
    expect(await rejection(client.tokens.mint({ ...MINT, recipientWallet: 'w2' }, fee))).toBeInstanceOf(
      OutcomeUnknownError,
    );
    expect(server.of('POST')).toHaveLength(2);
    stop.abort();
    expect(await other).toBeInstanceOf(OutcomeUnknownError);
  });

  it.each([429, 400, 404])('is unknown if fetch sends it twice and the second is refused with %i', async (status) => {
    const server = await scriptedServer((request, response, n) => {
      if (request.method === 'GET') json(response, 200, { transactions: [], total: 0 });
      else if (n === 1) response.socket?.destroy();
      else json(response, status, {});
    });
    const fetch: typeof globalThis.fetch = (url, init) =>
      globalThis.fetch(url, init).catch(() => globalThis.fetch(url, init));
    const error = await rejection(testClient({ baseUrl: server.url, fetch, retries: 2 }).tokens.mint(MINT));
    expect(error).toBeInstanceOf(OutcomeUnknownError);
    expect(server.of('POST')).toHaveLength(2);
  });

  it('is unknown if one attempt of fetch waits for its connection while another is refused', async () => {
    const server = await spydra();
    const waiting = agentOf(() => {});
    const closed = await closedUrl();
    const fetch: typeof globalThis.fetch = (url, init) => {
      if (init?.method !== 'POST') return globalThis.fetch(url, init);
      void over(waiting)(url, init).catch(() => {});
      return globalThis.fetch(String(url).replace(server.url, closed), init);
    };
    const client = testClient({ baseUrl: server.url, fetch, retries: 2 });
    expect(await rejection(client.tokens.mint(MINT))).toBeInstanceOf(OutcomeUnknownError);
  });

  it('is unknown if fetch publishes nothing', async () => {
    const server = await scriptedServer(cut);
    const fetch: typeof globalThis.fetch = (url, init) =>
      init?.method === 'POST' ? new Promise(() => {}) : globalThis.fetch(url, init);
    const client = testClient({ baseUrl: server.url, fetch, timeout: 100 });
    expect(await rejection(client.tokens.mint(MINT))).toBeInstanceOf(OutcomeUnknownError);
  });

  it('is unknown if two equal requests are open and one of them was sent', async () => {
    const server = await scriptedServer((request, response) => {
      if (request.method === 'GET') json(response, 200, { transactions: [], total: 0 });
    });
    let isConnecting = false;
    const agent = agentOf(() => {
      isConnecting = true;
    });
    const pass = await fakeTimeOverSockets();
    const options = { baseUrl: server.url, retries: 0 };
    const clients = [testClient(options), testClient({ ...options, fetch: postsOver(agent) })];
    const calls = clients.map((client) => rejection(client.tokens.mint(MINT, { idempotencyKey: 'one-key' })));
    await until(() => server.of('POST').length === 1 && isConnecting);
    await pass(30_000);
    const errors = await advancing(pass, Promise.all(calls));
    for (const error of errors) expect(error).toBeInstanceOf(OutcomeUnknownError);
  });

  it.each([
    ['in a header of its own', { 'X-Order': '42' }],
    ['as its idempotency key', { 'Idempotency-Key': '42' }],
    ['as its idempotency key, and the id of the request', { 'Idempotency-Key': '42', 'X-Request-Id': 'trace-1' }],
  ])('is unknown if undici waits to send another request with the same key %s', async (_where, headers) => {
    const server = await scriptedServer((request, response) => {
      if (request.method === 'GET') return json(response, 200, { transactions: [], total: 0 });
      // Another service gets a request while Spydra, which has received the write, does not respond.
      over(agentOf(() => {}))('http://payments.example/charges', { method: 'POST', headers, body: '{}' }).catch(
        () => {},
      );
    });
    const pass = await fakeTimeOverSockets();
    const client = testClient({ baseUrl: server.url, fetch: overNodeHttp, retries: 0 });
    const options = { idempotencyKey: '42', headers: { 'X-Request-Id': 'trace-1' } };
    const call = rejection(client.tokens.mint(MINT, options));
    await until(() => server.of('POST').length === 1);
    await pass(30_000);
    expect(await advancing(pass, call)).toBeInstanceOf(OutcomeUnknownError);
    expect(server.of('POST')).toHaveLength(1);
  });

  it('is unknown if plain HTTP is sent to a TLS port that only closes, as a crashed server does', async () => {
    const address = await socketServer((socket) => socket.once('data', () => socket.end()));
    const error = await rejection(testClient({ baseUrl: `http://${address}`, retries: 0 }).tokens.mint(MINT));
    expect(error).toBeInstanceOf(OutcomeUnknownError);
  });
});
