import { lru, type SpydraClient } from 'spydra-sdk';
import { describe, expect, it, vi } from 'vitest';
import { elsewhere, milliseconds } from '../../helpers/elsewhere.js';
import { advancing, fakeTime, until } from '../../helpers/time.js';
import { upstream } from '../../helpers/upstream.js';
import { accept, holdNextBalance, MINT } from './uncertain-clients.js';

describe('a reader that gives a tag its first version while a write may still be applied', () => {
  /** A reader whose first version reaches the store when the test releases it, and other clients on the same store. */
  function slowReader(before: () => unknown) {
    const inside = lru();
    const isVersion = (operation: string, key: string) => operation === 'set' && key.includes(':version:wallet:alice');
    const server = upstream({ cache: { store: elsewhere(inside) }, uncertaintyWindow: 60_000 });
    const slow = elsewhere(inside, (operation, key) => (isVersion(operation, key) ? before() : undefined));
    const on = (store: typeof slow) => upstream({ cache: { store }, fetch: server.fetch }).spydra;
    const requestsOf = async (spydra: SpydraClient) => {
      const requests = server.asked.length;
      for (let n = 0; n < 2; n++) await spydra.wallets.balance('alice');
      return server.asked.length - requests;
    };
    return { reader: on(slow), writer: server.spydra, other: on(elsewhere(inside)), requestsOf };
  }

  it('does not end the uncertainty', async () => {
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const { reader, writer, other, requestsOf } = slowReader(() => held);
    const reading = reader.wallets.balance('alice');
    await milliseconds(5);
    await writer.tokens.mint(MINT, accept);
    release();
    await reading;
    await milliseconds(5);
    expect(await requestsOf(other)).toBe(2);
  });

  it('does not end the uncertainty if its version reaches the store after its timeout', async () => {
    let delay = 150;
    const { reader, writer, other, requestsOf } = slowReader(() => milliseconds(delay));
    const reading = reader.wallets.balance('alice');
    await milliseconds(20);
    await writer.tokens.mint(MINT, accept);
    await reading;
    delay = 0;
    await milliseconds(200);
    await vi.waitFor(async () => expect(await requestsOf(other)).toBe(2), { timeout: 60_000, interval: 50 });
  });
});

describe('a write that was accepted while the store was unavailable for longer than the lifetime of entries', () => {
  it('is uncertain for all clients when the store is back, and its own client never returns older data', async () => {
    const pass = fakeTime();
    const inside = lru();
    let isDown = false;
    const flaky = elsewhere(inside, () => {
      if (isDown) throw new Error('connection lost');
    });
    const ttl = { assets: 30_000, balances: 30_000, transactions: 30_000, holders: 30_000 };
    const server = upstream({ cache: { store: elsewhere(inside), ttl } });
    let arrive: (() => Promise<unknown>) | undefined;
    const fetch: typeof globalThis.fetch = async (input, init) => {
      if (init?.method !== 'POST') return server.fetch(input, init);
      arrive = () => server.fetch(input, init);
      return Response.json({ transactionId: 'late', newBalance: 5 });
    };
    const { spydra } = upstream({ cache: { store: flaky, ttl }, fetch, uncertaintyWindow: 1_200_000 });
    const balances = async () => {
      const each = [spydra, server.spydra].map(async (client) => (await client.wallets.balance('alice')).balances[0]);
      return (await Promise.all(each)).map((balance) => balance?.balance);
    };
    isDown = true;
    await advancing(pass, spydra.tokens.mint(MINT, accept));
    const end = Date.now() + 1_202_000;
    await pass(700_000);
    isDown = false;
    while (Date.now() < end - 15_000) {
      await spydra.wallets.balance('somebody');
      await pass(5_000);
    }
    expect(await balances()).toEqual([0n, 0n]);
    await arrive?.();
    await pass(end - Date.now());
    expect(await balances()).toEqual([5n, 5n]);
  });
});

it('a read after a write does not share a load from before it if the store returns with an old snapshot', async () => {
  const pass = fakeTime();
  const data = new Map<string, string>();
  let isDown = false;
  const store = elsewhere({
    get: (key) => (isDown ? Promise.reject(new Error('down')) : data.get(key)),
    set: (key, value) => (isDown ? Promise.reject(new Error('down')) : data.set(key, value)),
    delete: (key) => data.delete(key),
  });
  const { spydra, answer } = upstream({ cache: { store } });
  await advancing(pass, spydra.wallets.balance('alice'));
  for (const key of [...data.keys()]) if (key.includes(':entry:')) data.delete(key);
  const copy = new Map(data);
  const { held, release } = holdNextBalance(answer);
  const early = spydra.wallets.balance('alice');
  await until(() => held.isAsked);
  await advancing(pass, spydra.tokens.mint(MINT));
  isDown = true;
  await advancing(pass, spydra.assets.get('a1'));
  data.clear();
  for (const [key, text] of copy) data.set(key, text);
  isDown = false;
  const after = spydra.wallets.balance('alice');
  await pass(20);
  release();
  await advancing(pass, early);
  expect((await advancing(pass, after)).balances[0]?.balance).toBe(5n);
});

it('concurrent uncertain writes of many clients do not open the circuit breaker', async () => {
  const lines: string[] = [];
  const log = (_fields: object, message: string) => void lines.push(message);
  const logger = { debug: () => {}, info: log, warn: log, error: log };
  const inside = lru();
  const store = () => elsewhere(inside, () => milliseconds(Math.random() * 4));
  const server = upstream({ cache: { store: store(), timeout: 60_000 }, logger });
  const more = Array.from({ length: 15 }, () =>
    upstream({ cache: { store: store(), timeout: 60_000 }, fetch: server.fetch, logger }),
  );
  const each = [server.spydra, ...more.map(({ spydra }) => spydra)].map(async (spydra) => {
    await spydra.assets.get('other');
    // On a slow machine another client may have cached it by then.
    const { hits } = spydra.cache.stats().assets;
    for (let n = 0; n < 15; n++) {
      await spydra.tokens.mint(MINT, accept);
      await spydra.assets.get('other');
    }
    return spydra.cache.stats().assets.hits - hits;
  });
  expect(await Promise.all(each)).toEqual(each.map(() => 15));
  expect(lines.filter((line) => line.includes('store'))).toEqual([]);
});
