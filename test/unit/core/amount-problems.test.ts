import { moneyProblem, quantityProblem } from 'spydra-sdk';
import { describe, expect, it } from 'vitest';

const TOO_LONG = 'must have 1000 digits or fewer';

describe('quantityProblem', () => {
  it.each([1, 10n ** 999n, '7', '007'])('is undefined for %s', (value) => {
    expect(quantityProblem(value)).toBeUndefined();
  });

  it.each<[unknown, string]>([
    [0, 'must be above zero'],
    ['-1', 'must be above zero'],
    [1.5, 'must be a whole number of tokens'],
    [2 ** 53, 'is above 2^53 as a number: give a bigint or a string'],
    ['1.0', 'must be whole tokens as a bigint, a safe integer or a string of decimal digits'],
    [undefined, 'must be whole tokens as a bigint, a safe integer or a string of decimal digits'],
    [10n ** 1_000n, TOO_LONG],
  ])('of %s says why it is no quantity', (value, problem) => {
    expect(quantityProblem(value)).toBe(problem);
  });
});

describe('moneyProblem', () => {
  it.each([0, 52.5, 10n ** 999n, '1250.50', '1e3'])('is undefined for %s', (value) => {
    expect(moneyProblem(value)).toBeUndefined();
  });

  it.each<[unknown, string]>([
    ['-0.5', 'must not be negative'],
    [0.1 + 0.2, 'has more digits than a number holds: give a decimal string'],
    ['free', 'must be a decimal amount such as "1250.50"'],
    [null, 'must be a decimal amount such as "1250.50"'],
    ['1e999', TOO_LONG],
    ['1e-401', TOO_LONG],
    ['9'.repeat(1_001), TOO_LONG],
  ])('of %s says why it is no money', (value, problem) => {
    expect(moneyProblem(value)).toBe(problem);
  });
});
