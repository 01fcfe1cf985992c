import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { pricePerToken } from '../../../src/contract/amounts.js';
import { pricePerToken as priceOfSdk } from '../../../src/core/amounts.js';

it.each([
  ['1000000', '3000', '333.333333333333333333'],
  ['1', '3', '0.333333333333333333'],
  ['2', '3', '0.666666666666666667'],
  ['0', '7', '0'],
  ['1', '8', '0.125'],
  ['0.01', '1000000000000000000000', '0.00000000000000000000001'],
])('the price of %s over %s tokens is %s', (value, supply, price) => {
  expect(pricePerToken(value, supply)).toBe(price);
});

it('the price is the one that the SDK computes', () => {
  const digits = fc.bigInt({ min: 0n, max: 10n ** 40n });
  const value = fc.tuple(digits, fc.bigInt({ min: 0n, max: 10n ** 30n })).map(([whole, fraction]) => {
    const text = fraction.toString().padStart(30, '0').replace(/0+$/, '');
    return text === '' ? String(whole) : `${whole}.${text}`;
  });
  fc.assert(
    fc.property(value, fc.bigInt({ min: 1n, max: 10n ** 40n }), (totalValue, totalSupply) => {
      expect(pricePerToken(totalValue, String(totalSupply))).toBe(priceOfSdk(totalValue, totalSupply));
    }),
  );
});
