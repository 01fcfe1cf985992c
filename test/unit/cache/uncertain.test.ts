import { lru, type SpydraClient, tiered } from 'spydra-sdk';
import { describe, expect, it, vi } from 'vitest';
import { rejection } from '../../helpers/client.js';
import { elsewhere, milliseconds } from '../../helpers/elsewhere.js';
import { advancing, fakeTime, leaping, until } from '../../helpers/time.js';
import { upstream } from '../../helpers/upstream.js';
import { accept, holdNextBalance, MINT } from './uncertain-clients.js';

/** A store with the asynchrony of a remote one, and the keys that were read from it. */
function remote() {
  const inside = lru();
  const asked: string[] = [];
  const note = (operation: 'get' | 'set', key: string) => operation === 'get' && asked.push(key);
  return { store: elsewhere(inside, note), inside, asked };
}

/** Clients of one store, each with an uncertainty window of its own. */
function clientsWith(...uncertaintyWindows: number[]) {
  const { store, ...more } = remote();
  const server = upstream({ cache: { store } });
  const clients = uncertaintyWindows.map(
    (uncertaintyWindow) => upstream({ cache: { store }, fetch: server.fetch, uncertaintyWindow }).spydra,
  );
  /** How many requests two reads of another client on the store make. */
  const requestsOfTwoReads = async () => {
    const before = server.asked.length;
    await server.spydra.wallets.balance('alice');
    await server.spydra.wallets.balance('alice');
    return server.asked.length - before;
  };
  return { ...more, clients, requestsOfTwoReads };
}

describe('a write that may still be applied', () => {
  it.each([
    ['before', [60_000, 1_000]],
    ['after', [1_000, 60_000]],
  ] as const)(
    'keeps what it touches out of the cache for its own uncertainty window, also if a shorter one begins %s it',
    async (_name, windows) => {
      const pass = fakeTime();
      const { clients, requestsOfTwoReads } = clientsWith(...windows);
      for (const spydra of clients) await spydra.tokens.mint(MINT, accept);
      await pass(5_000);
      expect(await requestsOfTwoReads()).toBe(2);
      await pass(54_000);
      expect(await requestsOfTwoReads()).toBe(2);
      // It ends at a whole second.
      await pass(2_000);
      expect(await requestsOfTwoReads()).toBe(1);
    },
  );

  it('keeps it out of the cache when others write, also if the store loses the end of the uncertainty or the version', async () => {
    const pass = fakeTime();
    for (const forgotten of [undefined, ':tag:uncertain:', ':tag:version:']) {
      const { clients, requestsOfTwoReads, inside, asked } = clientsWith(60_000, 1_000);
      const [uncertain, other] = clients;
      await uncertain?.tokens.mint(MINT, accept);
      const keys = asked.filter((key) => forgotten !== undefined && key.includes(forgotten));
      for (const key of keys) await inside.delete(key);
      await advancing(pass, other?.tokens.mint(MINT));
      await pass(2_000);
      expect(await requestsOfTwoReads()).toBe(2);
      await other?.cache.invalidate({ walletId: 'alice' });
      expect(await requestsOfTwoReads()).toBe(2);
      await pass(60_000);
      expect(await requestsOfTwoReads()).toBe(1);
    }
  });

  it.each([
    ['of the same client', 0],
    ['of a client that is closed', 1],
  ])(
    'is served by no client if the end of an earlier uncertainty reaches the store late: one %s',
    async (_whose, second) => {
      const pass = fakeTime();
      const inside = lru();
      let arrive = () => {};
      let late: Promise<void> | undefined = new Promise((resolve) => {
        arrive = resolve;
      });
      const stalled = elsewhere(inside, (operation, key) => {
        if (operation !== 'set' || !key.endsWith(':tag:uncertain:wallet:alice')) return undefined;
        const held = late;
        late = undefined;
        return held;
      });
      const uncertaintyWindow = 60_000;
      const server = upstream({ cache: { store: stalled }, uncertaintyWindow });
      const [other, reader] = [1, 2].map(
        () => upstream({ cache: { store: elsewhere(inside) }, fetch: server.fetch, uncertaintyWindow }).spydra,
      ) as [SpydraClient, SpydraClient];
      await advancing(pass, server.spydra.tokens.mint(MINT, accept));
      if (second === 1) await advancing(pass, server.spydra.close());
      await pass(20_000);
      await advancing(pass, (second === 1 ? other : server.spydra).tokens.mint(MINT, accept));
      arrive();
      // The first one is over, the second is not.
      await pass(45_000);
      const before = server.asked.length;
      for (let n = 0; n < 2; n++) await advancing(pass, reader.wallets.balance('alice'));
      expect(server.asked.length - before).toBe(2);
    },
  );

  it.each([
    ['in memory', () => lru()],
    ['that is remote', () => elsewhere(lru())],
  ])(
    'is returned by a read after its end, although an earlier load is still running: store %s',
    async (_name, store) => {
      const pass = fakeTime();
      const { spydra, answer } = upstream({ cache: { store: store() }, uncertaintyWindow: 5_000 });
      await advancing(pass, spydra.wallets.balance('alice'));
      await advancing(pass, spydra.tokens.mint(MINT, accept));
      const { held, release } = holdNextBalance(answer);
      await pass(3_000);
      const early = spydra.wallets.balance('alice');
      await until(() => held.isAsked);
      await pass(4_000);
      const after = spydra.wallets.balance('alice');
      await pass(10);
      release();
      await advancing(pass, early);
      expect((await advancing(pass, after)).balances[0]?.balance).toBe(5n);
    },
  );

  it('is returned to its own client after its end, even if the store lost its keys and another client cached older data', async () => {
    const pass = fakeTime();
    const { store, inside, asked } = remote();
    const server = upstream({ cache: { store } });
    let arrive: (() => Promise<unknown>) | undefined;
    const fetch: typeof globalThis.fetch = async (input, init) => {
      if (init?.method !== 'POST') return server.fetch(input, init);
      arrive = () => server.fetch(input, init);
      return Response.json({ transactionId: 'late', newBalance: 5 });
    };
    const { spydra } = upstream({ cache: { store }, fetch, uncertaintyWindow: 5_000 });
    await spydra.tokens.mint(MINT, accept);
    for (const key of asked) await inside.delete(key);
    expect((await server.spydra.wallets.balance('alice')).balances[0]?.balance).toBe(0n);
    await arrive?.();
    await pass(6_000);
    expect((await spydra.wallets.balance('alice')).balances[0]?.balance).toBe(5n);
  });

  it('keeps it out of the cache even if an earlier invalidation of a closed client reaches the store late', async () => {
    const inside = lru();
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    let isHeld = false;
    const isVersion = (operation: string, key: string) => operation === 'set' && key.includes(':version:wallet:alice');
    const dying = elsewhere(inside, (operation, key) => {
      if (isVersion(operation, key)) {
        isHeld = true;
        return held;
      }
      if (isHeld) throw new Error('connection lost');
      return undefined;
    });
    const server = upstream({ cache: { store: elsewhere(inside) }, uncertaintyWindow: 60_000 });
    const { spydra: gone } = upstream({ cache: { store: dying, timeout: 60_000 }, fetch: server.fetch });
    void gone.cache.invalidate({ walletId: 'alice' });
    await milliseconds(5);
    await server.spydra.tokens.mint(MINT, accept);
    release();
    await milliseconds(5);
    const { spydra: other } = upstream({ cache: { store: elsewhere(inside) }, fetch: server.fetch });
    const before = server.asked.length;
    for (let n = 0; n < 2; n++) await other.wallets.balance('alice');
    expect(server.asked.length - before).toBe(2);
  });

  it('does so below two tiers when another client writes that has copies from before it and a shorter window', async () => {
    const pass = fakeTime();
    const inside = lru();
    const server = upstream();
    const [uncertain, copying, reader] = [60_000, 1_000, 1_000].map((uncertaintyWindow) => {
      const store = tiered(lru(), elsewhere(inside));
      return upstream({ cache: { store }, fetch: server.fetch, uncertaintyWindow }).spydra;
    }) as [SpydraClient, SpydraClient, SpydraClient];
    for (let n = 0; n < 2; n++) await advancing(pass, copying.wallets.balance('alice'));
    await advancing(pass, uncertain.tokens.mint(MINT, accept));
    await advancing(pass, copying.tokens.mint(MINT, accept));
    await pass(5_000);
    const before = server.asked.length;
    for (let n = 0; n < 2; n++) await advancing(pass, reader.wallets.balance('alice'));
    expect(server.asked.length - before).toBe(2);
  });

  it('may have a window with a fraction of a millisecond', async () => {
    const lines: string[] = [];
    const log = (_fields: object, message: string) => void lines.push(message);
    const logger = { debug: () => {}, info: log, warn: log, error: log };
    const { spydra } = upstream({ uncertaintyWindow: 60_000.5, logger });
    await spydra.wallets.balance('bob');
    await spydra.tokens.mint(MINT, accept);
    await spydra.wallets.balance('bob');
    expect(spydra.cache.stats().balances.hits).toBe(1);
    expect(lines.filter((line) => line.includes('store'))).toEqual([]);
  });

  it('keeps it out of the cache of other clients although the clock of another writer is ahead', async () => {
    const { clients, requestsOfTwoReads } = clientsWith(60_000, 60_000);
    const [uncertain, ahead] = clients;
    await uncertain?.tokens.mint(MINT, accept);
    const now = Date.now;
    const clock = vi.spyOn(Date, 'now').mockImplementation(() => now() + 62_000);
    await ahead?.cache.invalidate({ walletId: 'alice' });
    clock.mockRestore();
    expect(await requestsOfTwoReads()).toBe(2);
  });
});

describe('a write that reconcile found', () => {
  it('is returned by every later read, also if the process that wrote it died before it invalidated the cache', async () => {
    const server = upstream({ uncertaintyWindow: 60_000, cache: { store: lru() } });
    const { spydra } = server;
    await spydra.wallets.balance('alice');
    const dead = upstream({ fetch: server.fetch, cache: false }).spydra;
    await dead.tokens.mint(MINT, { idempotencyKey: 'order-1' });
    expect(await spydra.transactions.reconcile('order-1', { assetId: 'a1' })).toMatchObject({ state: 'committed' });
    expect((await spydra.wallets.balance('alice')).balances[0]?.balance).toBe(5n);
  });

  it('is returned by a later read although an earlier one is still running', async () => {
    const server = upstream({ uncertaintyWindow: 60_000, deadline: 400 });
    const { spydra, answer } = server;
    let arrive: (() => Promise<unknown>) | undefined;
    answer((url, init) => {
      if (init?.method !== 'POST') return undefined;
      answer(undefined);
      arrive = () => server.fetch(url, init);
      return Promise.reject(new Error('connection lost'));
    });
    fakeTime();
    const unknown = rejection(spydra.tokens.mint(MINT, { idempotencyKey: 'order-1' }));
    expect(await leaping(unknown)).toMatchObject({ code: 'OUTCOME_UNKNOWN' });
    let release: (() => void) | undefined;
    answer((url) => {
      if (!url.pathname.includes('/balances/')) return undefined;
      answer(undefined);
      return new Promise((resolve) => {
        release = () => resolve(Response.json({ balances: [{ assetId: 'a1', balance: 0 }] }));
      });
    });
    const options = { deadline: 5_000 };
    const early = spydra.wallets.balance('alice', {}, options);
    await until(() => release !== undefined);
    await arrive?.();
    expect(await spydra.transactions.reconcile('order-1', { assetId: 'a1' })).toMatchObject({ state: 'committed' });
    const later = await spydra.wallets.balance('alice', {}, options);
    release?.();
    expect((await early).balances[0]?.balance).toBe(0n);
    expect(later.balances[0]?.balance).toBe(5n);
  });
});
