import type { Awaitable, CacheStore } from './store.js';

/** Something that a store must do. `run` rejects if it does not. */
export interface StoreCase {
  readonly name: string;
  run(): Promise<void>;
}

/**
 * What a store must do for the SDK's cache to be right, as cases for any test runner. Each makes a store of its own, or
 * gets the same one again; keys of different cases do not meet. They wait for real time where a text must expire.
 *
 * A store must not say that it has kept what it has not: as `makeFailing`, give one whose server is away or refuses to
 * write, too.
 *
 * @example
 * ```ts
 * import { storeConformance } from 'spydra-sdk/cache-conformance';
 *
 * for (const { name, run } of storeConformance(() => myStore)) test(name, run);
 * ```
 */
export function storeConformance(makeStore: MakeStore, makeFailing?: MakeStore): readonly StoreCase[] {
  const failing = makeFailing ? casesOf(FAILING, makeFailing) : [];
  return [...casesOf(CASES, makeStore), ...failing];
}

function casesOf(checks: Readonly<Record<string, Check>>, makeStore: MakeStore): StoreCase[] {
  return Object.entries(checks).map(([name, check]) => ({
    name,
    async run() {
      const prefix = `conformance:${crypto.randomUUID()}:`;
      await check(await makeStore(), (each) => prefix + each);
    },
  }));
}

type MakeStore = () => Awaitable<CacheStore>;
type Check = (store: CacheStore, key: (name: string) => string) => Promise<void>;

const LONG = 60_000;
const SHORT = 200;
const MAX_WAIT = 1_000;

const CASES: Readonly<Record<string, Check>> = {
  async 'gives nothing for a key that was never set'(store, key) {
    expectFound(await store.get(key('unknown')), undefined, 'an unknown key');
  },

  async 'gives a text back letter by letter'(store, key) {
    const long = 'x'.repeat(1e5);
    const texts = ['', '1', 'null', '{"n":12345678901234567890}', '"quoted"', 'two\nlines', 'ümläut 🏠', long];
    for (const [n, text] of texts.entries()) await keep(store, key(`text-${n}`), text);
    for (const [n, text] of texts.entries()) expectFound(await store.get(key(`text-${n}`)), text, `text ${n}`);
  },

  async 'keeps keys apart, however they are written'(store, key) {
    const long = 'a'.repeat(500);
    const names = [...'a|A|a:|a:b|a b|a%20b|a*|{a}|ä|["x",null,100]|?'.split('|'), `${long}b`, `${long}c`];
    for (const name of names) await keep(store, key(name), `value of ${name}`);
    for (const name of names) expectFound(await store.get(key(name)), `value of ${name}`, `the key ${name}`);
  },

  async 'gives what was set last, as soon as set has resolved'(store, key) {
    for (let n = 1; n <= 100; n++) {
      await keep(store, key('counter'), `version ${n}`);
      expectFound(await store.get(key('counter')), `version ${n}`, 'a key that was set again');
    }
  },

  async 'gives nothing once delete has resolved'(store, key) {
    await keep(store, key('gone'), 'here');
    await store.delete(key('gone'));
    expectFound(await store.get(key('gone')), undefined, 'a deleted key');
    await store.delete(key('never-there'));
  },

  async 'forgets a text when its time is over, and not before'(store, key) {
    await keep(store, key('long'), 'stays');
    const ttl = await keepShortly(store, key('short'), 'goes');
    await sleep(2 * ttl);
    expectFound(await store.get(key('short')), undefined, 'a key whose time is over');
    expectFound(await store.get(key('long')), 'stays', 'a key whose time is not over');
  },

  async 'a text that is set again lives for its new time'(store, key) {
    await keep(store, key('again'), 'first', SHORT);
    await keep(store, key('again'), 'second');
    await sleep(2 * SHORT);
    expectFound(await store.get(key('again')), 'second', 'a key that was set again for longer');
  },

  async 'getMany, where there is one, gives the same as get, in order'(store, key) {
    if (!store.getMany) return;
    const names = Array.from({ length: 50 }, (_, n) => `many-${n}`);
    for (const name of names.filter((_, n) => n % 3 > 0)) await keep(store, key(name), name);
    const values = await store.getMany(names.map(key));
    if (values.length !== names.length) throw new Error(`${values.length} values for ${names.length} keys.`);
    for (const [n, name] of names.entries()) {
      expectFound(values[n], n % 3 > 0 ? name : undefined, `value ${n} of getMany`);
    }
  },

  async 'takes many at once'(store, key) {
    const names = Array.from({ length: 200 }, (_, n) => `at-once-${n}`);
    await Promise.all(names.map((name) => keep(store, key(name), name)));
    const values = await Promise.all(names.map((name) => store.get(key(name))));
    for (const [n, name] of names.entries()) expectFound(values[n], name, `value ${n}`);
  },
};

/** What other clients are served relies on it: a write has invalidated it when its store reports that. */
const FAILING: Readonly<Record<string, Check>> = {
  async 'does not say that it keeps a text while its server fails'(store, key) {
    const set = async () => (await store.set(key('lost'), 'text', LONG)) !== false;
    // One that does not respond does not report it.
    const isReported = await Promise.race([set(), sleep(MAX_WAIT).then(() => false)]).catch(() => false);
    if (isReported) throw new Error('set did not reject or give false.');
  },
};

async function keep(store: CacheStore, key: string, value: string, ttl = LONG): Promise<void> {
  if ((await store.set(key, value, ttl)) === false) throw new Error('set gave false: the text is not kept.');
}

/** Keeps a text for a short time, in which it is there; longer where the machine was too slow to tell. Gives that time. */
async function keepShortly(store: CacheStore, key: string, value: string): Promise<number> {
  for (let ttl = SHORT; ; ttl *= 2) {
    const begun = performance.now();
    await keep(store, key, value, ttl);
    const found = await store.get(key);
    if (found !== value && performance.now() - begun >= ttl) continue;
    expectFound(found, value, 'a key whose time is not over');
    return ttl;
  }
}

/** @param text - what must have been found; undefined: nothing */
function expectFound(found: unknown, text: string | undefined, what: string): void {
  if ((typeof found === 'string' ? found : undefined) === text) return;
  throw new Error(`Expected for ${what} ${show(text)}, got ${show(found)}.`);
}

function show(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value.slice(0, 80)) : 'nothing';
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
