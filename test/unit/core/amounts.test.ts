import Big from 'big.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  AmountProblem,
  exactDecimal,
  exactWhole,
  parseMoney,
  parseQuantity,
  pricePerToken,
  scientific,
  sum,
  wholeOf,
  worth,
} from '../../../src/core/amounts.js';

const digits = fc.bigInt({ min: 0n, max: 10n ** 40n });
/** Exact decimals, as tenths of a quintillionth. */
const decimal = fc.tuple(digits, fc.stringMatching(/^\d{0,19}$/)).map(([whole, rest]) => `${whole}.${rest}1`);
const scaledUp = (text: string) => {
  const [whole = '0', fraction = ''] = text.split('.');
  return BigInt(whole + fraction.padEnd(20, '0'));
};

describe('parseQuantity', () => {
  it('reads a quantity alike as bigint, number and digits', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }), (n) => {
        for (const value of [n, BigInt(n), String(n)]) expect(parseQuantity(value)).toBe(BigInt(n));
      }),
    );
  });

  it.each([0, -1n, 1.5, Number.NaN, 2 ** 53, '1e3', '', ' 1', null, undefined, [1], 10n ** 1_000n])(
    'refuses %s',
    (value) => {
      expect(() => parseQuantity(value)).toThrow(AmountProblem);
    },
  );
});

describe('parseMoney', () => {
  it.each([
    ['1250.50', '1250.5'],
    ['0', '0'],
    ['-0', '0'],
    ['1e3', '1000'],
    ['12.5E-3', '0.0125'],
    ['000.100', '0.1'],
    [10n ** 20n, '100000000000000000000'],
    [0.1, '0.1'],
    [1e21, '1000000000000000000000'],
  ])('reads %s as %s', (value, text) => {
    expect(parseMoney(value)).toBe(text);
  });

  it.each([
    '-1',
    'x',
    '',
    '1,5',
    '.5',
    '1e999',
    0.1 + 0.2,
    Number.POSITIVE_INFINITY,
    null,
    {},
    `1${'0'.repeat(1_000)}`,
  ])('refuses %s', (value) => {
    expect(() => parseMoney(value)).toThrow(AmountProblem);
  });
});

describe('a decimal text', () => {
  it('written out in full is the same number, and stays as it is when it is read again', () => {
    fc.assert(
      fc.property(decimal, (text) => {
        const exact = exactDecimal(text) ?? '';
        expect(scaledUp(exact)).toBe(scaledUp(text));
        expect(exactDecimal(exact)).toBe(exact);
      }),
    );
  });

  it('of a whole number, zero or more, is read as a bigint, with any exponent', () => {
    fc.assert(
      fc.property(digits, fc.integer({ min: 0, max: 20 }), (n, power) => {
        expect(exactWhole(`${n}e${power}`)).toBe(n * 10n ** BigInt(power));
        expect(exactWhole(`${n}.0`)).toBe(n);
      }),
    );
  });

  it.each(['-1', '1.5', '1e-1', 'x', '', '1e401', '9'.repeat(1_001)])('%.9s is no whole number', (text) => {
    expect(exactWhole(text)).toBeUndefined();
  });

  it('has a sign, digits without zeros at either end, and an exponent', () => {
    expect(scientific('-0120.50')).toEqual({ sign: '-', digits: '1205', exponent: -1 });
    expect(scientific('-0.0')).toEqual({ sign: '', digits: '', exponent: 0 });
    expect(wholeOf({ sign: '-', digits: '12', exponent: 2 })).toBe(-1_200n);
  });
});

describe('money', () => {
  it.each([
    ['100', 3n, '33.333333333333333333'],
    ['2', 3n, '0.666666666666666667'],
    ['1', 3_000n, '0.000333333333333333333'],
    ['525000', 10_000n, '52.5'],
    // Half to even, at 18 digits.
    ['0.5', 10n ** 18n, '0.0000000000000000005'],
  ])('%s among %s tokens is a price of %s', (value, supply, price) => {
    expect(pricePerToken(value, supply)).toBe(price);
  });

  it('is divided by any supply, and multiplied and added, with the results of big.js', () => {
    const power = fc.integer({ min: 0, max: 40 });
    const small = fc.tuple(fc.bigInt({ min: 1n, max: 20n }), power).map(([n, zeros]) => n * 10n ** BigInt(zeros));
    const supplies = fc.oneof(small, fc.bigInt({ min: 1n, max: 10n ** 45n }));
    // One digit more than a price has, so that quotients halfway between two prices are common.
    const few = fc.tuple(fc.bigInt({ min: 0n, max: 10n ** 19n }), power);
    const values = fc.oneof(
      decimal,
      few.map(([digits, decimals]) => Big(`${digits}e-${decimals}`).toFixed()),
    );
    fc.assert(
      fc.property(values, supplies, (value, supply) => {
        const exponent = Big(value).e - Big(String(supply)).e - 1;
        const Exact = Big();
        Exact.DP = 18 + Math.max(0, -exponent - 1);
        Exact.RM = Exact.roundHalfEven;
        expect(pricePerToken(value, supply)).toBe(new Exact(value).div(String(supply)).toFixed());
        expect(worth(supply, value)).toBe(Big(value).times(String(supply)).toFixed());
        expect(sum([value, '10', String(supply)])).toBe(Big(10).plus(value).plus(String(supply)).toFixed());
      }),
      { numRuns: 2_000 },
    );
  });

  it('of a holding is its quantity times the price, exactly', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 1n, max: 10n ** 30n }), decimal, (quantity, price) => {
        expect(scaledUp(worth(quantity, price))).toBe(quantity * scaledUp(price));
      }),
    );
  });

  it('is summed exactly', () => {
    fc.assert(
      fc.property(fc.array(decimal), (amounts) => {
        expect(scaledUp(sum(amounts))).toBe(amounts.reduce((total, each) => total + scaledUp(each), 0n));
      }),
    );
  });
});
