import { expect, it, test } from 'vitest';
import { FLAT } from '../../../../test/helpers/flat.js';
import { counted, TOO_LONG, TOO_LONG_WRITTEN_OUT } from '../../../../test/helpers/long-prices.js';
import { adapterOf } from '../helpers/adapter.js';

it.each(TOO_LONG)('%s is refused by the name of its field in the body', async (_, totalValue, totalSupply) => {
  const { spydra, writes } = counted();
  const { admin } = await adapterOf(spydra);
  const { creatorWallet, ...flat } = FLAT;
  const asset = { ...flat, totalValue, totalSupply };
  const refused = (field: string) => ({
    status: 400,
    body: { code: 'INVALID_INPUT', details: [{ field, message: expect.stringMatching(/pricePerToken/) }] },
  });
  expect(await admin('POST /assets', { body: { asset, creatorWallet } })).toMatchObject(refused('asset.totalValue'));
  const { assetId } = await spydra.assets.create(FLAT);
  const body = { updates: { totalValue, totalSupply }, updaterWallet: 'treasury' };
  expect(await admin(`PUT /assets/${assetId}`, { body })).toMatchObject(refused('updates.totalValue'));
  expect(writes()).toBe(1);
});

test.each(TOO_LONG_WRITTEN_OUT)('%s is refused if it has too many digits without an exponent', async (totalValue) => {
  const { spydra, writes } = counted();
  const { admin } = await adapterOf(spydra);
  const { creatorWallet, ...flat } = FLAT;
  const asset = JSON.stringify({ ...flat, totalSupply: 1, totalValue: 0 }).replace(
    '"totalValue":0',
    `"totalValue":${totalValue}`,
  );
  const answer = await admin('POST /assets', { body: `{"asset":${asset},"creatorWallet":"${creatorWallet}"}` });
  expect(answer.body).toMatchObject({
    code: 'INVALID_INPUT',
    details: [{ field: 'asset.totalValue', message: 'must have 1000 digits or fewer' }],
  });
  expect(writes()).toBe(0);
});
