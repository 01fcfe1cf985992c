import { InvalidInputError, InvalidResponseError, parseJson, stringifyJson } from 'spydra-sdk';
import { describe, expect, it } from 'vitest';
import { rejection, testClient } from '../../helpers/client.js';

const SIZE = 98_000;

/** A JSON text of about {@link SIZE} characters that repeats one value. */
function listOf(value: string): string {
  return `{"x":[${Array(Math.ceil(SIZE / (value.length + 1)))
    .fill(value)
    .join()}]}`;
}

/** Microseconds of CPU time of this process. */
async function costOf(work: () => unknown): Promise<number> {
  const begun = process.cpuUsage();
  await work();
  // The kernel divides both by samples: only their sum is exact.
  const { user, system } = process.cpuUsage(begun);
  return user + system;
}

/** The ratio of the costs of two functions, by the fastest runs of each: other processes only add time. */
async function ratioOf(work: () => unknown, other: () => unknown, runs = 20): Promise<number> {
  let [best, bestOther] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  for (let run = 0; run < runs; run++) {
    best = Math.min(best, await costOf(work));
    bestOther = Math.min(bestOther, await costOf(other));
  }
  return best / bestOther;
}

const nested = (depth: number, value: string) => `{"x":${'['.repeat(depth)}${value}${']'.repeat(depth)}}`;

describe('parseJson', () => {
  it.each(['9e-999', '9E+999', '-1e999999999', `1e-${'9'.repeat(900)}`, '9'.repeat(1_001), `0.${'1'.repeat(1_000)}`])(
    'does not expand a huge number: %.20s',
    (number) => {
      expect(parseJson(`[${number}]`)).toEqual([number]);
      expect(stringifyJson(parseJson(`[${number}]`))).toBe(`["${number}"]`);
    },
  );

  it.each([
    ['1e400', 10n ** 400n],
    ['-12.5e399', -125n * 10n ** 398n],
    ['1.5e-400', `0.${'0'.repeat(399)}15`],
    ['1e-20', 1e-20],
    ['0e999999999', 0],
    ['1.7976931348623157e+308', 17976931348623157n * 10n ** 292n],
    ['9'.repeat(1_000), 10n ** 1_000n - 1n],
    [`1.${'0'.repeat(900)}`, 1],
  ])('is exact for numbers of floats and ledgers: %.30s', (number, value) => {
    expect(parseJson(number)).toBe(value);
  });

  it.each([
    '9e-999',
    '1e999',
    '1e400',
    '1e-400',
    '1.23456789012345678e-309',
    '1e99',
    '12345678901234567',
    `0.${'0'.repeat(490)}1${'0'.repeat(490)}1`,
    `1${'0'.repeat(990)}1`,
    '9'.repeat(SIZE),
    '{"a":1e5}',
    '{"a":1e5,"a":[{}]}',
    '"\\\\\\""',
  ])('costs about as much for hostile numbers as for other text of the same length: %.30s', async (value) => {
    const ordinary = listOf('12345678901234567');
    const hostile = listOf(value);
    // If expanded, they take 20 to 30 times as long.
    expect(
      await ratioOf(
        () => parseJson(hostile),
        () => parseJson(ordinary),
      ),
    ).toBeLessThan(8);
  });

  it.each(['1', '1e30'])('refuses nesting that would exhaust the stack of readers, around %s', (value) => {
    expect(() => parseJson(nested(199, value))).not.toThrow();
    for (const depth of [200, 1_000, 49_000]) expect(() => parseJson(nested(depth, value))).toThrow(SyntaxError);
  });

  it('ignores brackets in texts', () => {
    const text = JSON.stringify([`${'['.repeat(500)}\\`, '{"'.repeat(500)]);
    expect(parseJson(text)).toEqual(JSON.parse(text));
  });
});

describe('a response', () => {
  const balances = (number: string) =>
    JSON.stringify({
      balances: Array.from({ length: 5_000 }, (_, at) => ({ assetId: `a${at}`, assetName: 'n' })),
    }).replaceAll('"n"}', `"n","balance":${number}}`);
  const read = (text: string) => testClient({ fetch: async () => new Response(text), retries: 0 }).wallets.balance('w');

  it('with a huge balance is refused without expanding the number', async () => {
    for (const number of ['1e999', '"1e999"', '9e-999', '1e401']) {
      expect(await rejection(read(balances(number)))).toBeInstanceOf(InvalidResponseError);
    }
  });

  it('costs about as much with huge exponents as with small numbers', async () => {
    const reading = (number: string) => {
      const text = balances(number);
      return () => read(text).catch(() => {});
    };
    const ordinary = reading('12345678901234567');
    for (const number of ['1e999', '1e400', '9e-999', '"1e400"']) {
      expect(await ratioOf(reading(number), ordinary, 5)).toBeLessThan(8);
    }
  });

  it('with an exponent that floats have is parsed exactly', async () => {
    expect((await read('{"balances":[{"assetId":"a","assetName":"n","balance":1.5e300}]}')).balances[0]?.balance).toBe(
      15n * 10n ** 299n,
    );
  });
});

it('an amount of money that cannot be converted to text is refused by name', async () => {
  const client = testClient({ fetch: async () => new Response('{}') });
  const hostile = [parseJson('{"toString":1,"valueOf":1}'), Object.create(null), Symbol('5'), ['5'], '1e401'];
  for (const price of hostile) {
    const sale = { assetId: 'a', sellerWallet: 's', buyerWallet: 'b', amount: 1n, price: price as string };
    const error = await rejection(client.tokens.purchase(sale));
    expect(error).toBeInstanceOf(InvalidInputError);
    expect(error).toMatchObject({ problems: [{ field: 'price' }] });
  }
});
