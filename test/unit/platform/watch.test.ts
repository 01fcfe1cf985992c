import { expect, it } from 'vitest';
import { FLAT } from '../../helpers/flat.js';
import { onPlatform, platformClient } from '../../helpers/platform.js';
import { isLong } from '../../helpers/scale.js';
import { fakeTime, leaping } from '../../helpers/time.js';
import { Watcher } from '../../helpers/watcher.js';

/** Each time this many are minted at once. */
const AT_ONCE = isLong ? 500 : 1;
const TIMES = 20;
/** Each second time the watcher is closed. */
const EVERY = 2;
/** Milliseconds. Each poll reads again what is younger: thousands of transactions in the long form. */
const OVERLAP = isLong ? 10_000 : 60_000;
/** Milliseconds. */
const LIMIT = isLong ? 600_000 : 60_000;

it('a watch of the platform yields each commit that shows within the overlap, over failures and restarts', {
  timeout: LIMIT,
}, async () => {
  const pass = fakeTime();
  const { sandbox, spydra } = onPlatform({ blockTime: 2_000 });
  const { assetId } = await leaping(spydra.assets.create(FLAT));
  let requests = 0;
  // Every third request of the watching client fails.
  const fetch: typeof globalThis.fetch = async (input, init) => {
    if (++requests % 3 === 0) throw new TypeError('fetch failed');
    return sandbox.fetch(input, init);
  };
  const watching = () => platformClient(sandbox, { fetch });
  const seen = new Set<string>();
  const mints: ReturnType<typeof spydra.tokens.mintMany>[] = [];
  let client = watching();
  let watcher = new Watcher(client, { assetId, types: ['mint'], overlap: OVERLAP, from: 'beginning' });
  for (let n = 0; n < TIMES; n++) {
    const orders = Array.from({ length: AT_ONCE }, () => ({ assetId, recipientWallet: `wallet-${n}`, amount: 1n }));
    mints.push(spydra.tokens.mintMany(orders));
    await pass(2_100);
    if (n % EVERY !== 0) continue;
    const { from } = watcher;
    await client.close();
    for (const id of watcher.ids) seen.add(id);
    client = watching();
    watcher = new Watcher(client, { assetId, types: ['mint'], overlap: OVERLAP, from: from ?? 'beginning' });
  }
  const results = (await leaping(Promise.all(mints))).flat();
  const written = results.map((each) => (each.status === 'fulfilled' ? each.value.transactionId : each.reason));
  expect(written).toHaveLength(TIMES * AT_ONCE);
  await pass(OVERLAP);
  for (const id of watcher.ids) seen.add(id);
  await client.close();
  expect(requests).toBeGreaterThan(TIMES);
  expect([...seen].toSorted()).toEqual(written.toSorted());
});
