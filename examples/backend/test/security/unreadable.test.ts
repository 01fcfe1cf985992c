import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { ADMIN_KEY, backendBefore, refusingWrites, sendRaw, WRITES } from '../helpers/backend.js';
import { total, watched } from '../helpers/watched.js';

const BODY = JSON.stringify(WRITES['POST /tokens/mint']);
const MINT = ['POST /api/spydra/tokens/mint HTTP/1.1', 'Host: backend', `X-API-Key: ${ADMIN_KEY}`];
const MINT_JSON = [...MINT, 'Content-Type: application/json'];
const WHOLE_MINT = [...MINT_JSON, `Content-Length: ${BODY.length}`, '', BODY].join('\r\n');

interface Parsed {
  readonly status: number;
  readonly id: string | undefined;
  readonly type: string | undefined;
  readonly body: unknown;
}

/** The only response among what came over a connection. */
function parsed(text: string): Parsed {
  const [head = '', ...bodies] = text.split('\r\n\r\n');
  expect(bodies).toHaveLength(1);
  const header = (name: string) => new RegExp(`^${name}: (.*)$`, 'im').exec(head)?.[1]?.trim();
  const status = Number(/^HTTP\/1\.1 (\d+)/.exec(head)?.[1]);
  return { status, id: header('X-Request-Id'), type: header('Content-Type'), body: JSON.parse(bodies[0] ?? '') };
}

describe('a request that cannot be parsed', () => {
  it.each<[string, readonly string[], number, string]>([
    ['an absolute target with half an address', ['GET http://[::1 HTTP/1.1', 'Host: x'], 400, 'UNREADABLE_REQUEST'],
    [
      'an absolute target with half an address, to write',
      ['POST http://[::1 HTTP/1.1', 'Host: x'],
      400,
      'UNREADABLE_REQUEST',
    ],
    ['a target with an address after two slashes', ['GET //a@[:#x HTTP/1.1', 'Host: x'], 400, 'UNREADABLE_REQUEST'],
    [
      'an absolute target with a port that is none',
      ['GET http://a:99999999/ HTTP/1.1', 'Host: x'],
      404,
      'NO_SUCH_ROUTE',
    ],
    ['an absolute target', ['GET http://x/nowhere HTTP/1.1', 'Host: x'], 404, 'NO_SUCH_ROUTE'],
    ['two slashes', ['GET // HTTP/1.1', 'Host: x'], 404, 'NO_SUCH_ROUTE'],
    ['half an escape', ['GET /% HTTP/1.1', 'Host: x'], 404, 'NO_SUCH_ROUTE'],
    ['an asterisk', ['OPTIONS * HTTP/1.1', 'Host: x'], 404, 'NO_SUCH_ROUTE'],
    ['no host', ['GET / HTTP/1.1'], 400, 'UNREADABLE_REQUEST'],
    ['no target', ['GET HTTP/1.1', 'Host: x'], 400, 'UNREADABLE_REQUEST'],
    ['a method that HTTP does not know', ['STEAL / HTTP/1.1', 'Host: x'], 400, 'UNREADABLE_REQUEST'],
    ['a version that is none', ['GET / HTTP/9.9', 'Host: x'], 400, 'UNREADABLE_REQUEST'],
    ['another protocol', ['\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'], 400, 'UNREADABLE_REQUEST'],
    ['a way through to elsewhere', ['CONNECT x:443 HTTP/1.1', 'Host: x'], 400, 'UNREADABLE_REQUEST'],
    ['an expectation', ['GET / HTTP/1.1', 'Host: x', 'Expect: the-best'], 417, 'EXPECTATION_FAILED'],
    ['two lengths', [...MINT_JSON, 'Content-Length: 5', 'Content-Length: 6'], 400, 'UNREADABLE_REQUEST'],
    ['headers that are too large', ['GET / HTTP/1.1', `X-Large: ${'x'.repeat(20_000)}`], 431, 'HEADERS_TOO_LARGE'],
    [
      'a body whose chunks are none',
      [...MINT_JSON, 'Transfer-Encoding: chunked', '', 'no chunk'],
      400,
      'UNREADABLE_REQUEST',
    ],
  ])('is refused with the envelope, logged once, measured and counted: %s', async (_what, lines, status, code) => {
    const { port, lines: logged, metrics } = await watched({ RATE_LIMIT_PER_ADDRESS: '1000' });
    const before = total(await metrics(), 'http_request_duration_seconds_count');
    const answer = parsed(await sendRaw(port, ...lines, 'Connection: close', '', ''));
    expect(answer).toMatchObject({ status, type: 'application/json; charset=utf-8' });
    expect(answer.body).toEqual({ success: false, error: expect.any(String), code, requestId: answer.id });
    await expect.poll(logged).toHaveLength(1);
    expect(logged()).toMatchObject([{ requestId: answer.id, route: 'none', status, msg: 'answered' }]);
    expect(total(await metrics(), 'http_request_duration_seconds_count')).toBe(before + 1);
  });

  it.each([
    ['its target', ['GET http://[::1 HTTP/1.1', 'Host: x', 'Connection: close', '', '']],
    ['its first line', ['STEAL / HTTP/1.1', '', '']],
  ])('counts for the rate limit of its address: %s', async (_what, lines) => {
    const { port, call } = await backendBefore(refusingWrites, { RATE_LIMIT_PER_ADDRESS: '2' });
    const statuses = [];
    for (let count = 0; count < 3; count++) statuses.push(parsed(await sendRaw(port, ...lines)).status);
    expect(statuses).toEqual([400, 400, 429]);
    expect((await call('GET /wallets/w1/transactions')).status).toBe(429);
  });

  it.each([
    ['headers', MINT],
    ['a body', [...MINT_JSON, 'Content-Length: 100', '', '{"assetId":']],
  ])('gets a 408 with the envelope if it arrives too slowly: %s', async (_what, lines) => {
    const { port, seen } = await backendBefore(refusingWrites, { REQUEST_TIMEOUT: '400' });
    const answer = parsed(await sendRaw(port, ...lines));
    expect(answer).toMatchObject({ status: 408, body: { success: false, code: 'REQUEST_TIMEOUT' } });
    expect(answer.id).toEqual(expect.any(String));
    expect(seen).toEqual([]);
  });

  it('does not replace the response to the previous write on the connection', async () => {
    let answerWrite = () => {};
    const { port, seen } = await backendBefore((request, response) => {
      if (request.method === 'GET') return void response.end('{"transactions":[],"total":0}');
      answerWrite = () => void response.writeHead(409).end('{}');
    });
    const socket = connect(port, '127.0.0.1');
    let text = '';
    socket.on('data', (chunk) => (text += chunk));
    socket.write(WHOLE_MINT);
    await expect.poll(() => seen.some(({ method }) => method === 'POST')).toBe(true);
    socket.write('no request\r\n\r\n');
    // As long as the server takes to read and answer over another connection, at least.
    expect(await sendRaw(port, 'no request', '', '')).toMatch(/^HTTP\/1\.1 400 /);
    expect(text).toBe('');
    const closed = once(socket, 'close');
    answerWrite();
    await closed;
    expect(parsed(text)).toMatchObject({ status: 409, body: { code: 'CONFLICT' } });
  });
});
