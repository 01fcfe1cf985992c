import {
  ApiError,
  AuthenticationError,
  BadRequestError,
  ConflictError,
  ConnectionError,
  InvalidResponseError,
  NotFoundError,
  OutcomeUnknownError,
  PermissionDeniedError,
  RateLimitError,
  ServerError,
  type SpydraError,
  TimeoutError,
  UnavailableError,
} from 'spydra-sdk';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { endOf, rejection, testClient } from '../../helpers/client.js';
import { closedUrl, json } from '../../helpers/scripted-server.js';
import { advancing, fakeTimeOverSockets, until } from '../../helpers/time.js';
import { ACCEPTED, type Fault, ledgerServer, MINT, record, recordSent, status } from './recording-server.js';

type ErrorClass = abstract new (...args: never[]) => SpydraError;

const ASSET = {
  assetId: 'a1',
  name: 'Flat',
  symbol: 'FL',
  description: '',
  assetType: 'real-estate',
  totalValue: 100,
  totalSupply: 10,
  pricePerToken: 10,
  status: 'draft',
};

const httpDate = (seconds: number) => new Date(Date.now() + seconds * 1000).toUTCString();

const reset: Fault = (response) => void response.socket?.destroy();

const stall: Fault = () => {};

const stalledBody: Fault = (response) => {
  response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': '1000' });
  response.write('{"asset":');
};

const cutBody: Fault = (response) => {
  stalledBody(response);
  setTimeout(() => response.socket?.destroy(), 5);
};

const notJson: Fault = (response) => void response.end('<html>gateway</html>');

const empty: Fault = (response) => void response.end();

const oddCode: Fault = (response) => json(response, 404, { code: 'constructor', message: 'x' });

const otherShape: Fault = (response) => json(response, 200, { unexpected: true });

/** The expected result of a fault: success after a repetition, or this error at once. */
type Expected = 'retry' | ErrorClass;

// One row for each line of the retry table and each form of it.
type Row = readonly [name: string, fault: Fault, read: Expected, write: Expected];

const TABLE: readonly Row[] = [
  ['429 with Retry-After in seconds', status(429, { 'Retry-After': '0' }), 'retry', 'retry'],
  ['429 with Retry-After as a date', status(429, { 'Retry-After': httpDate(0) }), 'retry', 'retry'],
  ['429 without Retry-After', status(429), 'retry', 'retry'],
  ['503 with Retry-After', status(503, { 'Retry-After': '0' }), 'retry', OutcomeUnknownError],
  ['408', status(408), 'retry', OutcomeUnknownError],
  ['500', status(500), 'retry', OutcomeUnknownError],
  ['502', status(502), 'retry', OutcomeUnknownError],
  ['503', status(503), 'retry', OutcomeUnknownError],
  ['503 with an unusable Retry-After', status(503, { 'Retry-After': 'soon' }), 'retry', OutcomeUnknownError],
  ['504', status(504), 'retry', OutcomeUnknownError],
  ...[507, 520, 521, 522, 523, 524, 525, 526, 527, 529, 530, 598, 599].map(
    (code): Row => [`${code}`, status(code), 'retry', OutcomeUnknownError],
  ),
  ['499, a cancelled request behind a gateway', status(499), 'retry', OutcomeUnknownError],
  ...[501, 505, 506, 508, 510, 511].map((code): Row => [`${code}`, status(code), ServerError, OutcomeUnknownError]),
  ['302', status(302, { Location: 'http://127.0.0.1:9/' }), ApiError, OutcomeUnknownError],
  ['a reset connection', reset, 'retry', OutcomeUnknownError],
  ['no answer within the timeout', stall, 'retry', OutcomeUnknownError],
  ['headers, then a stalled body', stalledBody, 'retry', OutcomeUnknownError],
  ['a body cut off', cutBody, 'retry', OutcomeUnknownError],
  ['a body that is not JSON', notJson, 'retry', OutcomeUnknownError],
  ['an empty body', empty, 'retry', OutcomeUnknownError],
  ['a body without what is relied on', otherShape, InvalidResponseError, OutcomeUnknownError],
  ['400', status(400), BadRequestError, BadRequestError],
  ['a code that names a part of every object', oddCode, NotFoundError, NotFoundError],
  ['401', status(401), AuthenticationError, AuthenticationError],
  ['403', status(403), PermissionDeniedError, PermissionDeniedError],
  ['404', status(404), NotFoundError, NotFoundError],
  ['409', status(409), ConflictError, ConflictError],
  ['418', status(418), ApiError, ApiError],
];

// No jitter: the tests count attempts, not times.
beforeEach(() => void vi.spyOn(Math, 'random').mockReturnValue(0));

afterEach(() => void vi.restoreAllMocks());

/** Milliseconds. */
const TIMEOUT = 30_000;

/** The server's first request times out, if it gets no complete response. */
async function timingOut<T>(fault: Fault, server: { readonly seen: readonly unknown[] }, begin: () => Promise<T>) {
  if (![stall, stalledBody].includes(fault)) return begin();
  const pass = await fakeTimeOverSockets();
  const call = begin();
  await until(() => server.seen.length === 1);
  await pass(TIMEOUT);
  return advancing(pass, call);
}

describe('the retry table, attempts counted at a real server', () => {
  it.each(TABLE)('read: %s', async (_name, fault, expected) => {
    const server = await ledgerServer((_request, response, n) =>
      n === 1 ? fault(response) : json(response, 200, { asset: ASSET }),
    );
    const client = testClient({ baseUrl: server.url, timeout: TIMEOUT });
    const end = await timingOut(fault, server, () => endOf(client.assets.get('a1')));
    if (expected === 'retry') expect(end).toMatchObject({ assetId: 'a1' });
    else expect(end).toBeInstanceOf(expected);
    expect(server.seen).toHaveLength(expected === 'retry' ? 2 : 1);
  });

  it.each(TABLE)('write: %s', async (_name, fault, _read, expected) => {
    const server = await ledgerServer((request, response, n) => {
      if (request.path.includes('/transactions?')) return json(response, 200, { transactions: [], total: 0 });
      if (request.method === 'GET') return json(response, 200, { ...record('COMMITTED') });
      return n === 1 ? fault(response) : json(response, 200, ACCEPTED);
    });
    const client = testClient({ baseUrl: server.url, timeout: TIMEOUT });
    const end = await timingOut(fault, server, () => endOf(client.tokens.mint(MINT)));
    if (expected === 'retry') expect(end).toMatchObject({ status: 'committed' });
    else {
      expect(end).toBeInstanceOf(expected);
      expect(end).toMatchObject({ outcome: expected === OutcomeUnknownError ? 'unknown' : 'not-applied' });
    }
    const posts = server.of('POST');
    expect(posts).toHaveLength(expected === 'retry' ? 2 : 1);
    // One key and one body, however often it is sent.
    expect(new Set(posts.map((post) => post.headers['idempotency-key'])).size).toBe(1);
    expect(new Set(posts.map((post) => post.body)).size).toBe(1);
  });

  it.each([
    ['read', UnavailableError],
    ['write', RateLimitError],
  ] as const)('gives up a %s after the retries that were set', async (operation, ErrorType) => {
    const server = await ledgerServer((_request, response) =>
      operation === 'write' ? json(response, 429, {}, { 'Retry-After': '0' }) : json(response, 503, {}),
    );
    const client = testClient({ baseUrl: server.url, retries: 2 });
    const call = operation === 'read' ? client.assets.get('a1') : client.tokens.mint(MINT);
    expect(await rejection(call)).toBeInstanceOf(ErrorType);
    expect(server.seen).toHaveLength(3);
  });
});

describe('a request that was never sent', () => {
  const neverSent = (cause: object) => new TypeError('fetch failed', { cause: Object.assign(new Error('x'), cause) });
  const CAUSES: readonly [string, object][] = [
    ['DNS', { code: 'ENOTFOUND', syscall: 'getaddrinfo' }],
    ['DNS, for now', { code: 'EAI_AGAIN', syscall: 'getaddrinfo' }],
    ['refused', { code: 'ECONNREFUSED', syscall: 'connect' }],
    ['refused on every address', { code: 'X', errors: [{ code: 'ECONNREFUSED' }, { syscall: 'connect' }] }],
    ['unreachable', { code: 'EHOSTUNREACH', syscall: 'connect' }],
    ['connect timeout', { code: 'UND_ERR_CONNECT_TIMEOUT' }],
    ['TLS certificate', { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' }],
    ['TLS name', { code: 'ERR_TLS_CERT_ALTNAME_INVALID' }],
    ['an argument that undici refuses', { code: 'UND_ERR_INVALID_ARG' }],
    ['a header that undici does not support', { code: 'UND_ERR_NOT_SUPPORTED' }],
  ];

  it.each(CAUSES)('is sent again, also a write: %s', async (_name, cause) => {
    const fetch = vi
      .fn<typeof globalThis.fetch>()
      .mockRejectedValueOnce(neverSent(cause))
      .mockImplementationOnce(async (_url, init) => {
        recordSent(JSON.parse(String(init?.body)).metadata);
        return Response.json(ACCEPTED);
      })
      .mockImplementationOnce(async () => Response.json(record('COMMITTED')));
    const { status } = await testClient({ fetch }).tokens.mint(MINT);
    expect(status).toBe('committed');
    expect(fetch).toHaveBeenCalledTimes(3);
  });

  const MAY_HAVE_LEFT: readonly [string, object][] = [
    ['reset', { code: 'ECONNRESET', syscall: 'read' }],
    ['unreachable while writing', { code: 'EHOSTUNREACH', syscall: 'write' }],
    ['timed out while reading', { code: 'ETIMEDOUT', syscall: 'read' }],
    ['closed by the other side', { code: 'UND_ERR_SOCKET' }],
    ['one address refused, another reset', { errors: [{ code: 'ECONNREFUSED' }, { code: 'ECONNRESET' }] }],
    ['no code at all', {}],
  ];

  it.each(MAY_HAVE_LEFT)('is not assumed for a write: %s', async (_name, cause) => {
    const fetch = vi.fn<typeof globalThis.fetch>().mockRejectedValue(neverSent(cause));
    const error = await rejection(testClient({ fetch }).tokens.mint(MINT));
    expect(error).toBeInstanceOf(OutcomeUnknownError);
    expect(fetch.mock.calls.filter(([, init]) => init?.method === 'POST')).toHaveLength(1);
  });

  it('because the connection is refused is a write that is not applied and retryable', async () => {
    const client = testClient({ baseUrl: await closedUrl(), retries: 1 });
    const error = await rejection(client.tokens.mint(MINT));
    expect(error).toBeInstanceOf(ConnectionError);
    expect(error).toMatchObject({ outcome: 'not-applied', retryable: true });
  });
});

it('the error of a timed out read names the timeout', async () => {
  const server = await ledgerServer(() => {});
  const pass = await fakeTimeOverSockets();
  const call = rejection(testClient({ baseUrl: server.url, timeout: 50, retries: 1 }).assets.get('a1'));
  for (const attempt of [1, 2]) {
    await until(() => server.seen.length === attempt);
    await pass(60);
  }
  const error = await call;
  expect(error).toBeInstanceOf(TimeoutError);
  expect((error as Error).message).toContain('50 ms');
  expect(server.seen).toHaveLength(2);
});
