import { once } from 'node:events';
import { request } from 'node:http';
import { type AddressInfo, connect as connectTo, createServer, type Server, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { ConnectionError, DeadlineExceededError, OutcomeUnknownError, TimeoutError } from 'spydra-sdk';
import { Agent, type Dispatcher, ProxyAgent, RetryAgent, fetch as undiciFetch } from 'undici';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { rejection, testClient } from '../../helpers/client.js';
import { closedUrl, json, scriptedServer } from '../../helpers/scripted-server.js';
import { advancing, fakeTimeOverSockets, until } from '../../helpers/time.js';

const MINT = { assetId: 'a1', recipientWallet: 'w1', amount: 5n };
const RECORD = { transactionId: 't1', type: 'mint', status: 'COMMITTED', assetId: 'a1', timestamp: '', amount: 5 };

/** A server of raw sockets; returns its port. */
async function socketServer(onSocket: (socket: Socket) => void): Promise<string> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    onSocket(socket);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** undici's own fetch over a dispatcher, as a user passes it. */
function over(dispatcher: Dispatcher): typeof globalThis.fetch {
  onTestFinished(() => dispatcher.destroy());
  return ((url: string, init: RequestInit) =>
    undiciFetch(url, { ...init, headers: [...new Headers(init.headers)], dispatcher } as never)) as never;
}

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

/** An agent whose connections are made by the test. */
function agentOf(onConnect: (connected: (url: string) => void) => void): Agent {
  const connect = (_options: unknown, done: (error: null, socket: Socket) => void) =>
    onConnect((url) => {
      const socket = connectTo(Number(new URL(url).port), '127.0.0.1', () => done(null, socket));
    });
  return new Agent({ connect: connect as never });
}

/** A server that accepts a mint and lists it. */
const spydra = () => {
  let metadata: unknown;
  return scriptedServer((request, response) => {
    if (request.method === 'GET') return json(response, 200, { ...RECORD, metadata });
    metadata = JSON.parse(request.body).metadata;
    json(response, 200, { transactionId: 't1', newBalance: 5 });
  });
};

describe('a write of which no byte was sent', () => {
  it.each([
    ['407', (socket: Socket) => void socket.once('data', () => socket.end('HTTP/1.1 407 No\r\n\r\n'))],
    ['502', (socket: Socket) => void socket.once('data', () => socket.end('HTTP/1.1 502 No\r\n\r\n'))],
    ['503', (socket: Socket) => void socket.once('data', () => socket.end('HTTP/1.1 503 No\r\n\r\n'))],
    ['a closed connection', (socket: Socket) => void socket.once('data', () => socket.destroy())],
    ['nothing', () => {}],
  ])('is not applied if a proxy responds to CONNECT with %s', async (_answer, onSocket) => {
    const server = await spydra();
    const proxy = await socketServer(onSocket);
    const fetch = over(new ProxyAgent({ uri: `http://${proxy}`, proxyTunnel: true }));
    const client = testClient({ baseUrl: server.url, fetch, timeout: 200, retries: 1 });
    expect(await rejection(client.tokens.mint(MINT))).toMatchObject({ outcome: 'not-applied', retryable: true });
    expect(server.seen).toEqual([]);
  });

  it('is not applied if the port of the proxy is closed', async () => {
    const server = await spydra();
    const fetch = over(new ProxyAgent({ uri: await closedUrl(), proxyTunnel: true }));
    const error = await rejection(testClient({ baseUrl: server.url, fetch, retries: 0 }).tokens.mint(MINT));
    expect(error).toMatchObject({ name: 'ConnectionError', outcome: 'not-applied' });
  });

  it('is not applied when the timeout ends a TLS handshake that hangs', async () => {
    const baseUrl = `https://${await socketServer(() => {})}`;
    const error = await rejection(testClient({ baseUrl, timeout: 100, retries: 1 }).tokens.mint(MINT));
    expect(error).toBeInstanceOf(TimeoutError);
    expect(error).toMatchObject({ outcome: 'not-applied', retryable: true });
  });

  it('is not applied when the deadline ends a TLS handshake that hangs', async () => {
    const baseUrl = `https://${await socketServer(() => {})}`;
    const error = await rejection(testClient({ baseUrl }).tokens.mint(MINT, { deadline: 100 }));
    expect(error).toBeInstanceOf(DeadlineExceededError);
    expect(error).toMatchObject({ outcome: 'not-applied' });
  });

  it('is sent again after a hanging connection, and applied once', async () => {
    const server = await spydra();
    let connections = 0;
    const agent = agentOf((connected) => {
      if (++connections > 1) connected(server.url);
    });
    const pass = await fakeTimeOverSockets();
    const call = testClient({ baseUrl: server.url, fetch: over(agent) }).tokens.mint(MINT);
    await until(() => connections === 1);
    await pass(30_000);
    expect(await advancing(pass, call)).toMatchObject({ status: 'committed' });
    expect(server.of('POST')).toHaveLength(1);
  });

  it.each([
    ['Expect', '100-continue'],
    ['Transfer-Encoding', 'chunked'],
    ['Keep-Alive', 'timeout=5'],
  ])('is not applied if fetch refuses the header %s', async (name, value) => {
    const server = await spydra();
    const fetch: typeof globalThis.fetch = (url, init) => {
      const headers = new Headers(init?.headers);
      headers.set(name, value);
      return globalThis.fetch(url, { ...init, headers });
    };
    const client = testClient({ baseUrl: server.url, fetch, timeout: 300, retries: 0 });
    expect(await rejection(client.tokens.mint(MINT))).toMatchObject({ outcome: 'not-applied' });
    expect(server.seen).toEqual([]);
  });

  it('is not applied if HTTPS is sent to a server of plain HTTP', async () => {
    const server = await spydra();
    const client = testClient({ baseUrl: server.url.replace('http:', 'https:'), retries: 0 });
    const error = await rejection(client.tokens.mint(MINT));
    expect(error).toBeInstanceOf(ConnectionError);
    expect(error).toMatchObject({ outcome: 'not-applied', retryable: true });
  });

  it('is not applied if plain HTTP gets a TLS alert', async () => {
    const alert = Buffer.from([0x15, 3, 1, 0, 2, 2, 70]);
    const address = await socketServer((socket) => socket.once('data', () => socket.end(alert)));
    const error = await rejection(testClient({ baseUrl: `http://${address}`, retries: 0 }).tokens.mint(MINT));
    expect(error).toMatchObject({ name: 'ConnectionError', outcome: 'not-applied' });
  });
});

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
