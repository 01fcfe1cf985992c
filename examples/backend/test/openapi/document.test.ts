import { createConfig, lintFromString } from '@redocly/openapi-core';
import type { Router } from 'express';
import { describe, expect, it } from 'vitest';
import { testClient } from '../../../../test/helpers/client.js';
import { closedUrl } from '../../../../test/helpers/scripted-server.js';
import { type RouteName, requireApiKey, spydraRouter, ROUTES as TABLE } from '../../../express/index.js';
import { openApiDocument } from '../../openapi/document.js';
import { ADMIN_KEY, backendOf } from '../helpers/backend.js';
import { exampleOf, schemasOf } from '../helpers/contract.js';

const document = openApiDocument('/api/spydra');
const ROUTES = Object.keys(TABLE) as RouteName[];

/** The routes that a router has, its inner routers' too. */
function routesOf({ stack }: Pick<Router, 'stack'>): string[] {
  return stack.flatMap(({ route, handle }) => {
    if (route) return route.stack.map(({ method }) => `${method.toUpperCase()} ${route.path}`);
    return 'stack' in handle ? routesOf(handle as Router) : [];
  });
}

/** The backend before a Spydra that cannot be reached. */
async function backend() {
  return backendOf(testClient({ baseUrl: await closedUrl(), retries: 0 }));
}

describe('the OpenAPI document', () => {
  it('is valid by the rules of an independent linter', async () => {
    const config = await createConfig({ extends: ['recommended-strict'], rules: { 'info-license': 'off' } });
    const problems = await lintFromString({ source: JSON.stringify(document), config });
    expect(problems.map(({ ruleId, message }) => `${ruleId}: ${message}`)).toEqual([]);
    expect(document.openapi).toBe('3.1.0');
  });

  it('has exactly the routes of the router, and the stream of events', () => {
    const routes = new Set(routesOf(spydraRouter(testClient({}), { guards: { admin: requireApiKey(ADMIN_KEY) } })));
    expect(routes.size).toBe(18);
    expect([...routes].sort()).toEqual([...ROUTES].sort());
    const documented = Object.entries(document.paths ?? {}).flatMap(([path, item]) =>
      Object.keys(item).map((method) => `${method.toUpperCase()} ${path.replace(/\{(\w+)\}/g, ':$1')}`),
    );
    expect(documented.sort()).toEqual([...ROUTES, 'GET /events'].sort());
  });

  it.each(ROUTES)('states for %s whether it is public', async (route) => {
    const { call } = await backend();
    const { status } = await call(...exampleOf(route, { assetId: 'a1', publishedId: 'a1' }));
    expect(status === 401).toBe(TABLE[route].role !== 'everybody');
  });

  it('is public, and revalidated with a 304', async () => {
    const { port } = await backend();
    const url = `http://127.0.0.1:${port}/api/spydra/openapi.json`;
    const response = await fetch(url);
    expect(response.status).toBe(200);
    expect(response.headers.get('Content-Type')).toBe('application/json; charset=utf-8');
    expect(await response.json()).toEqual(JSON.parse(JSON.stringify(document)));
    const etag = response.headers.get('ETag') ?? '';
    expect((await fetch(url, { headers: { 'If-None-Match': etag, 'Cache-Control': 'max-age=0' } })).status).toBe(304);
  });

  it('allows any fields in metadata', () => {
    const bodies = Object.values(document.paths ?? {}).flatMap(({ post, put }) => [
      post?.requestBody,
      put?.requestBody,
    ]);
    const fields = JSON.stringify(bodies).match(/"metadata":\{"[^}]*"type":"object"[^}]*\}/g) ?? [];
    expect(fields.length).toBe(5);
    for (const field of fields) expect(field).toContain('"additionalProperties":{}');
  });

  it('states the path at which the routes are mounted', () => {
    expect(openApiDocument('/v1/ledger').servers).toMatchObject([{ url: '/v1/ledger' }]);
  });
});

describe('the document and the routes agree on', () => {
  const problemsOf = schemasOf(document);
  const MINT = { assetId: 'a1', recipientWallet: 'w1', amount: 5 };
  const SALE = { assetId: 'a1', sellerWallet: 'w1', buyerWallet: 'w2', amount: 5, price: 1.5 };
  const amounts = ['1', '0', '-1', '1.5', '1.0', '"1"', '"0"', '"007"', '"1.0"', '""', '" 1"', 'true', 'null', '[1]'];
  const long = (digits: number) => `"${'9'.repeat(digits)}"`;
  const ids = [
    'a',
    'a b',
    'ä',
    '',
    ' ',
    '.',
    '..',
    'a..b',
    'a.b',
    'a/b',
    'a\\b',
    'a\u0000',
    'a\u2028..',

    '😀',
  ];
  const prices = ['0', '0.5', '-0.5', '"0"', '"0.50"', '".5"', '"5."', '"-1"', '"1e3"', 'null', '{}'];
  const update = (updates: unknown) => JSON.stringify({ updates, updaterWallet: 'w' });

  it.each<[string, string]>([
    ...[...amounts, '9007199254740993', `1${'0'.repeat(40)}`, long(1_000), long(1_001)].map(
      (amount): [string, string] => ['POST /tokens/mint', `{"assetId":"a1","recipientWallet":"w1","amount":${amount}}`],
    ),
    ...ids.map((id): [string, string] => ['POST /tokens/mint', JSON.stringify({ ...MINT, recipientWallet: id })]),
    ...prices.map((price): [string, string] => [
      'POST /tokens/purchase',
      JSON.stringify({ ...SALE, price: '#' }).replace('"#"', price),
    ]),
    ...[...prices, '"0.0"', '"000.01"'].map((value): [string, string] => [
      'POST /assets',
      `{"asset":{"name":"n","symbol":"s","description":"d","assetType":"t","totalValue":${value},"totalSupply":1},"creatorWallet":"w"}`,
    ]),
    ['POST /tokens/mint', JSON.stringify({ ...MINT, minterWallet: 'w', metadata: { deep: [{ a: null }] } })],
    ['POST /tokens/mint', JSON.stringify({ ...MINT, metadata: [] })],
    ['POST /tokens/mint', JSON.stringify({ ...MINT, more: 1 })],
    ['POST /tokens/mint', '{}'],
    ['POST /tokens/mint', '[]'],
    ['POST /tokens/purchase', JSON.stringify({ ...SALE, sellerWallet: undefined })],
    ['POST /tokens/purchase', JSON.stringify({ ...SALE, sellerWallet: undefined, seller: 'w1' })],
    ['POST /tokens/purchase', JSON.stringify({ ...SALE, buyerWallet: undefined })],
    ['POST /tokens/purchase', JSON.stringify({ ...SALE, buyerWallet: undefined, buyer: 'w2' })],
    ['POST /tokens/purchase', JSON.stringify({ ...SALE, paymentMethod: ' ' })],
    ['PUT /assets/a1', update({})],
    ['PUT /assets/a1', update({ name: 'n', status: 's', metadata: {} })],
    ['PUT /assets/a1', update({ assetId: 'b' })],
    ['PUT /assets/a1', update('n')],
    ['POST /assets/a1/publish', '{"publisherWallet":"w"}'],
    ['POST /assets/a1/metadata', '{"metadata":{}}'],
    ['POST /assets/a1/metadata', '{"metadata":"deed"}'],
  ])('%s with %s', async (route, body) => {
    const { admin } = await backend();
    const { status } = await admin(route, { body });
    const [method = '', path = ''] = route.replace('a1', '{assetId}').split(' ');
    const place = ['paths', path, method.toLowerCase(), 'requestBody', 'content', 'application/json', 'schema'];
    expect([400, 503]).toContain(status);
    expect(problemsOf(place, JSON.parse(body)).length > 0).toBe(status === 400);
  });

  // An empty one counts as left out, which is nothing for clients that are generated.
  it.each(['1', '1000', '0', '1001', '-1', '1.5', 'ten'])('GET /assets?limit=%s', async (limit) => {
    const { call } = await backend();
    const { status } = await call(`GET /assets?limit=${limit}`);
    const value = /^-?[\d.]+$/.test(limit) ? Number(limit) : limit;
    const index = document.paths?.['/assets']?.get?.parameters?.findIndex((it) => 'name' in it && it.name === 'limit');
    const place = ['paths', '/assets', 'get', 'parameters', `${index}`, 'schema'];
    expect(problemsOf(place, value).length > 0).toBe(status === 400);
  });
});
