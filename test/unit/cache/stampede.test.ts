import { type CacheStore, lru } from 'spydra-sdk';
import { describe, expect, it } from 'vitest';
import { rejection } from '../../helpers/client.js';
import { advancing, fakeTime } from '../../helpers/time.js';
import { upstream } from '../../helpers/upstream.js';
import { assetAfter, gate, settle, slowStore } from './held-loads.js';

describe('reads of one key at the same time', () => {
  it('make one request', async () => {
    const { spydra, asked } = upstream();
    await Promise.all(Array.from({ length: 1_000 }, () => spydra.assets.get('a1')));
    expect(asked).toHaveLength(1);
    expect(spydra.cache.stats().assets).toMatchObject({ misses: 1, coalesced: 999 });
  });

  it('make one request, also if they begin while it is running', async () => {
    const { spydra, asked, answer } = upstream();
    const { open, opened } = gate();
    answer(() => assetAfter(opened, 'first'));
    const reads = [];
    for (let n = 0; n < 5; n++) {
      reads.push(spydra.assets.get('a1'));
      await settle();
    }
    open();
    await Promise.all(reads);
    expect(asked).toHaveLength(1);
  });

  it('each end by their own signal and deadline, including the first one, while the others continue', async () => {
    const { spydra, asked, answer } = upstream();
    const { open, opened } = gate();
    answer(() => assetAfter(opened, 'first'));
    const controller = new AbortController();
    const aborted = rejection(spydra.assets.get('a1', { signal: controller.signal }));
    const late = rejection(spydra.assets.get('a1', { deadline: 20 }));
    const patient = spydra.assets.get('a1');
    await settle();
    controller.abort();
    expect(await aborted).toMatchObject({ code: 'ABORTED' });
    expect(await late).toMatchObject({ code: 'DEADLINE_EXCEEDED' });
    open();
    expect((await patient).name).toBe('first');
    expect(asked).toHaveLength(1);
  });

  it('abort the request when none of them waits any more, and the next read sends its own', async () => {
    const { spydra, answer } = upstream();
    let signal: AbortSignal | null | undefined;
    answer((_url, init) => {
      signal ??= init?.signal;
      return new Promise<Response>(() => {});
    });
    const controller = new AbortController();
    const reads = [1, 2].map(() => rejection(spydra.assets.get('a1', { signal: controller.signal })));
    await settle();
    expect(signal?.aborted).toBe(false);
    controller.abort();
    await Promise.all(reads);
    expect(signal?.aborted).toBe(true);
    answer(undefined);
    expect((await spydra.assets.get('a1')).name).toBe('first');
  });

  it('fail together, and the next read sends its own request', async () => {
    const { spydra, asked, answer } = upstream();
    answer(() => new Response('{}', { status: 500 }));
    const errors = await Promise.all([1, 2, 3].map(() => rejection(spydra.assets.get('a1'))));
    for (const error of errors) expect(error).toMatchObject({ status: 500 });
    expect(asked).toHaveLength(1);
    answer(undefined);
    await spydra.assets.get('a1');
    expect(asked).toHaveLength(2);
  });
});

describe('a read is not affected by a concurrent read of the same key:', () => {
  it('its timeout', async () => {
    const { spydra, answer } = upstream();
    const { open, opened } = gate();
    answer(() => assetAfter(opened, 'first'));
    const hasty = rejection(spydra.assets.get('a1', { timeout: 20 }));
    const patient = spydra.assets.get('a1', { timeout: 20_000 });
    expect(await hasty).toMatchObject({ code: 'TIMEOUT' });
    open();
    expect((await patient).name).toBe('first');
  });

  it('its headers', async () => {
    const { spydra, answer } = upstream();
    const sent: (string | null)[] = [];
    answer((_url, init) => {
      sent.push(new Headers(init?.headers).get('X-On-Behalf-Of'));
      return undefined;
    });
    const headers = ['alice', 'bob'].map((name) => ({ 'X-On-Behalf-Of': name }));
    await Promise.all(headers.map((each) => spydra.assets.get('a1', { headers: each })));
    expect(sent).toEqual(['alice', 'bob']);
  });

  it('its place in the queue of a batch', async () => {
    const { spydra, asked, answer } = upstream();
    const { open, opened } = gate();
    const ids = Array.from({ length: 100 }, (_, n) => `wallet-${n}`);
    answer((url) =>
      url.pathname.endsWith('wallet-99') ? undefined : opened.then(() => Response.json({ balances: [] })),
    );
    const batch = spydra.wallets.balances(ids);
    await settle();
    await spydra.wallets.balance('wallet-99');
    open();
    await batch;
    expect(asked.length).toBe(101);
  });

  it('the close of its client', async () => {
    const { spydra, answer } = upstream();
    const { open, opened } = gate();
    answer(() => assetAfter(opened, 'first'));
    const child = spydra.withOptions({ deadline: 60_000 });
    const ended = rejection(child.assets.get('a1'));
    const read = spydra.assets.get('a1');
    await settle();
    await child.close();
    expect(await ended).toMatchObject({ code: 'CLIENT_CLOSED' });
    open();
    expect((await read).name).toBe('first');
  });
});

it('concurrent reads that cannot wait for a slow store make one request', async () => {
  const pass = fakeTime();
  const { spydra, asked, answer } = upstream({ cache: { store: slowStore({ reads: 90 }) } });
  const { open, opened } = gate();
  answer(() => assetAfter(opened, 'first'));
  const reads = Array.from({ length: 10 }, () => spydra.assets.get('a1', { deadline: 400 }));
  await pass(85);
  expect(asked).toHaveLength(1);
  open();
  for (const { name } of await advancing(pass, Promise.all(reads))) expect(name).toBe('first');
  expect(asked).toHaveLength(1);
});

it('concurrent reads of what an uncertain write touches make one request', async () => {
  const { spydra, asked, answer } = upstream({ uncertaintyWindow: 60_000 });
  await spydra.tokens.mint({ assetId: 'a1', recipientWallet: 'alice', amount: 1 }, { confirm: false });
  const { open, opened } = gate();
  answer(() => opened.then(() => Response.json({ balances: [] })));
  asked.length = 0;
  const reads = [];
  for (let n = 0; n < 5; n++) {
    reads.push(spydra.wallets.balance('alice'));
    await settle();
  }
  open();
  await Promise.all(reads);
  expect(asked).toHaveLength(1);
});

describe('a read that began before a write', () => {
  const stores: readonly (readonly [string, () => CacheStore])[] = [
    ['in memory', () => lru()],
    [
      'remote',
      () => {
        const store = lru();
        return {
          get: async (key) => store.get(key),
          set: async (key, value, ttl) => store.set(key, value, ttl),
          delete: async (key) => store.delete(key),
        };
      },
    ],
  ];

  it.each(stores)('serves no read that begins after the write, and leaves no entry: store %s', async (_name, make) => {
    const { spydra, answer } = upstream({ cache: { store: make() } });
    const { open, opened } = gate();
    answer((_url, init) => (init?.method === 'GET' ? assetAfter(opened, 'before') : undefined));
    const early = spydra.assets.get('a1');
    await settle();
    answer(undefined);
    await spydra.assets.update('a1', { updates: { name: 'after' }, updaterWallet: 'w' });
    expect((await spydra.assets.get('a1')).name).toBe('after');
    open();
    expect((await early).name).toBe('before');
    expect((await spydra.assets.get('a1')).name).toBe('after');
  });
});
