import fc from 'fast-check';
import { InvalidInputError, jsonNumber, parseJson, stringifyJson } from 'spydra-sdk';
import { describe, expect, it, vi } from 'vitest';
import { rejection, testClient } from '../helpers/client.js';
import { scaled } from '../helpers/scale.js';

const BIG = 10n ** 30n;

/** A ledger that accepts every mint, and returns what it received. */
function mirror() {
  const bodies: string[] = [];
  const fetch = vi.fn<typeof globalThis.fetch>(async (url, init) => {
    if (init?.method === 'GET') {
      const timestamp = '2026-01-01T00:00:00Z';
      const metadata = JSON.parse(bodies.at(-1) ?? '{}').metadata;
      const record = { transactionId: 't', type: 'mint', status: 'COMMITTED', timestamp, metadata };
      return Response.json({ ...record, url: String(url) });
    }
    const body = String(init?.body);
    bodies.push(body);
    const amount = /"amount":([^,}]+)/.exec(body)?.[1];
    return new Response(`{"transactionId":"t","newBalance":${amount}}`);
  });
  return { client: testClient({ fetch }), bodies };
}

describe('token quantities', () => {
  it('of any size are exact JSON numbers in requests and responses', async () => {
    await fc.assert(
      fc.asyncProperty(fc.bigInt({ min: 1n, max: BIG * BIG }), async (amount) => {
        const { client, bodies } = mirror();
        const result = await client.tokens.mint({ assetId: 'a', recipientWallet: 'w', amount });
        expect(result.newBalance).toBe(amount);
        expect(bodies[0]).toContain(`"amount":${amount},`);
      }),
      { numRuns: scaled(50) },
    );
  });

  it.each([
    [5n, 5n],
    [5, 5n],
    ['5', 5n],
    ['007', 7n],
    [Number.MAX_SAFE_INTEGER, 9007199254740991n],
    ['9007199254740993', 9007199254740993n],
    [BIG, BIG],
    [String(BIG), BIG],
  ])('%s is accepted', async (amount, expected) => {
    const { client } = mirror();
    expect((await client.tokens.mint({ assetId: 'a', recipientWallet: 'w', amount })).amount).toBe(expected);
  });

  it.each([
    0,
    0n,
    '0',
    -1,
    -1n,
    '-1',
    -0,
    1.5,
    '1.5',
    Number.NaN,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    2 ** 53,
    '1e3',
    '0x10',
    '1_000',
    '1,000',
    ' 5',
    '5 ',
    '',
    '五',
    '٣',
    null,
    undefined,
    true,
    {},
    [],
    [5],
    Symbol('5'),
    () => 5,
    new Date(),
    new Number(5),
    '9'.repeat(5_000),
  ])('%s is refused before anything is sent', async (amount) => {
    const { client, bodies } = mirror();
    const error = await rejection(client.tokens.mint({ assetId: 'a', recipientWallet: 'w', amount: amount as bigint }));
    expect(error).toBeInstanceOf(InvalidInputError);
    expect(error).toMatchObject({ problems: [{ field: 'amount' }], outcome: 'not-applied' });
    expect(bodies).toHaveLength(0);
  });
});

describe('JSON', () => {
  const integer = fc.bigInt({ min: -(BIG * BIG), max: BIG * BIG });
  const decimal = fc
    .tuple(fc.bigInt({ min: 0n, max: BIG }), fc.stringMatching(/^\d{1,40}$/))
    .map(([whole, fraction]) => `${whole}.${fraction}`);

  it('keeps every digit of every integer', () => {
    fc.assert(
      fc.property(integer, (value) => {
        const read = parseJson(`{"n":${value},"list":[${value}, ${value}]}`) as { n: number | bigint; list: unknown[] };
        expect(BigInt(read.n)).toBe(value);
        expect(typeof read.n).toBe(Number.isSafeInteger(Number(value)) ? 'number' : 'bigint');
        expect(read.list).toEqual([read.n, read.n]);
        expect(stringifyJson(read)).toBe(`{"n":${value},"list":[${value},${value}]}`);
      }),
    );
  });

  it('keeps every digit of every decimal', () => {
    const digits = (text: string) => text.replace(/\.?0+$/, '');
    fc.assert(
      fc.property(decimal, (value) => {
        const { n } = parseJson(`{"n":${value}}`) as { n: number | string | bigint };
        const text = typeof n === 'number' ? stringifyJson(n) : String(n);
        // Small numbers may be written with an exponent: compare them as numbers, which they hold exactly.
        if (text.includes('e')) expect(Number(text)).toBe(Number(value));
        else expect(digits(text.includes('.') ? text : `${text}.0`)).toBe(digits(value));
        expect(stringifyJson({ n: jsonNumber(value) })).toBe(`{"n":${value}}`);
      }),
    );
  });

  it('equals JSON.parse for everything else', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        const plain = JSON.stringify(JSON.parse(text));
        if (/\d{16}|\de/i.test(plain)) return;
        expect(JSON.stringify(parseJson(text))).toBe(plain);
      }),
      { numRuns: scaled(200) },
    );
  });

  it.each(['', '{', '{"a":1,}', 'undefined', '{"n":-}', '{"a":01}'])('refuses %j', (text) => {
    expect(() => parseJson(text)).toThrow(SyntaxError);
  });

  it.each([
    ['1e30', BIG],
    ['1E+30', BIG],
    ['12.5e1', 125],
    ['1.0', 1],
    ['-0', -0],
  ])('parses %s as %s', (text, value) => {
    expect(parseJson(text)).toBe(value);
  });

  it('sets no prototype', () => {
    const read = parseJson('{"__proto__":{"admin":true},"n":12345678901234567890}') as Record<string, unknown>;
    expect(read.admin).toBeUndefined();
    expect(Object.getPrototypeOf(read)).toBe(Object.prototype);
  });
});
