import { type CacheStore, lru } from 'spydra-sdk';
import { describe, expect, it } from 'vitest';
import { rejection } from '../../helpers/client.js';
import { upstream } from '../../helpers/upstream.js';
import { assetAfter, gate, settle, slowStore } from './held-loads.js';

/** A store in memory that keeps no entries. */
function withoutEntries(): CacheStore {
  const store = lru();
  return {
    get: (key) => store.get(key),
    set: (key, value, ttl) => key.includes(':entry:') || store.set(key, value, ttl),
    delete: (key) => store.delete(key),
  };
}

describe('the result of a reload', () => {
  it.each([
    ['with the same options', {}, {}],
    ['with another timeout', { timeout: 20_000 }, {}],
    ['with other headers', { headers: { 'X-On-Behalf-Of': 'alice' } }, {}],
    ['of another client', {}, { deadline: 60_000 }],
  ])('is not replaced by that of a read that began earlier: %s', async (_name, options, client) => {
    const { spydra, answer } = upstream();
    const { open, opened } = gate();
    answer(() => assetAfter(opened, 'old'));
    const early = spydra.withOptions(client).assets.get('a1', options);
    await settle();
    answer(() => assetAfter(Promise.resolve(), 'new'));
    expect((await spydra.assets.get('a1', { cache: 'reload' })).name).toBe('new');
    open();
    expect((await early).name).toBe('old');
    await settle();
    expect((await spydra.assets.get('a1')).name).toBe('new');
  });

  it('is not replaced by that of an earlier read if the reload got a 404', async () => {
    const { spydra, answer } = upstream({ cache: { ttl: { notFound: 60_000 } } });
    const { open, opened } = gate();
    answer(() => assetAfter(opened, 'old'));
    const early = spydra.assets.get('a1');
    await settle();
    answer(() => new Response('{}', { status: 404 }));
    expect(await rejection(spydra.assets.get('a1', { cache: 'reload' }))).toMatchObject({ status: 404 });
    open();
    await early;
    await settle();
    expect(await rejection(spydra.assets.get('a1'))).toMatchObject({ status: 404 });
  });

  it.each([
    ['the store does not keep it', {}],
    ['the store does not keep it, and the earlier one has other headers', { headers: { 'X-On-Behalf-Of': 'alice' } }],
  ])('is not followed by that of a read that began earlier: %s', async (_name, options) => {
    const { spydra, answer } = upstream({ cache: { store: withoutEntries() } });
    const { open, opened } = gate();
    answer(() => assetAfter(opened, 'old'));
    const early = spydra.assets.get('a1', options);
    await settle();
    answer(() => assetAfter(Promise.resolve(), 'new'));
    expect((await spydra.assets.get('a1', { cache: 'reload' })).name).toBe('new');
    const later = spydra.assets.get('a1', options);
    await settle();
    open();
    expect((await early).name).toBe('old');
    expect((await later).name).toBe('new');
  });

  it('is not followed by that of a read that began earlier while a write may still be applied', async () => {
    const { spydra, answer } = upstream({ uncertaintyWindow: 60_000 });
    await spydra.tokens.mint({ assetId: 'a1', recipientWallet: 'alice', amount: 5n }, { confirm: false });
    const balance = (held: number) => Response.json({ balances: [{ assetId: 'a1', assetName: 'A', balance: held }] });
    const { open, opened } = gate();
    answer(() => opened.then(() => balance(0)));
    const early = spydra.wallets.balance('alice');
    await settle();
    answer(() => balance(5));
    await spydra.wallets.balance('alice', {}, { cache: 'reload' });
    const later = spydra.wallets.balance('alice');
    await settle();
    open();
    await early;
    expect((await later).balances[0]?.balance).toBe(5n);
  });

  it.each([
    ['in memory', () => lru()],
    ['remote', () => slowStore({})],
  ])('replaces an older entry if it is not kept itself: store %s', async (_name, make) => {
    const { spydra, answer } = upstream({ cache: { store: make() } });
    await spydra.assets.get('a1');
    await spydra.transactions.list();
    const record = { transactionId: 't', type: 'mint', timestamp: '2026-01-01T00:00:00Z' };
    answer((url) =>
      url.pathname.endsWith('/transactions')
        ? Response.json({ transactions: [{ ...record, status: 'PENDING' }], total: 1 })
        : new Response('{}', { status: 404 }),
    );
    for (const cache of ['reload', 'default'] as const) {
      expect(await rejection(spydra.assets.get('a1', { cache }))).toMatchObject({ status: 404 });
      expect((await spydra.transactions.list({}, { cache })).items).toMatchObject([record]);
    }
  });

  it('is cached when its promise resolves, for every later read', async () => {
    const { spydra, answer } = upstream({ cache: { store: slowStore({ writes: 50 }) } });
    expect((await spydra.assets.get('a1')).name).toBe('first');
    answer(() => assetAfter(Promise.resolve(), 'new'));
    expect((await spydra.assets.get('a1', { cache: 'reload' })).name).toBe('new');
    answer(undefined);
    expect((await spydra.withOptions({ deadline: 60_000 }).assets.get('a1')).name).toBe('new');
  });
});
