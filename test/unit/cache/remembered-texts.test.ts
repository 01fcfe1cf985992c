import { lru, tiered } from 'spydra-sdk';
import { describe, expect, it } from 'vitest';
import { elsewhere } from '../../helpers/elsewhere.js';
import { upstream } from '../../helpers/upstream.js';

const DOCUMENT = '{"city":{"name":"Hamburg","__proto__":{"x":1}},"rooms":[1,{"m2":12}],"none":null}';

const STORES = [
  ['in memory', () => lru()],
  ['that is remote', () => elsewhere(lru())],
] as const;

describe.each(STORES)('a store %s', (_name, make) => {
  it('gives each read a copy in depth, also of an entry that was read before', async () => {
    const { spydra, answer } = upstream({ cache: { store: make() } });
    answer(() => new Response(`{"metadata":${DOCUMENT}}`));
    const read = async () =>
      (await spydra.assets.getMetadata('m1')) as unknown as { city: object; rooms: unknown[]; none: null };
    const first = JSON.stringify(await read());
    for (let n = 0; n < 3; n++) {
      const { city, rooms, none } = await read();
      Object.assign(city, { name: 'changed' });
      Object.assign(rooms[1] as object, { m2: 0 });
      expect(none).toBeNull();
      expect(JSON.stringify(await read())).toBe(first);
    }
    const { city } = await read();
    expect(Object.getPrototypeOf(city)).toBe(Object.prototype);
    expect(Object.keys(city)).toEqual(['name', '__proto__']);
  });

  it('gives each read holders of its own', async () => {
    const { spydra } = upstream({ cache: { store: make() } });
    await spydra.tokens.mint({ assetId: 'a1', recipientWallet: 'alice', amount: 5n });
    for (let n = 0; n < 3; n++) {
      const holders = await spydra.tokens.holders('a1');
      expect(holders).toEqual([{ wallet: 'alice', balance: 5n }]);
      Object.assign(holders[0] as object, { balance: 0n });
    }
    expect(spydra.cache.stats().holders.hits).toBe(2);
  });
});

it('an entry that another process replaces is parsed and validated again', async () => {
  const inside = lru();
  let key = '';
  const store = elsewhere(inside, (_operation, each) => {
    if (each.endsWith(':entry:asset:a1')) key = each;
  });
  const { spydra, asked } = upstream({ cache: { store } });
  for (let n = 0; n < 3; n++) expect((await spydra.assets.get('a1')).name).toBe('first');
  const text = String(await inside.get(key));
  await inside.set(key, text.replace('"first"', '"other"'), 60_000);
  for (let n = 0; n < 3; n++) expect((await spydra.assets.get('a1')).name).toBe('other');
  expect(asked).toHaveLength(1);
  await inside.set(key, text.replace('"first"', '1'), 60_000);
  expect((await spydra.assets.get('a1')).name).toBe('first');
  expect(asked).toHaveLength(2);
});

it('two tiers serve copies of this process without a request to the shared store, and ask it when one is missing', async () => {
  const asked: string[] = [];
  const local = lru();
  const store = tiered(
    local,
    elsewhere(lru(), (operation, key) => operation === 'get' && asked.push(key)),
  );
  const { spydra } = upstream({ cache: { store } });
  for (let n = 0; n < 2; n++) await spydra.assets.get('a1');
  const uncertain = asked.find((key) => key.includes(':tag:uncertain:')) ?? '';
  asked.length = 0;
  for (let n = 0; n < 5; n++) await spydra.assets.get('a1');
  expect(asked).toEqual([]);
  await local.delete(uncertain);
  await spydra.assets.get('a1');
  expect(asked).toEqual([uncertain]);
  expect(spydra.cache.stats().assets).toMatchObject({ hits: 7, misses: 1 });
});

it('a local tier that throws fails no read', async () => {
  const broken = {
    get: () => {
      throw new Error('broken');
    },
    set: () => true,
    delete: () => true,
  };
  const { spydra } = upstream({ cache: { store: tiered(broken, elsewhere(lru())) } });
  for (let n = 0; n < 3; n++) expect((await spydra.assets.get('a1')).name).toBe('first');
  expect(spydra.cache.stats().assets.hits).toBe(2);
});
