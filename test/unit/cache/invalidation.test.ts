import { type CacheStore, lru, type SpydraClient } from 'spydra-sdk';
import { describe, expect, it, vi } from 'vitest';
import { rejection } from '../../helpers/client.js';
import { advancing, fakeTime } from '../../helpers/time.js';
import { upstream } from '../../helpers/upstream.js';
import { MINT, mint, READS, rename } from './reads-and-writes.js';

describe('a write', () => {
  it.each([
    ['mint', mint, ['assets.get', 'wallets.balance', 'transactions.list', 'assets.history', 'wallets.transactions']],
    ['update', rename, ['assets.get', 'assets.list', 'wallets.balance', 'transactions.list', 'assets.history']],
  ])('%s invalidates what it touches before it resolves', async (_name, write, cleared) => {
    const { spydra, asked } = upstream();
    await mint(spydra);
    for (const [, , read] of READS) await read(spydra);
    await write(spydra);
    for (const [name, , read] of READS) {
      const before = asked.length;
      await read(spydra);
      if (cleared.includes(name)) expect([name, asked.length - before]).toEqual([name, 1]);
    }
  });

  it('invalidates the caches of the clients made by withOptions, in both directions', async () => {
    const { spydra } = upstream();
    for (const options of [{ cache: false }, { deadline: 1_000 }, { cache: { store: lru() } }]) {
      const other = spydra.withOptions(options);
      const balance = async (client: SpydraClient) =>
        (await client.wallets.balance('alice')).balances[0]?.balance ?? 0n;
      const before = await balance(spydra);
      await balance(other);
      await mint(other);
      expect(await balance(spydra)).toBe(before + 5n);
      await mint(spydra);
      expect(await balance(other)).toBe(before + 10n);
      await other.close();
    }
  });

  it('of unknown outcome keeps what it touches out of the cache until it can no longer be applied', async () => {
    const pass = fakeTime();
    const { spydra, asked, answer } = upstream({ uncertaintyWindow: 20_000, deadline: 1_000 });
    await spydra.wallets.balance('alice');
    answer((_url, init) => (init?.method === 'POST' ? Promise.reject(new Error('lost')) : undefined));
    const lost = rejection(mint(spydra));
    await vi.waitFor(() => expect(asked.some((path) => path.includes('idempotencyKey'))).toBe(true), 60_000);
    await pass(1_000);
    expect(await lost).toMatchObject({ code: 'OUTCOME_UNKNOWN' });
    answer(undefined);
    const requests = async () => {
      const before = asked.length;
      await spydra.wallets.balance('alice');
      return asked.length - before;
    };
    expect([await requests(), await requests()]).toEqual([1, 1]);
    await pass(19_000);
    expect([await requests(), await requests()]).toEqual([1, 1]);
    await pass(2_500);
    expect([await requests(), await requests(), await requests()]).toEqual([1, 0, 0]);
  });

  it.each([
    ['nothing', async () => {}],
    ['another write', mint],
    ['a refused write', (s: SpydraClient) => rejection(s.tokens.mint({ ...MINT, recipientWallet: 'refused' }))],
    ['cache.invalidate()', (s: SpydraClient) => s.cache.invalidate({ walletId: 'alice', assetId: 'a1' })],
    ['transactions.wait() for it', (s: SpydraClient) => s.transactions.wait('t1')],
  ])('that was only accepted keeps what it touches out of the cache, followed by %s', async (_name, next) => {
    const pass = fakeTime();
    const { spydra, asked, answer } = upstream({ uncertaintyWindow: 20_000 });
    answer((_url, init) =>
      String(init?.body).includes('refused') ? Response.json({ code: 'SUPPLY_EXCEEDED' }, { status: 409 }) : undefined,
    );
    await spydra.wallets.balance('alice');
    await spydra.tokens.mint(MINT, { confirm: false });
    await advancing(pass, next(spydra));
    const requests = async () => {
      const before = asked.length;
      await spydra.wallets.balance('alice');
      return asked.length - before;
    };
    expect([await requests(), await requests()]).toEqual([1, 1]);
    await pass(21_000);
    expect([await requests(), await requests(), await requests()]).toEqual([1, 0, 0]);
  });

  it('that was only accepted keeps what it touches out of the cache of other clients on the store, also when they write', async () => {
    const store = lru();
    const { spydra } = upstream({ cache: { store }, uncertaintyWindow: 20_000 });
    const other = upstream({ cache: { store } });
    await spydra.tokens.mint(MINT, { confirm: false });
    await mint(other.spydra);
    for (let n = 0; n < 3; n++) await other.spydra.wallets.balance('alice');
    expect(other.spydra.cache.stats().balances).toMatchObject({ hits: 0 });
  });

  it('that was only accepted keeps what it touches out of the cache if the store loses everything', async () => {
    const entries = new Map<string, string>();
    const store: CacheStore = {
      get: (key) => entries.get(key),
      set: (key, value) => entries.set(key, value),
      delete: (key) => entries.delete(key),
    };
    const { spydra, asked } = upstream({ cache: { store }, uncertaintyWindow: 20_000 });
    await spydra.tokens.mint(MINT, { confirm: false });
    entries.clear();
    asked.length = 0;
    for (let n = 0; n < 3; n++) await spydra.wallets.balance('alice');
    expect(asked).toHaveLength(3);
  });

  it('that was refused invalidates nothing', async () => {
    const { spydra, asked, answer } = upstream();
    await spydra.wallets.balance('alice');
    answer((_url, init) => (init?.method === 'POST' ? new Response('{}', { status: 400 }) : undefined));
    await rejection(mint(spydra));
    const before = asked.length;
    await spydra.wallets.balance('alice');
    expect(asked).toHaveLength(before);
  });

  it('invalidates entries of clients with another prefix on the store', async () => {
    const store = lru();
    const { spydra } = upstream({ cache: { store, prefix: 'admin' } });
    const { spydra: other, asked } = upstream({ cache: { store, prefix: 'public' } });
    await other.wallets.balance('alice');
    await mint(spydra);
    await other.wallets.balance('alice');
    expect(asked).toHaveLength(2);
  });

  it('of another program is covered by cache.invalidate(): the asset, its lists and history, and balances with its name', async () => {
    const { spydra, asked } = upstream();
    for (const [, , read] of READS) await Promise.resolve(read(spydra)).catch(() => {});
    await spydra.cache.invalidate({ assetId: 'a1' });
    asked.length = 0;
    await spydra.assets.list();
    await spydra.wallets.balance('alice');
    await spydra.assets.history('a1');
    expect(asked).toHaveLength(3);
  });

  it('that adds a document invalidates the history of its asset', async () => {
    const { spydra, asked, answer } = upstream();
    await spydra.assets.history('a1');
    answer((url) => (url.pathname.endsWith('/metadata') ? Response.json({ metadataId: 'm1' }) : undefined));
    await spydra.assets.addMetadata('a1', { deed: 'x' });
    const before = asked.length;
    await spydra.assets.history('a1');
    expect(asked.length - before).toBe(1);
  });
});
