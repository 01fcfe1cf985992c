import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { LosslessNumber, parse, stringify } from 'lossless-json';
import { describe, expect, it } from 'vitest';
import { copyJson, isJson, jsonNumber, parseJson, stringifyJson } from '../../../src/core/json.js';
import { scaled } from '../../helpers/scale.js';

const BIG = 10n ** 30n;

function isParsed(read: (text: string) => unknown, text: string): boolean {
  try {
    read(text);
    return true;
  } catch (error) {
    expect(error).toBeInstanceOf(SyntaxError);
    return false;
  }
}

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

  it('is what lossless-json reads and writes, whatever the text and its numbers are', () => {
    // A float that gives the number back is one; any other number stays its digits.
    const parseNumber = (digits: string) => {
      const { value } = parseJson(`{"value":${digits}}`) as { value: unknown };
      return value;
    };
    const number = fc.oneof(
      integer.map(String),
      decimal,
      fc.double({ noDefaultInfinity: true, noNaN: true }).map((value) => JSON.stringify(value)),
      fc.stringMatching(/^-?[1-9]\d{12,20}([eE][+-]?\d{1,3})?$/),
    );
    const string = fc
      .oneof(fc.string(), fc.stringMatching(/^[\d"\\e.{}[\] ]{0,30}$/))
      .map((text) => JSON.stringify(text));
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof({ depthSize: 'medium' }, number, string, fc.constant('null'), tie('list'), tie('object')),
      list: fc.array(tie('value')).map((items) => `[${items.join(' , ')}]`),
      object: fc.array(fc.tuple(string, tie('value'))).map((all) => `{${all.map((pair) => pair.join(':')).join()}}`),
    }));
    fc.assert(
      fc.property(value as fc.Arbitrary<string>, number, (text, last) => {
        const json = `[${text},${last}]`;
        const read = parseJson(json);
        expect(read).toEqual(parse(json, undefined, { parseNumber, onDuplicateKey: ({ newValue }) => newValue }));
        expect(stringifyJson(read)).toBe(stringify(read));
        // A character too many or too few.
        const cut = json.slice(0, -1);
        for (const broken of [cut, `${json}1`, `${cut}e5]`, json.replace(',', ''), json.replace('"', '')]) {
          expect(isParsed(parseJson, broken)).toBe(isParsed(JSON.parse, broken));
        }
      }),
      { numRuns: scaled(500) },
    );
  });

  it('shows the text that was given in its error', () => {
    expect(() => parseJson('[1e30, oops]')).toThrow('1e30, oops');
  });

  it.each([
    ['escapes', '\\n'],
    ['digits', '7'],
  ])('reads a text of a million %s beside a large number', (_what, piece) => {
    const [text, big] = parseJson(`["${piece.repeat(1_000_000)}", ${BIG}]`) as [string, bigint];
    expect([text.length, big]).toEqual([1_000_000, BIG]);
  });

  it('writes what lossless-json wrote for values that JSON.stringify takes too', () => {
    const at = new Date(0);
    const odd = { at, no: undefined, run() {}, list: [undefined, Symbol('x'), () => 1], own: { toJSON: () => 5n } };
    for (const value of [odd, { n: Object(1), s: Object('a') }, undefined, [], {}, 'a\u2028"', new Map(), null]) {
      expect(stringifyJson(value)).toBe(stringify(value) ?? 'null');
    }
    expect(stringifyJson([new LosslessNumber('1.50')])).toBe('[1.50]');
  });

  it('refuses a jsonNumber that is no number', () => {
    expect(() => jsonNumber('1,"admin":true')).toThrow('not a JSON number');
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
