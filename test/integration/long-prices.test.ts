import { InvalidInputError } from 'spydra-sdk';
import { expect, it, test } from 'vitest';
import { rejection } from '../helpers/client.js';
import { FLAT } from '../helpers/flat.js';
import { counted, TOO_LONG, TOO_LONG_WRITTEN_OUT } from '../helpers/long-prices.js';
import { sandboxed } from '../helpers/sandbox.js';

it.each(TOO_LONG)(
  'a price computed from %s is refused by the name of the value',
  async (_, totalValue, totalSupply) => {
    const { spydra, writes } = counted();
    const problem = { message: 'must make a pricePerToken of 1000 digits or fewer' };
    const created = await rejection(spydra.assets.create({ ...FLAT, totalValue, totalSupply }));
    expect(created).toBeInstanceOf(InvalidInputError);
    expect(created).toMatchObject({ outcome: 'not-applied', problems: [{ ...problem, field: 'totalValue' }] });
    expect(writes()).toBe(0);

    const { assetId } = await spydra.assets.create({ ...FLAT, totalValue, totalSupply: 1n });
    const update = (updates: object) =>
      rejection(spydra.assets.update(assetId, { updates, updaterWallet: 'treasury' }));
    expect(await update({ totalValue, totalSupply })).toMatchObject({
      problems: [{ ...problem, field: 'updates.totalValue' }],
    });
    expect(await update({ totalSupply })).toMatchObject({ problems: [{ ...problem, field: 'updates.totalSupply' }] });
    expect(writes()).toBe(1);
  },
);

test('the longest price can be written and read', async () => {
  const { spydra } = sandboxed();
  const totalValue = '9'.repeat(1_000);
  const { assetId } = await spydra.assets.create({ ...FLAT, totalValue, totalSupply: 1n });
  expect(await spydra.assets.get(assetId)).toMatchObject({ totalValue, pricePerToken: totalValue });
});

test.each(TOO_LONG_WRITTEN_OUT)('%s is refused if it has too many digits without an exponent', async (totalValue) => {
  const { spydra, writes } = counted();
  const error = await rejection(spydra.assets.create({ ...FLAT, totalValue, totalSupply: 1n }));
  const problems = [{ field: 'totalValue', message: 'must have 1000 digits or fewer' }];
  expect(error).toMatchObject({ code: 'INVALID_INPUT', problems });
  expect(writes()).toBe(0);
});

test('a sale is refused if its total value is neither whole nor a double', async () => {
  const { spydra, writes } = counted();
  const sale = { assetId: 'a', sellerWallet: 'treasury', buyerWallet: 'alice' };
  const problems = [{ field: 'price', message: 'must make a total value that is whole or below 1e308' }];
  const amount = '9'.repeat(999);
  expect(await rejection(spydra.tokens.purchase({ ...sale, amount, price: '1e-30' }))).toMatchObject({ problems });
  expect(await rejection(spydra.tokens.purchase({ ...sale, amount: 1n, price: `${'9'.repeat(400)}.5` }))).toMatchObject(
    {
      problems,
    },
  );
  expect(writes()).toBe(0);
});
