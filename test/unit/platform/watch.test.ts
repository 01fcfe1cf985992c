import { expect, it } from 'vitest';
import { FLAT } from '../../helpers/flat.js';
import { onPlatform, platformClient } from '../../helpers/platform.js';
import { fakeTime, leaping } from '../../helpers/time.js';
import { Watcher } from '../../helpers/watcher.js';

const MINTS = 30;
const OVERLAP = 60_000;

it('a watch of the platform yields each commit that shows within the overlap, over failures and restarts', async () => {
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
  const mints: Promise<string>[] = [];
  let client = watching();
  let watcher = new Watcher(client, { assetId, types: ['mint'], overlap: OVERLAP, from: 'beginning' });
  for (let n = 0; n < MINTS; n++) {
    const mint = spydra.tokens.mint({ assetId, recipientWallet: `wallet-${n}`, amount: 1n });
    mints.push(mint.then(({ transactionId }) => transactionId));
    await pass(700);
    if (n % 10 !== 9) continue;
    const { from } = watcher;
    await client.close();
    for (const id of watcher.ids) seen.add(id);
    client = watching();
    watcher = new Watcher(client, { assetId, types: ['mint'], overlap: OVERLAP, from: from ?? 'beginning' });
  }
  const written = await leaping(Promise.all(mints));
  await pass(OVERLAP);
  for (const id of watcher.ids) seen.add(id);
  await client.close();
  expect(requests).toBeGreaterThan(MINTS);
  expect([...seen].toSorted()).toEqual(written.toSorted());
});
