import { createSandbox } from 'spydra-sdk/sandbox';
import { describe, expect, it } from 'vitest';
import { testClient } from '../../../test/helpers/client.js';
import { FLAT } from '../../../test/helpers/flat.js';
import { readDistribution } from '../lib/csv';
import {
  compare,
  dollars,
  grouped,
  moneyAboveZero,
  percent,
  pricePerToken,
  sum,
  times,
  wholeTokens,
} from '../lib/decimal';
import { parseExactly } from '../server/backend/json';

const HUGE = `1${'0'.repeat(24)}`;

describe('amounts that a person types', () => {
  it.each([
    ['10', '10'],
    [' 007 ', '7'],
    ['1,000,000', '1000000'],
    [HUGE, HUGE],
    ['1,5', undefined],
    ['1.5', undefined],
    ['1e3', undefined],
    ['-1', undefined],
    ['+1', undefined],
    ['0', undefined],
    ['', undefined],
    ['١', undefined],
    ['1 000', undefined],
    ['9'.repeat(1_001), undefined],
  ])('%j as tokens is %j', (typed, digits) => {
    expect(wholeTokens(typed)).toBe(digits);
  });

  it.each([
    ['525,000.50', '525000.5'],
    ['$1', '1'],
    ['0.1', '0.1'],
    ['1,50', undefined],
    ['1.2.3', undefined],
    ['.5', undefined],
    ['0.00', undefined],
    ['1e3', undefined],
  ])('%j as money is %j', (typed, money) => {
    expect(moneyAboveZero(typed)).toBe(money);
  });
});

describe('exact decimals', () => {
  it('are multiplied, added and compared without rounding', () => {
    expect(times('0.1', '3')).toBe('0.3');
    expect(times('0.0000000000000000000010005', HUGE)).toBe('1000.5');
    expect(sum(['0.1', '0.2', HUGE])).toBe(`${HUGE}.3`);
    expect(compare('10', '9.99')).toBeGreaterThan(0);
    expect(compare(HUGE, `${HUGE}.0`)).toBe(0);
    expect(percent('1', '3')).toBe(33.33);
    expect(percent('5', '0')).toBe(0);
  });

  it('are written with separators, and dollars with two digits at least', () => {
    expect([grouped('1234567.5'), grouped('123'), grouped('0.1234567')]).toEqual(['1,234,567.5', '123', '0.1234567']);
    expect([dollars('5'), dollars('1234.5'), dollars('0.125')]).toEqual(['$5.00', '$1,234.50', '$0.125']);
  });

  it.each([
    ['525000.50', '10000'],
    ['1', '3'],
    ['2', '3'],
    ['1000.5', HUGE],
    ['0.01', '7'],
    ['999999999999999999', '1000000'],
    ['1', '1'],
    ['100', '99'],
    ['9', '11'],
  ])('the price of $%s for %s tokens is the one that the ledger gets', async (totalValue, totalSupply) => {
    const sandbox = createSandbox();
    const spydra = testClient(sandbox.connection());
    const { asset } = await spydra.assets.create({ ...FLAT, totalValue, totalSupply });
    expect(pricePerToken(totalValue, totalSupply)).toBe(asset.pricePerToken);
    await spydra.close();
    await sandbox.close();
  });
});

describe('a response of the backend', () => {
  it('is parsed with every number as its digits, and texts unchanged', () => {
    const text = `{"a":${HUGE},"b":[-1.50,2e5],"c":"7 \\"8\\" 9","d\\\\":true,"1":null}`;
    expect(parseExactly(text)).toEqual({ a: HUGE, b: ['-1.50', '2e5'], c: '7 "8" 9', 'd\\': true, 1: null });
    expect(() => parseExactly('{"a":}')).toThrow(SyntaxError);
  });
});

describe('a distribution', () => {
  it('is read line by line, with what is wrong with each', () => {
    expect(readDistribution('\uFEFFwallet,amount\r\n"w 1",5\n\nw2;6\nw3\t7\n')).toEqual({
      rows: [
        { line: 2, wallet: 'w 1', amount: '5' },
        { line: 4, wallet: 'w2', amount: '6' },
        { line: 5, wallet: 'w3', amount: '7' },
      ],
      problems: [],
    });
    expect(readDistribution('w1,1,5\n,5\nw2,0\nw3\nw4,1.5').problems.map(({ line }) => line)).toEqual([1, 2, 3, 4, 5]);
  });

  it('names a wallet that is written in two ways by the same text, so that its lines are counted together', () => {
    const wallets = readDistribution('caf\u00e9,5\ncafe\u0301,5').rows.map(({ wallet }) => wallet);
    expect(new Set(wallets).size).toBe(1);
  });
});
