import { describe, expect, it } from 'vitest';
import { testClient } from '../../../../test/helpers/client.js';
import { closedUrl, json, scriptedServer } from '../../../../test/helpers/scripted-server.js';
import { type RouteName, ROUTES as TABLE } from '../../../express/index.js';
import { openApiDocument } from '../../openapi/document.js';
import { failuresOf } from '../../openapi/failures.js';
import { type Answer, backendBefore, backendOf, backendOnSandbox, type Sent } from '../helpers/backend.js';
import { answersOf, exampleOf } from '../helpers/contract.js';
import { BY_SECRET, token } from '../helpers/tokens.js';

/** The route with the contract's example of a request. */
type Ask = (route: string, sent: Sent) => Promise<Answer>;

const SAMPLE = { assetId: 'a1', publishedId: 'a1' };
const problemsWith = answersOf(openApiDocument('/api/spydra'));

/** Asks the backend before a Spydra that refuses everything in one way. */
function refused(status: number, body: object = {}): Ask {
  return async (route, sent) => {
    const { url } = await scriptedServer((_request, response) => json(response, status, body));
    const { admin } = await backendOf(testClient({ baseUrl: url, retries: 0 }));
    return admin(route, sent);
  };
}

const unreachable: Ask = async (route, sent) => {
  const { admin } = await backendOf(testClient({ baseUrl: await closedUrl(), retries: 0 }));
  return admin(route, sent);
};

/** Asks the backend with a client that has a bug in all that it does. */
const buggy: Ask = async (route, sent) => {
  const bug: unknown = new Proxy(() => {}, {
    get: () => bug,
    apply: () => {
      throw new Error('a bug');
    },
  });
  const { admin } = await backendOf(bug as ReturnType<typeof testClient>);
  return admin(route, sent);
};

const withoutKey: Ask = async (route, sent) => (await backendOf(testClient({}))).call(route, sent);
const withBody =
  (body: string, type: string): Ask =>
  async (route) =>
    (await backendOf(testClient({}))).admin(route, { body, headers: { 'Content-Type': type } });

/** Sends a request with a token whose role may only read. */
const asUser: Ask = async (route, sent) => {
  const { call } = await backendBefore(undefined, BY_SECRET);
  return call(route, { ...sent, headers: { Authorization: `Bearer ${await token({ role: 'user' })}` } });
};

/** Asks once more than may be asked. */
const tooOften: Ask = async (route, sent) => {
  const { admin } = await backendBefore(undefined, { RATE_LIMIT_PER_ADDRESS: '1' });
  await admin('GET /health');
  return admin(route, sent);
};

/** How each status comes about. */
const PROVOKED: Readonly<Record<string, Ask>> = {
  400: refused(400),
  401: withoutKey,
  403: asUser,
  404: refused(404),
  409: refused(409, { code: 'INSUFFICIENT_BALANCE' }),
  413: withBody('x'.repeat(101 * 1024), 'application/json'),
  415: withBody('{}', 'text/plain'),
  429: tooOften,
  500: buggy,
  502: refused(401),
  503: unreachable,
  504: refused(500),
};
const ROUTES = Object.keys(TABLE) as RouteName[];
const FAILURES = ROUTES.flatMap((route) =>
  Object.keys(failuresOf(route)).map((status) => [route, Number(status)] as const),
);

describe('the contract documents', () => {
  it.each(ROUTES)('the response of %s to its example on the seeded sandbox', async (route) => {
    const { admin, seeded, spydra } = await backendOnSandbox();
    const [published, , draft] = seeded.assets;
    const { items } = await spydra.wallets.transactions('wallet-alice', { limit: 1 });
    const sample = {
      assetId: draft?.assetId ?? '',
      publishedId: published?.assetId ?? '',
      transactionId: items[0]?.transactionId,
    };
    const answer = await admin(...exampleOf(route, sample));
    expect(answer.status).toBe(TABLE[route].answer[0]);
    expect(problemsWith(exampleOf(route, sample)[0], answer)).toEqual([]);
  });

  it.each(FAILURES)('the response of %s with status %i', async (route, status) => {
    const [target, sent] = exampleOf(route, SAMPLE);
    const answer = await PROVOKED[status]?.(target, sent);
    expect(answer).toMatchObject({ status, body: { success: false } });
    expect(answer && problemsWith(target, answer)).toEqual([]);
  });
});

describe('the check of responses against the contract', () => {
  const headers = { 'X-Request-Id': 'id', 'Content-Type': 'application/json; charset=utf-8' };
  const supply = { assetId: 'a1', totalMinted: 5, totalBurned: 0, circulatingSupply: 5 };
  const envelope = { success: false, error: 'No.', code: 'RATE_LIMITED', requestId: 'id' };
  const HUGE = '1000000000000000000000000000001';
  const check = (route: string, status: number, body: object | string, given: Record<string, string> = headers) => {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    return problemsWith(route, { status, headers: new Headers(given), text });
  };

  it('passes for valid responses, beyond 2^53 too', () => {
    expect(check('GET /tokens/a1/supply', 200, { success: true, data: supply })).toEqual([]);
    const huge = `{"success":true,"data":{"assetId":"a","totalMinted":${HUGE},"totalBurned":0,"circulatingSupply":${HUGE}}}`;
    expect(check('GET /tokens/a1/supply', 200, huge)).toEqual([]);
    expect(check('GET /assets', 429, envelope, { ...headers, 'Retry-After': '7' })).toEqual([]);
  });

  it.each<[string, object]>([
    ['a field that is missing', { success: true, data: { ...supply, totalBurned: undefined } }],
    ['an amount that is a string', { success: true, data: { ...supply, totalMinted: '5' } }],
    ['an amount that is not whole', { success: true, data: { ...supply, totalMinted: 0.5 } }],
    ['a negative amount', { success: true, data: { ...supply, totalMinted: -1 } }],
    ['null for a field', { success: true, data: { ...supply, assetId: null } }],
    ['no data', { success: true }],
    ['a field beside the data that is not documented', { success: true, data: supply, more: 1 }],
    ['another success', { success: 'true', data: supply }],
  ])('fails for %s', (_what, body) => {
    expect(check('GET /tokens/a1/supply', 200, body)).not.toEqual([]);
  });

  it.each<[string, string, number, object, Record<string, string>]>([
    ['a status that is not documented', 'GET /assets', 418, envelope, headers],
    ['a route that is not documented', 'GET /nothing', 200, { success: true, data: [] }, headers],
    ['a code of another status', 'GET /assets', 404, envelope, headers],
    ['no Retry-After', 'GET /assets', 429, envelope, headers],
    ['a Retry-After of zero', 'GET /assets', 429, envelope, { ...headers, 'Retry-After': '0' }],
    ['a Retry-After that is no number', 'GET /assets', 429, envelope, { ...headers, 'Retry-After': 'soon' }],
    ['no X-Request-Id', 'GET /assets', 404, { ...envelope, code: 'NOT_FOUND' }, { 'Content-Type': 'application/json' }],
    ['another type of content', 'GET /assets', 404, envelope, { ...headers, 'Content-Type': 'text/html' }],
    ['a 504 without its key', 'POST /tokens/mint', 504, { ...envelope, code: 'OUTCOME_UNKNOWN' }, headers],
  ])('fails for %s', (_what, route, status, body, given) => {
    expect(check(route, status, body, given)).not.toEqual([]);
  });
});
