import { type CacheStore, lru } from 'spydra-sdk';
import { describe, expect, it } from 'vitest';
import { fakeTime, passing } from '../../helpers/time.js';
import { upstream } from '../../helpers/upstream.js';

const MINT = { assetId: 'a1', recipientWallet: 'alice', amount: 5n };

/** A store that answers as one elsewhere does, and notes what it is asked for. */
function remote() {
  const inside = lru();
  const asked: string[] = [];
  const store: CacheStore = {
    async get(key) {
      asked.push(key);
      return inside.get(key);
    },
    set: async (key, value, ttl) => inside.set(key, value, ttl),
    delete: async (key) => inside.delete(key),
  };
  return { store, inside, asked };
}

/** Clients of one store, each with a settle window of its own. */
function clientsWith(...settleWindows: number[]) {
  const { store, ...more } = remote();
  const server = upstream({ cache: { store } });
  const clients = settleWindows.map(
    (settleWindow) => upstream({ cache: { store }, fetch: server.fetch, settleWindow }).spydra,
  );
  /** How many requests two reads make of somebody who shares the store. */
  const requestsOfTwoReads = async () => {
    const before = server.asked.length;
    await server.spydra.wallets.balance('alice');
    await server.spydra.wallets.balance('alice');
    return server.asked.length - before;
  };
  return { ...more, clients, requestsOfTwoReads };
}

const accept = { confirm: false };

describe('a write that may still arrive', () => {
  it.each([
    ['before', [60_000, 1_000]],
    ['after', [1_000, 60_000]],
  ] as const)('is in doubt for its own time, also with a doubt %s it that is shorter', async (_name, windows) => {
    const pass = fakeTime();
    const { clients, requestsOfTwoReads } = clientsWith(...windows);
    for (const spydra of clients) await spydra.tokens.mint(MINT, accept);
    await pass(5_000);
    expect(await requestsOfTwoReads()).toBe(2);
    await pass(54_000);
    expect(await requestsOfTwoReads()).toBe(2);
    await pass(1_001);
    expect(await requestsOfTwoReads()).toBe(1);
  });

  it('stays in doubt when others write, whether the store forgets its doubt or its version', async () => {
    const pass = fakeTime();
    for (const forgotten of [undefined, ':tag:doubt:', ':tag:version:']) {
      const { clients, requestsOfTwoReads, inside, asked } = clientsWith(60_000, 1_000);
      const [doubting, other] = clients;
      await doubting?.tokens.mint(MINT, accept);
      const keys = asked.filter((key) => forgotten !== undefined && key.includes(forgotten));
      for (const key of keys) await inside.delete(key);
      await passing(pass, other?.tokens.mint(MINT));
      await pass(2_000);
      expect(await requestsOfTwoReads()).toBe(2);
      await other?.cache.clear({ walletId: 'alice' });
      expect(await requestsOfTwoReads()).toBe(2);
      await pass(60_000);
      expect(await requestsOfTwoReads()).toBe(1);
    }
  });

  it('costs reads nothing: its doubt stands in the versions that they ask for anyway', async () => {
    const { clients, asked } = clientsWith(60_000);
    await clients[0]?.tokens.mint(MINT, accept);
    await clients[0]?.wallets.balance('alice');
    asked.length = 0;
    await clients[0]?.wallets.balance('alice');
    expect(asked.filter((key) => key.includes(':doubt:'))).toEqual([]);
    expect(asked).toHaveLength(3);
  });
});
