import { once } from 'node:events';
import { connect } from 'node:net';
import { text as textOf } from 'node:stream/consumers';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { ADMIN_KEY, backendBefore, WRITES } from '../helpers/backend.js';

const BODY = JSON.stringify(WRITES['POST /tokens/mint']);
const MINT = [
  'POST /api/spydra/tokens/mint HTTP/1.1',
  'Host: backend',
  `X-API-Key: ${ADMIN_KEY}`,
  'Content-Type: application/json',
  `Content-Length: ${BODY.length}`,
  '',
  BODY,
].join('\r\n');

const GET = 'GET /livez HTTP/1.1\r\nHost: backend\r\n\r\n';
const CONNECT = 'CONNECT elsewhere:443 HTTP/1.1\r\nHost: elsewhere\r\n\r\n';

/** Exceptions that would end the process. */
function uncaughtExceptions() {
  const listener = vi.fn();
  process.on('uncaughtException', listener);
  onTestFinished(() => void process.off('uncaughtException', listener));
  return listener;
}

/** The backend, whose writes end when `endWrite` is called, and a connection to it. */
async function writing() {
  const held: (() => void)[] = [];
  const backend = await backendBefore((request, response) => {
    if (request.method === 'GET') response.end('{"transactions":[],"total":0}');
    else held.push(() => void response.writeHead(409).end('{}'));
  });
  const socket = connect(backend.port, '127.0.0.1');
  const received = textOf(socket).catch(() => '');
  return {
    ...backend,
    socket,
    received,
    /** Statuses of what comes over the connection until it is closed. */
    statuses: async () => [...(await received).matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => Number(status)),
    writes: () => held.length,
    endWrite: (index: number) => held[index]?.(),
  };
}

describe('requests that a client pipelines', () => {
  it('are processed one at a time, in order', async () => {
    const { socket, statuses, writes, endWrite, call } = await writing();
    socket.write(MINT + MINT);
    await expect.poll(writes).toBe(1);
    // The server has read what came before this.
    await call('GET /wallets/w1/transactions');
    expect(writes()).toBe(1);
    endWrite(0);
    await expect.poll(writes).toBe(2);
    socket.write('GET /livez HTTP/1.1\r\nHost: backend\r\nConnection: close\r\n\r\n');
    endWrite(1);
    expect(await statuses()).toEqual([409, 409, 200]);
  });

  it('are not applied after a response that closes the connection, and do not delay the exit', async () => {
    const { socket, statuses, writes, endWrite, exchanges } = await writing();
    socket.write(MINT + MINT);
    await expect.poll(writes).toBe(1);
    exchanges.closeConnections();
    socket.write(MINT);
    endWrite(0);
    await exchanges.ended();
    expect(await statuses()).toEqual([409]);
    expect(writes()).toBe(1);
  });

  it('are not applied after the client has disconnected', async () => {
    const { socket, writes, endWrite, exchanges } = await writing();
    socket.write(MINT + MINT);
    await expect.poll(writes).toBe(1);
    socket.destroy();
    await exchanges.ended();
    endWrite(0);
    expect(writes()).toBe(1);
  });
});

describe('unreadable data behind several pipelined requests', () => {
  type Client = ReturnType<typeof connect>;
  it.each<[string, number, (socket: Client) => void]>(
    [1, 2, 3, 5].flatMap((before): [string, number, (socket: Client) => void][] => [
      ['no request', before, (socket) => socket.write('no request\r\n\r\n')],
      ['a request that ends in its headers', before, (socket) => socket.end('GET /livez HTTP/1.1\r\nHos')],
      ['CONNECT', before, (socket) => socket.write(CONNECT)],
    ]),
  )(
    'closes the connection after the response to the current write: %s, %d reads before',
    async (_what, before, send) => {
      const uncaught = uncaughtExceptions();
      const { socket, statuses, writes, endWrite, exchanges, call } = await writing();
      socket.write(GET.repeat(before) + MINT);
      await expect.poll(writes).toBe(1);
      send(socket);
      // The server has read what came before this.
      await call('GET /wallets/w1/transactions');
      endWrite(0);
      expect(await statuses()).toEqual([...Array(before).fill(200), 409]);
      await exchanges.ended();
      expect(uncaught).not.toHaveBeenCalled();
    },
  );

  it.each([
    ['no request', 'no request\r\n\r\n'],
    ['CONNECT', CONNECT],
  ])('prevents waiting requests from being processed: %s', async (_what, unreadable) => {
    const { socket, statuses, exchanges, seen, call } = await writing();
    const waiting = GET.replace('/livez', '/api/spydra/wallets/w1/transactions');
    socket.write(GET + waiting + unreadable);
    expect(await statuses()).toEqual([200]);
    await exchanges.ended();
    await call('GET /wallets/w2/transactions');
    expect(seen.filter(({ path }) => path.includes('w1'))).toEqual([]);
  });

  it.each([
    ['no request', 'no request\r\n\r\n'],
    ['CONNECT', CONNECT],
  ])('does not cut off a large response: %s', async (_what, unreadable) => {
    const { socket, port, received } = await writing();
    const path = '/docs/swagger-ui-bundle.js';
    const whole = await (await fetch(`http://127.0.0.1:${port}${path}`)).text();
    socket.write(GET.replace('/livez', path) + unreadable);
    const [, body] = (await received).split(/\r\n\r\n(.*)/s);
    expect(body === whole).toBe(true);
  });

  it.each([0, 1, 3])('affects only its connection when that is reset: CONNECT, %d reads before', async (before) => {
    const uncaught = uncaughtExceptions();
    const { socket, writes, endWrite, exchanges, call } = await writing();
    socket.write(GET.repeat(before) + MINT + CONNECT);
    await expect.poll(writes).toBe(1);
    socket.resetAndDestroy();
    await once(socket, 'close');
    endWrite(0);
    await exchanges.ended();
    expect((await call('GET /wallets/w1/transactions')).status).toBe(200);
    expect(uncaught).not.toHaveBeenCalled();
  });
});

describe('a queue of pipelined requests', () => {
  it('is bounded: reading pauses while it is full, and all requests get responses', async () => {
    const { socket, statuses, writes, endWrite, server, call } = await writing();
    socket.write(MINT);
    await expect.poll(writes).toBe(1);
    let taken = 0;
    server.on('request', ({ url }) => {
      if (url === '/livez') taken++;
    });
    const padded = `GET /livez HTTP/1.1\r\nHost: backend\r\nX-Pad: ${'x'.repeat(400)}\r\n\r\n`;
    socket.write(padded.repeat(4_000));
    socket.write('GET /livez HTTP/1.1\r\nHost: backend\r\nConnection: close\r\n\r\n');
    // The server reads 64 kB of each connection between two responses, or more.
    for (let turn = 0; turn < 30; turn++) await call('GET /wallets/w1/transactions');
    expect(taken).toBeGreaterThan(0);
    expect(taken).toBeLessThan(1_000);
    endWrite(0);
    expect(await statuses()).toEqual([409, ...Array(4_001).fill(200)]);
  });
});
