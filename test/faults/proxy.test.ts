import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { realTime } from './exchange.js';
import { ALL_FAULTS, BEARABLE_BY_ANY_SERVER, type FaultName } from './faults.js';
import { FaultProxy, type FaultProxyOptions } from './proxy.js';
import { seeded } from './random.js';

const REQUEST = ['POST /mint HTTP/1.1', 'Host: ledger', 'Content-Length: 4', 'Connection: keep-alive', '', 'mint'];
const TEXT = REQUEST.join('\r\n');
const ANSWER = JSON.stringify({ applied: true });

/** Milliseconds after which a connection counts as stalled. */
const WATCHED = 200;
/** No request is too late to be forwarded, however slow the machine. */
const IN_TIME = { ...realTime, now: () => 0 };

/** A server that records its requests, behind a proxy with scripted faults. */
async function proxied(options: Partial<FaultProxyOptions> = {}) {
  const seen: string[] = [];
  const server = createServer(async (incoming, response) => {
    let body = '';
    for await (const chunk of incoming) body += chunk;
    seen.push(`${incoming.method} ${incoming.url} ${body}`);
    response.end(ANSWER);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const target = { host: '127.0.0.1', port: (server.address() as AddressInfo).port };
  const proxy = await FaultProxy.start({
    target,
    rate: 1,
    random: seeded(1),
    mayRepeat: false,
    clock: IN_TIME,
    ...options,
  });
  onTestFinished(() => {
    proxy.close();
    server.closeAllConnections();
    server.close();
  });
  return { proxy, server, seen };
}

/** Sends bytes; returns the response, and how the connection ended before `over`: with FIN, with an error, or not. */
async function send({ url }: FaultProxy, text = TEXT, over: PromiseLike<unknown> = new Promise(() => {})) {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  let answer = '';
  let ended = 'never';
  socket.setEncoding('utf8').on('data', (chunk: string) => {
    answer += chunk;
  });
  socket.once('end', () => {
    ended = 'FIN';
  });
  socket.once('error', (error) => {
    ended = 'code' in error ? String(error.code) : error.message;
  });
  socket.once('connect', () => socket.write(text));
  void over.then(() => socket.destroy());
  await new Promise((resolve) => socket.once('close', resolve));
  return { status: answer.split('\r\n')[0]?.slice('HTTP/1.1 '.length), answer, ended };
}

const SEEN = 'POST /mint mint';
const OK = '200 OK';

/** What the server and the client receive under each fault; a response that is `cut` has its head and no end. */
const EXPECTED: Record<FaultName, { seen: string[]; status?: string; ended: string; cut?: boolean }> = {
  'close before reading': { seen: [], status: '', ended: 'FIN' },
  'reset before the request': { seen: [], status: '', ended: 'ECONNRESET' },
  'stall before the request': { seen: [], status: '', ended: 'never' },
  '500 before the request': { seen: [], status: '500 Internal Server Error', ended: 'FIN' },
  '502 before the request': { seen: [], status: '502 Bad Gateway', ended: 'FIN' },
  '503 with Retry-After': { seen: [], status: '503 Service Unavailable', ended: 'FIN' },
  '429 with Retry-After': { seen: [], status: '429 Too Many Requests', ended: 'FIN' },
  'delay of the request': { seen: [SEEN], status: OK, ended: 'FIN' },
  'reset after the request': { seen: [SEEN], status: '', ended: 'ECONNRESET' },
  'reset amid the answer': { seen: [SEEN], status: OK, ended: 'ECONNRESET', cut: true },
  'answer cut short': { seen: [SEEN], status: OK, ended: 'FIN', cut: true },
  'stall after the request': { seen: [SEEN], status: '', ended: 'never' },
  '500 after the request': { seen: [SEEN], status: '500 Internal Server Error', ended: 'FIN' },
  '502 after the request': { seen: [SEEN], status: '502 Bad Gateway', ended: 'FIN' },
  'delay of the answer': { seen: [SEEN], status: OK, ended: 'FIN' },
  '409 in progress, applied before': { seen: [SEEN], status: '409 Conflict', ended: 'FIN' },
  '409 in progress, applied later': { seen: [SEEN], status: '409 Conflict', ended: 'FIN' },
  '409 in progress, never applied': { seen: [], status: '409 Conflict', ended: 'FIN' },
  '502 before a late request': { seen: [SEEN], status: '502 Bad Gateway', ended: 'FIN' },
  'stall before a late request': { seen: [SEEN], status: '', ended: 'never' },
  'the request twice': { seen: [SEEN, SEEN], status: OK, ended: 'FIN' },
};

test.each(Object.entries(EXPECTED))('%s', async (name, { seen: expected, status, ended, cut = false }) => {
  const fault = name as FaultName;
  const delays: number[] = [];
  const sleepNoted = (ms: number, signal?: AbortSignal) => {
    delays.push(ms);
    return realTime.sleep(ms, signal);
  };
  const { proxy, seen } = await proxied({ faults: [fault], clock: { ...IN_TIME, sleep: sleepNoted } });
  const hasStalled = async () => {
    await expect.poll(() => proxy.hits).toBe(1);
    if (fault === 'stall after the request') await expect.poll(() => seen).toEqual(expected);
    await sleep(WATCHED);
  };
  const heard = await send(proxy, TEXT, ended === 'never' ? hasStalled() : undefined);

  expect(heard).toMatchObject({ status, ended });
  await expect.poll(() => seen).toEqual(expected);
  expect([...proxy.counts]).toEqual([[fault, 1]]);
  if (status === OK) expect(heard.answer.endsWith(ANSWER)).toBe(!cut);
  if (cut) expect(heard.answer).toContain(`Content-Length: ${ANSWER.length}`);
  if (status?.startsWith('503') || status?.startsWith('429')) expect(heard.answer).toContain('\r\nRetry-After: 0\r\n');
  if (fault.startsWith('delay')) expect(delays).toEqual([expect.toSatisfy((ms) => ms >= 10)]);
});

test('the proxy forwards requests one by one without faults, each on its own connection', async () => {
  const { proxy, seen } = await proxied({ rate: 0 });
  for (let n = 0; n < 3; n++) {
    const { answer, ended } = await send(proxy);
    expect(answer).toContain('Connection: close');
    expect(answer.endsWith(ANSWER)).toBe(true);
    expect(ended).toBe('FIN');
  }
  expect(seen).toEqual([SEEN, SEEN, SEEN]);
  expect(proxy).toMatchObject({ requests: 3, hits: 0 });
});

test('the proxy reads a request in several pieces completely', async () => {
  const { proxy, seen } = await proxied({ rate: 0 });
  const socket = connect(Number(new URL(proxy.url).port), '127.0.0.1').resume();
  const closed = once(socket, 'close');
  for (const piece of [TEXT.slice(0, 20), TEXT.slice(20, 60), TEXT.slice(60)]) {
    socket.write(piece);
    await sleep(10);
  }
  await closed;
  expect(seen).toEqual([SEEN]);
});

test.each([
  ['a request in chunks', TEXT.replace('Content-Length: 4', 'Transfer-Encoding: chunked')],
  ['two requests at once', TEXT + TEXT],
  ['two lengths', TEXT.replace('Host: ledger', 'Content-Length: 2')],
  ['no HTTP', 'HELO ledger\r\n\r\n'],
])('the proxy refuses %s with a reset, and never forwards it', async (_, text) => {
  const { proxy, seen } = await proxied({ rate: 0 });
  expect(await send(proxy, text)).toMatchObject({ answer: '', ended: 'ECONNRESET' });
  expect(seen).toEqual([]);
});

test.each(['delay of the request', 'stall before the request'] as const)(
  'the proxy never forwards a request whose client has disconnected: %s',
  async (fault) => {
    let isHit = true;
    // A delay that ends when the client disconnects.
    const clock = { now: () => 0, sleep: () => new Promise(() => {}) };
    const { proxy, seen } = await proxied({ faults: [fault], clock, random: () => (isHit ? 0 : 1) });
    await send(proxy, TEXT, expect.poll(() => proxy.hits).toBe(1));
    isHit = false;
    // A forwarded request would have arrived before this one.
    expect(await send(proxy, TEXT.replace('/mint', '/later'))).toMatchObject({ status: OK });
    expect(proxy.hits).toBe(1);
    expect(seen).toEqual(['POST /later mint']);
  },
);

test('faults are drawn at the given rate, are equal for the same seed, and repeat a request only where allowed', async () => {
  const draw = async (mayRepeat: boolean) => {
    const faults = (mayRepeat ? ALL_FAULTS : BEARABLE_BY_ANY_SERVER).filter((name) => !name.startsWith('stall'));
    const { proxy } = await proxied({ rate: 0.2, random: seeded(7), mayRepeat, faults });
    for (let n = 0; n < 500; n++) await send(proxy);
    return proxy;
  };
  const [first, second] = [await draw(true), await draw(true)];
  expect(first.requests).toBe(500);
  expect(first.hits).toBeGreaterThan(70);
  expect(first.hits).toBeLessThan(130);
  expect([...second.counts]).toEqual([...first.counts]);
  expect(first.counts.get('the request twice')).toBeGreaterThan(0);
  expect((await draw(false)).counts.get('the request twice')).toBeUndefined();
});

test('while the proxy refuses connections none succeeds; afterwards all do, on the same port', async () => {
  const { proxy } = await proxied({ rate: 0 });
  proxy.refuse();
  expect((await send(proxy)).ended).toBe('ECONNREFUSED');
  await proxy.accept();
  expect((await send(proxy)).status).toBe(OK);
});

test('the proxy resets connections while the server is down, and finds it on another port', async () => {
  const { proxy, server } = await proxied({ rate: 0 });
  const { target } = proxy;
  const other = await proxied();
  await new Promise((resolve) => server.close(resolve));
  expect(await send(proxy)).toMatchObject({ answer: '', ended: 'ECONNRESET' });
  proxy.target = other.proxy.target;
  expect(await send(proxy)).toMatchObject({ status: OK });
  expect(other.seen).toEqual([SEEN]);
  expect(proxy.target).not.toEqual(target);
});
