import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { copyJson, isJson, jsonNumber, parseJson, stringifyJson } from '../../../src/core/json.js';
import { scaled } from '../../helpers/scale.js';

const BIG = 10n ** 30n;

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

  it('nested 200 levels deep is read, and deeper is refused', () => {
    const nested = (levels: number) => '['.repeat(levels) + ']'.repeat(levels);
    expect(parseJson(nested(200))).toHaveLength(1);
    expect(() => parseJson(nested(201))).toThrow(SyntaxError);
    expect(parseJson(`"${'['.repeat(300)}"`)).toBe('['.repeat(300));
  });

  it('gives decimals that no float holds as numbers, if that is wanted', () => {
    const price = '33.333333333333333333';
    expect(parseJson(price)).toBe(price);
    expect(stringifyJson(parseJson(price, { decimals: 'number' }))).toBe(price);
  });
});

describe('a JSON value', () => {
  const value = {
    text: 'a',
    big: BIG,
    none: null,
    list: [1, { at: new Date(0) }],
    price: jsonNumber('1.50'),
    no: undefined,
  };

  it('is accepted, from another realm too', () => {
    expect(isJson(value)).toBe(true);
    expect(isJson(runInNewContext('({ list: [1, { at: new Date(0) }] })'))).toBe(true);
  });

  const cyclic: unknown[] = [];
  cyclic.push(cyclic);
  it.each([
    ['undefined', undefined],
    ['NaN', Number.NaN],
    ['Infinity', { n: Number.POSITIVE_INFINITY }],
    ['a function', [() => 1]],
    ['a symbol', Symbol('x')],
    ['an instance of a class', new Map()],
    ['a date that is none', new Date(Number.NaN)],
    ['a list that contains itself', cyclic],
  ])('is not %s', (_what, other) => {
    expect(isJson(other)).toBe(false);
  });

  it('is copied in depth', () => {
    const copy = copyJson(value) as typeof value;
    expect(copy).toEqual(value);
    expect(copy.list).not.toBe(value.list);
    expect(copy.list[1]).not.toBe(value.list[1]);
    expect(stringifyJson(copy)).toBe(stringifyJson(value));
  });
});
