import { runInNewContext } from 'node:vm';
import { type CacheStore, lru, SpydraClient, type TransferInput, tiered } from 'spydra-sdk';
import { createSandbox } from 'spydra-sdk/sandbox';

// A process in which every callback of a user fails in another way; it prints the results.

const unhandled: string[] = [];
process.on('unhandledRejection', (reason) => unhandled.push(String(reason)));
process.on('uncaughtException', (error) => unhandled.push(error.message));

const fails = (what: string) => Promise.reject(new Error(what));
const throws = (what: string) => {
  throw new Error(what);
};
/** A promise of another realm, as Jest has them. */
const foreign = (what: string): Promise<never> => runInNewContext(`Promise.reject(new Error('${what}'))`);

const sandbox = createSandbox({ blockTime: 0 });
const { assets, treasury } = await sandbox.seed();
const assetId = assets[0]?.assetId ?? '';
const ok = (results: readonly PromiseSettledResult<unknown>[]) => results.map(({ status }) => status);

const transfers: TransferInput[] = ['a', 'b'].map((toWallet) => ({
  assetId,
  fromWallet: treasury,
  toWallet,
  amount: 1n,
}));
const spydra = new SpydraClient(sandbox.connection());
const progress = [];
for (const onProgress of [() => fails('onProgress'), () => throws('onProgress'), () => foreign('onProgress')]) {
  progress.push(...ok(await spydra.tokens.transferMany(transfers, { concurrency: 1, onProgress })));
}

const asyncKey = (() => fails('itemKey')) as unknown as () => string;
const itemKey = await spydra.tokens
  .transferMany(transfers, { batchKey: 'b', itemKey: asyncKey })
  .then(ok, (e) => e.name);

const bad = (fail: (what: string) => never | Promise<never>): CacheStore => ({
  get: () => fail('get'),
  set: () => fail('set'),
  delete: () => fail('delete'),
});
const listing = (getMany: (keys: string[]) => unknown) => ({ ...lru(), getMany }) as CacheStore;
const thenable = (then: unknown) => ({ ...bad(fails), get: () => ({ then }) }) as CacheStore;
let hear: (message: string) => void = () => {};
const channel = {
  publish: () => fails('publish'),
  subscribe: (listener: typeof hear) => {
    hear = listener;
    return fails('subscribe');
  },
};
const stores: Record<string, CacheStore> = {
  throws: bad(throws),
  rejects: bad(fails),
  'rejects with a foreign promise': bad(foreign),
  'lists promises that reject': listing((keys) => keys.map(() => fails('getMany'))),
  'promises a list of such promises': listing(async (keys) => keys.map(() => fails('getMany'))),
  'gives no list': listing(() => 7),
  'gives a thenable that throws': thenable(() => throws('then')),
  'has a local tier that rejects': tiered(bad(fails), lru()),
  'has a local tier that throws': tiered(bad(throws), lru()),
  'has a channel that rejects': tiered(lru(), lru(), { channel }),
  'has a channel that throws': tiered(lru(), lru(), {
    channel: { publish: () => throws('publish'), subscribe: () => throws('subscribe') },
  }),
};
const read: Record<string, unknown> = {};
for (const [name, store] of Object.entries(stores)) {
  const cached = new SpydraClient({ ...sandbox.connection(), cache: { store } });
  await cached.tokens.transfer({ assetId, fromWallet: treasury, toWallet: 'c', amount: 1n });
  read[name] = (await cached.wallets.balance('c', { assetId })).balances.length;
  await cached.close();
}
for (const message of [undefined, 7, null, {}, Buffer.from('x')]) hear(message as unknown as string);

const logger = {
  debug: () => fails('debug'),
  info: () => foreign('info'),
  warn: () => throws('warn'),
  error: () => foreign('error'),
};
const logged = new SpydraClient({ ...sandbox.connection(), logger });
const missing = await logged.assets.get('there-is-none').catch((error) => error.name);

for (const client of [spydra, logged]) await client.close();
await sandbox.close();
await new Promise((resolve) => setTimeout(resolve, 50));
process.stdout.write(JSON.stringify({ progress, itemKey, read, missing, unhandled }));
