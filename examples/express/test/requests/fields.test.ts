import { idProblem, jsonNumber, parseJson } from 'spydra-sdk';
import { describe, expect, it } from 'vitest';
import { READABLE, WRITTEN } from '../../../../test/helpers/ids.js';
import { sandboxed } from '../../../../test/helpers/sandbox.js';
import { json } from '../../../../test/helpers/scripted-server.js';
import { adapterBefore, adapterOf, adapterOnSandbox } from '../helpers/adapter.js';
import type { Answer, Sent } from '../helpers/listening.js';
import { refusingWrites } from '../helpers/writes.js';

const FLAT = { name: 'n', symbol: 's', description: 'd', assetType: 't', totalValue: 1, totalSupply: 1 };
const MINT = { assetId: 'a1', recipientWallet: 'w1', amount: 5 };
const BURN = { assetId: 'a1', holderWallet: 'w1', burnerWallet: 'w2', amount: 5 };
const MOVE = { assetId: 'a1', fromWallet: 'w1', toWallet: 'w2', amount: 5 };
const SALE = { assetId: 'a1', sellerWallet: 'w1', buyerWallet: 'w2', amount: 5, price: 1 };

type Problem = { readonly field: string; readonly message: string };

/** What of a request is refused, by the name of the field. */
function refused({ status, body }: Answer): Readonly<Record<string, string>> {
  expect({ status, body }).toMatchObject({ status: 400, body: { code: 'INVALID_INPUT' } });
  const { details } = body as { details: Problem[] };
  return Object.fromEntries(details.map(({ field, message }) => [field, message]));
}

/** The adapter before a Spydra that refuses all writes: a body that is right gets as far as that. */
const adapter = () => adapterBefore(refusingWrites);

/** Clients that read numbers as doubles send these back. */
const DOUBLES = ['333.3333333333333', '33.333333333333336', '0.1234567890123456', '1234567.8900000001', '1e-7'];
const EXACT = ['333.333333333333333333', '0.12345678901234567', '12345678901234567890.5', '1E+2', '0.10'];

describe('money as a JSON number is exact', () => {
  const places: Readonly<Record<string, (value: unknown) => readonly [string, object]>> = {
    'the value of a new asset': (totalValue) => [
      'POST /assets',
      { asset: { ...FLAT, totalValue }, creatorWallet: 'w1' },
    ],
    'a new value': (totalValue) => ['PUT /assets/a1', { updates: { totalValue }, updaterWallet: 'w1' }],
    'a new price': (pricePerToken) => ['PUT /assets/a1', { updates: { pricePerToken }, updaterWallet: 'w1' }],
    'the price of a sale': (price) => ['POST /tokens/purchase', { ...SALE, price }],
  };

  it.each(Object.entries(places))('%s', async (_name, place) => {
    const { admin, seen } = await adapter();
    for (const number of [...DOUBLES, ...EXACT]) {
      const [route, body] = place(jsonNumber(number));
      expect(await admin(route, { body }), number).toMatchObject({ status: 409 });
    }
    const sent = seen.filter(({ method }) => method !== 'GET').map(({ body }) => body);
    // To the last digit: 1234567.8900000001 is nothing that a double would be rounded to.
    for (const number of ['33.333333333333336', '12345678901234567890.5']) {
      expect(sent.some((body) => body.includes(`:${number}`))).toBe(true);
    }
  });

  it('prices from responses are accepted in requests, also rounded to a double', async () => {
    const { admin, call, spydra } = await adapterOnSandbox();
    const asset = { ...FLAT, totalValue: 1_000_000, totalSupply: 3_000 };
    const created = await admin('POST /assets', { body: { asset, creatorWallet: 'w1' } });
    expect(created.text).toContain('"pricePerToken":333.333333333333333333');
    const { assetId } = (JSON.parse(created.text) as { data: { assetId: string } }).data;
    await admin('POST /tokens/mint', { body: { assetId, recipientWallet: 'w1', amount: 10 } });
    const { data } = JSON.parse((await call(`GET /assets/${assetId}`)).text) as { data: { pricePerToken: number } };
    const sale = JSON.stringify({ ...SALE, assetId, price: data.pricePerToken });
    const sold = await admin('POST /tokens/purchase', { body: sale });
    expect(sold).toMatchObject({ status: 200 });
    expect(sold.text).toContain('"purchasePrice":333.3333333333333,"totalValue":1666.6666666666665');
    const updates = JSON.stringify({ updates: { pricePerToken: data.pricePerToken }, updaterWallet: 'w1' });
    expect((await admin(`PUT /assets/${assetId}`, { body: updates })).status).toBe(200);
    expect((await spydra.assets.get(assetId)).pricePerToken).toBe('333.3333333333333');
  });

  it('each refused field has a reason', async () => {
    const { admin } = await adapter();
    const body = `{"updates":{"totalValue":-0.12345678901234567,"totalSupply":0,"pricePerToken":"1e3"},"updaterWallet":"w"}`;
    expect(refused(await admin('PUT /assets/a1', { body }))).toEqual({
      'updates.totalValue': 'must be US dollars, zero or more',
      'updates.totalSupply': 'must be whole tokens, above zero',
      'updates.pricePerToken': 'must be US dollars, zero or more',
    });
  });
});

describe('an amount of too many digits is refused by name with a reason:', () => {
  const many = '9'.repeat(1_001);
  it.each([many, `"${many}"`, '1e1001', '1e400001', `1${'0'.repeat(1_000)}`])('%s', async (amount) => {
    const { admin } = await adapter();
    const mint = JSON.stringify(MINT).replace('5', amount);
    expect(refused(await admin('POST /tokens/mint', { body: mint }))).toEqual({
      amount: 'must have 1000 digits or fewer',
    });
    const sale = JSON.stringify({ ...SALE, price: '#' }).replace('"#"', amount);
    expect(refused(await admin('POST /tokens/purchase', { body: sale }))).toEqual({
      price: 'must have 1000 digits or fewer',
    });
  });

  it.each(['1e-1001', `0.${'0'.repeat(1_000)}1`])('the price %s', async (price) => {
    const { admin } = await adapter();
    const body = JSON.stringify({ ...SALE, price: '#' }).replace('"#"', price);
    expect(refused(await admin('POST /tokens/purchase', { body }))).toEqual({
      price: 'must have 1000 digits or fewer',
    });
  });
});

describe('a number is not accepted as text', () => {
  const NUMBERS = ['0.125', '0.12345678901234567', '12345678901234567890', '1e999', '5'];

  it.each(NUMBERS)('%s', async (number) => {
    const { admin, seen } = await adapter();
    const mint = `{"assetId":${number},"recipientWallet":${number},"amount":1,"minterWallet":${number}}`;
    expect(Object.keys(refused(await admin('POST /tokens/mint', { body: mint }))).sort()).toEqual([
      'assetId',
      'minterWallet',
      'recipientWallet',
    ]);
    const update = `{"updates":{"status":${number},"name":${number}},"updaterWallet":${number}}`;
    expect(Object.keys(refused(await admin('PUT /assets/a1', { body: update }))).sort()).toEqual([
      'updaterWallet',
      'updates.name',
      'updates.status',
    ]);
    expect(seen.filter(({ method }) => method !== 'GET')).toEqual([]);
  });

  it('and stays a number in metadata that is sent to Spydra', async () => {
    const { admin, seen } = await adapter();
    const metadata =
      '{"lat":40.71277612345678901,"text":"40.71277612345678901","big":1e-999,"list":[0.1,12345678901234567890]}';
    const body = JSON.stringify({ ...MINT, metadata: '#' }).replace('"#"', metadata);
    expect((await admin('POST /tokens/mint', { body })).status).toBe(409);
    const [sent] = seen.filter(({ method }) => method !== 'GET');
    expect(sent?.body).toContain(metadata.slice(0, -1));
  });

  it.each(['1e999', '-1e999999999', `${'9'.repeat(400)}.5`, `[{"deep":-${'9'.repeat(310)}.5}]`])(
    'nor is %s as metadata',
    async (value) => {
      const { admin, seeded } = await adapterOnSandbox();
      const body = `{"metadata":{"value":${value}}}`;
      const refused = await admin(`POST /assets/${seeded.assets[0]?.assetId}/metadata`, { body });
      expect(refused).toMatchObject({
        status: 400,
        body: { details: [{ field: 'metadata', message: 'must not hold a number beyond the range of a double' }] },
      });
    },
  );

  it('but a document with a large number can be read back', async () => {
    const { admin, seeded, sandbox } = await adapterOnSandbox();
    const body = '{"metadata":{"lat":40.71277612345678901,"big":1e300}}';
    const added = await admin(`POST /assets/${seeded.assets[0]?.assetId}/metadata`, { body });
    expect(added.status).toBe(201);
    const transactions = sandbox.blocks.flatMap((block) => block.transactions);
    const { metadata } = transactions.findLast(({ type }) => type === 'metadata') ?? {};
    expect(String(metadata?.lat)).toBe('40.71277612345678901');
    expect(Number(metadata?.big)).toBe(1e300);
  });
});

/** One id of each kind that a write refuses; the whole table is the SDK's. */
const BAD = ['w ', '\u00a0w', 'w\u200b', 'a\u202eb', 'Jose\u0301', 'x'.repeat(257), '\ud800', '.', '..', 'a/b', ''].map(
  (id) => [JSON.stringify(id), id] as const,
);

const write = (route: string, body: object): readonly [string, Sent] => [route, { body }];
const path = (id: string) => encodeURIComponent(id);

/** Every id of every route that writes, by its name. */
const WRITES: readonly (readonly [string, (id: string) => readonly [string, Sent]])[] = [
  ['creatorWallet', (id) => write('POST /assets', { asset: FLAT, creatorWallet: id })],
  ['updaterWallet', (id) => write('PUT /assets/a1', { updates: { name: 'n' }, updaterWallet: id })],
  ['publisherWallet', (id) => write('POST /assets/a1/publish', { publisherWallet: id })],
  ['assetId', (id) => write('POST /tokens/mint', { ...MINT, assetId: id })],
  ['recipientWallet', (id) => write('POST /tokens/mint', { ...MINT, recipientWallet: id })],
  ['minterWallet', (id) => write('POST /tokens/mint', { ...MINT, minterWallet: id })],
  ['assetId', (id) => write('POST /tokens/burn', { ...BURN, assetId: id })],
  ['holderWallet', (id) => write('POST /tokens/burn', { ...BURN, holderWallet: id })],
  ['burnerWallet', (id) => write('POST /tokens/burn', { ...BURN, burnerWallet: id })],
  ['assetId', (id) => write('POST /tokens/transfer', { ...MOVE, assetId: id })],
  ['fromWallet', (id) => write('POST /tokens/transfer', { ...MOVE, fromWallet: id })],
  ['toWallet', (id) => write('POST /tokens/transfer', { ...MOVE, toWallet: id })],
  ['assetId', (id) => write('POST /tokens/purchase', { ...SALE, assetId: id })],
  ['sellerWallet', (id) => write('POST /tokens/purchase', { ...SALE, sellerWallet: id })],
  ['buyerWallet', (id) => write('POST /tokens/purchase', { ...SALE, buyerWallet: id })],
  ['seller', (id) => write('POST /tokens/purchase', { ...SALE, sellerWallet: undefined, seller: id })],
  ['buyer', (id) => write('POST /tokens/purchase', { ...SALE, buyerWallet: undefined, buyer: id })],
];

/** The routes that write to the asset of their path. */
const IN_PATH: readonly ((id: string) => readonly [string, Sent])[] = [
  (id) => write(`PUT /assets/${path(id)}`, { updates: { name: 'n' }, updaterWallet: 'w' }),
  (id) => write(`POST /assets/${path(id)}/publish`, { publisherWallet: 'w' }),
  (id) => write(`POST /assets/${path(id)}/metadata`, { metadata: {} }),
];

describe('an id', () => {
  it.each(WRITES)('as %s in a write is refused if it may look like another one (%#)', async (field, request) => {
    const { admin, seen } = await adapter();
    for (const [name, id] of BAD) {
      expect(refused(await admin(...request(id))), name).toEqual({ [field]: expect.stringMatching(/^(must|is) /) });
    }
    expect(seen).toEqual([]);
    const longest = WRITTEN['256 UTF-16 code units'] ?? '';
    expect((await admin(...request(longest))).status).not.toBe(400);
  });

  it.each(IN_PATH)('in the path of a write is refused if it may look like another one (%#)', async (request) => {
    const { admin, seen } = await adapter();
    for (const [name, id] of BAD.filter(([, text]) => idProblem(text, 'read') === undefined)) {
      expect(refused(await admin(...request(id))), name).toEqual({ assetId: expect.stringMatching(/^must /) });
    }
    expect(seen).toEqual([]);
  });

  it('of another client that is not valid for writes can be read only', async () => {
    const { spydra } = sandboxed();
    const { call } = await adapterOf(spydra);
    for (const [name, id] of Object.entries(READABLE)) {
      for (const target of ['balance', 'transactions']) {
        const { status } = await call(`GET /wallets/${path(id)}/${target}?assetId=${path(id)}`);
        expect(status, `${name}: ${target}`).toBe(200);
      }
      for (const target of ['/tokens/$/supply', '/tokens/$/holders', '/assets/$/history', '/assets/$']) {
        expect((await call(`GET ${target.replace('$', path(id))}`)).status, `${name}: ${target}`).toBe(404);
      }
    }
  });
});

describe('a 400 names the fields', () => {
  it('that Spydra refused, and repeats nothing else of its response', async () => {
    const { admin } = await adapterBefore((request, response) => {
      if (request.method === 'GET') return json(response, 200, { transactions: [], total: 0 });
      const details = [
        { field: 'recipientWallet', message: `at ${request.path}` },
        { field: '/etc/passwd', message: 'x' },
        { field: 'asset.totalValue' },
        null,
        'text',
      ];
      return json(response, 400, { code: 'INVALID_REQUEST', message: 'no', details });
    });
    const { status, body } = await admin('POST /tokens/mint', { body: MINT });
    expect(status).toBe(400);
    expect(body).toMatchObject({
      code: 'INVALID_REQUEST',
      details: [
        { field: 'recipientWallet', message: 'was rejected by Spydra' },
        { field: 'asset.totalValue', message: 'was rejected by Spydra' },
      ],
    });
  });

  it('that are nested too deep', async () => {
    const { admin } = await adapter();
    const body = `{"assetId":"a1","recipientWallet":"w1","amount":5,"metadata":{"a":${'['.repeat(70)}${']'.repeat(70)}}}`;
    const answer = await admin('POST /tokens/mint', { body });
    expect(answer).toMatchObject({ status: 400, body: { code: 'MALFORMED_JSON', details: [{ field: 'metadata' }] } });
  });
});

describe('parseJson', () => {
  it('returns decimals as numbers with the option decimals', () => {
    const text = '{"a":0.12345678901234567,"b":"0.12345678901234567","c":1e999,"d":0.5,"e":12345678901234567890}';
    const read = parseJson(text, { decimals: 'number' }) as Record<string, unknown>;
    expect(Object.values(read).map((value) => typeof value)).toEqual([
      'object',
      'string',
      'object',
      'number',
      'bigint',
    ]);
    expect(Object.values(read).map(String)).toEqual([
      '0.12345678901234567',
      '0.12345678901234567',
      '1e999',
      '0.5',
      '12345678901234567890',
    ]);
    expect(parseJson(text)).toMatchObject({ a: '0.12345678901234567', c: '1e999' });
  });
});
