import { expect, it, vi } from 'vitest';
import { testClient } from '../../../test/helpers/client.js';
import { sandboxed } from '../../../test/helpers/sandbox.js';
import { adapterOf } from './helpers/adapter.js';

const READERS = 40;

/** The adapter with the cache on, in front of a sandbox that answers when all expected reads are waiting. */
async function cachingAdapter(namespace: 'balances' | 'holders', readers: number) {
  const { sandbox } = sandboxed({ blockTime: 0 });
  const { assets, treasury } = await sandbox.seed();
  const connection = sandbox.connection();
  const asked: string[] = [];
  const spydra = testClient({
    ...connection,
    cache: true,
    fetch: async (url, init) => {
      asked.push(String(url));
      await vi.waitFor(() => {
        const { misses, coalesced } = spydra.cache.stats()[namespace];
        expect(misses + coalesced).toBe(readers);
      }, 60_000);
      return connection.fetch(url, init);
    },
  });
  return { ...(await adapterOf(spydra)), asked, assetId: assets[0]?.assetId ?? '', treasury };
}

it.each([
  ['balance', 'balances', (walletId: string, _assetId: string) => `GET /wallets/${walletId}/balance`],
  ['holders', 'holders', (_walletId: string, assetId: string) => `GET /tokens/${assetId}/holders`],
] as const)(
  'concurrent uncached reads of one %s with different request ids share one request to Spydra',
  async (_, namespace, route) => {
    const alone = await cachingAdapter(namespace, 1);
    expect((await alone.call(route(alone.treasury, alone.assetId))).status).toBe(200);

    const together = await cachingAdapter(namespace, READERS);
    const path = route(together.treasury, together.assetId);
    const ids = Array.from({ length: READERS }, (_, n) => `id-${n}`);
    const answers = await Promise.all(ids.map((id) => together.call(path, { headers: { 'X-Request-Id': id } })));
    expect(answers.map(({ status }) => status)).toEqual(ids.map(() => 200));
    expect(answers.map(({ headers }) => headers.get('X-Request-Id'))).toEqual(ids);
    expect(together.asked).toHaveLength(alone.asked.length);
  },
);
