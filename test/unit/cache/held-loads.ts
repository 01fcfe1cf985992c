import { type CacheStore, lru } from 'spydra-sdk';

/** A promise that the test resolves. */
export function gate() {
  let open: () => void = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { open, opened };
}

/** The response with an asset, once the gate is open. */
export const assetAfter = (opened: Promise<void>, name: string) =>
  opened.then(() =>
    Response.json({ asset: { assetId: 'a1', name, totalValue: 1, totalSupply: 1, pricePerToken: 1, status: '' } }),
  );

/** Lets all pending work of the process proceed as far as it can. */
export const settle = () => new Promise((resolve) => setImmediate(resolve));

/** A store that takes so many milliseconds. */
export function slowStore({ reads = 0, writes = 0 }): CacheStore {
  const inside = lru();
  const after = async <T>(ms: number, work: () => T) => {
    await new Promise((resolve) => setTimeout(resolve, ms));
    return work();
  };
  return {
    get: (key) => after(reads, () => inside.get(key)),
    set: (key, value, ttl) => after(writes, () => inside.set(key, value, ttl)),
    delete: (key) => after(writes, () => inside.delete(key)),
  };
}
