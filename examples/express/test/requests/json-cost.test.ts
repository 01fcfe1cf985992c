import { expect, it } from 'vitest';
import { adapterBefore } from '../helpers/adapter.js';
import { refusingWrites } from '../helpers/writes.js';

const ORDER = '"assetId":"a1","sellerWallet":"w2","buyerWallet":"w1","amount":1,"price":1';
const REQUESTS = 30;

/** A purchase with a list of one value over and over, of 98 kB. */
function purchaseWith(value: string): string {
  const list = Array(Math.floor(97_800 / (value.length + 1))).fill(value);
  return `{${ORDER},"x":[${list.join()}]}`;
}

it('bodies with huge exponents cost about as much CPU as others of that size', async () => {
  const { admin } = await adapterBefore(refusingWrites);
  /** Microseconds of this process's own computing, however busy the machine is, while such purchases were refused. */
  const costOf = async (body: string) => {
    const begun = process.cpuUsage();
    const purchases = Array.from({ length: REQUESTS }, () => admin('POST /tokens/purchase', { body }));
    const statuses = (await Promise.all(purchases)).map(({ status }) => status);
    expect(new Set(statuses)).toEqual(new Set([400]));
    return process.cpuUsage(begun).user;
  };
  const bestOf = async (body: string) => Math.min(await costOf(body), await costOf(body), await costOf(body));

  const ordinary = await bestOf(purchaseWith('"wallet-12"'));
  const hostile = await bestOf(purchaseWith('9e-999'));
  expect(hostile).toBeLessThan(5 * ordinary);
});
