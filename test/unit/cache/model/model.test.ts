import fc from 'fast-check';
import { type CacheStore, lru, tiered } from 'spydra-sdk';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { scaled } from '../../../helpers/scale.js';
import { type Client, cachingClient, deletingClient } from './clients.js';
import { CountingLedger, type Fate } from './ledger.js';
import { Steps } from './steps.js';
import { RemoteStore } from './stores.js';

/*
 * Two clients that share a store read and write concurrently in thousands of random orders, while time passes and the
 * store evicts, fails, hangs, reports success wrongly and returns invalid entries. No read may return less than what
 * was written before it began.
 */

type Doing =
  | { readonly kind: 'read'; readonly wallet: string }
  | { readonly kind: 'write'; readonly wallet: string; readonly fate: Fate }
  | { readonly kind: 'pass'; readonly ms: number }
  | { readonly kind: 'forget'; readonly pick: number }
  | { readonly kind: 'mood'; readonly mood: RemoteStore['mood'] }
  | { readonly kind: 'channel'; readonly isDown: boolean };

/** A sequence of steps with one of the clients. */
interface Actor {
  readonly client: 0 | 1;
  readonly doings: readonly Doing[];
}

const wallet = fc.constantFrom('alice', 'bob');
const doing = fc.oneof(
  { weight: 8, arbitrary: fc.record({ kind: fc.constant('read' as const), wallet }) },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('write' as const),
      wallet,
      fate: fc.constantFrom<Fate>(
        'committed',
        'committed',
        'unknown and applied',
        'unknown and late',
        'unknown and very late',
        'unknown and lost',
      ),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('pass' as const), ms: fc.constantFrom(1, 120, 1_500, 5_200, 8_000) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('forget' as const), pick: fc.nat(20) }) },
);
const trouble = fc.oneof(
  { weight: 6, arbitrary: doing },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('mood' as const),
      mood: fc.constantFrom<RemoteStore['mood']>('well', 'failing', 'hanging', 'rubbish', 'lying'),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('channel' as const), isDown: fc.boolean() }) },
);
const actorsOf = (each: fc.Arbitrary<Doing>) =>
  fc.array(
    fc.record({ client: fc.constantFrom<0 | 1>(0, 1), doings: fc.array(each, { minLength: 1, maxLength: 8 }) }),
    { minLength: 2, maxLength: 5 },
  );

/** What a client's write has raised a wallet to. */
interface Written {
  readonly by: number;
  readonly wallet: string;
  readonly balance: bigint;
  readonly at: number;
  /** Whether all reads that began before it have ended. */
  isSeen(): boolean;
  /** Whether the store has taken its invalidation. */
  isClear(): boolean;
}

interface World {
  readonly steps: Steps;
  readonly remote: RemoteStore;
  readonly stores: readonly [CacheStore, CacheStore];
}

type MakeStores = (steps: Steps, remote: RemoteStore) => World['stores'];
type MakeClient = (ledger: CountingLedger, store: CacheStore, uncertaintyWindow: number) => Client;

const BOUND = 1_000;
/** Enough for a run, and quickly created. */
const SMALL = { maxEntries: 100 };

/** For how long each client's writes of unknown outcome are uncertain: the one must not end the other's uncertainty. */
const UNCERTAINTY_WINDOWS = [5_000, 2_000];

/** Stores, and after how many milliseconds each shows what another client has written. */
const STORES: readonly (readonly [string, MakeStores, number])[] = [
  [
    'in memory',
    () => {
      const store = lru(SMALL);
      return [store, store];
    },
    0,
  ],
  [
    'in memory for three entries',
    (_, remote) => {
      remote.hasForgotten = true;
      const store = lru({ maxEntries: 3 });
      return [store, store];
    },
    0,
  ],
  ['remote', (_, remote) => [remote.connect(), remote.connect()], 0],
  ['remote without getMany', (_, remote) => [remote.connectAlone(), remote.connectAlone()], 0],
  [
    'in two tiers',
    (_, remote) => {
      const tier = () => tiered(lru(SMALL), remote.connect(), { channel: remote.channel(), bound: BOUND });
      return [tier(), tier()];
    },
    BOUND,
  ],
];

/** Runs the actors, and throws if a read returns less than it must. */
async function play(
  actors: readonly Actor[],
  order: readonly number[],
  make: MakeStores,
  client: MakeClient,
  bound: number,
) {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date', 'performance'] });
  // lru-cache treats a time of 0 as none.
  vi.advanceTimersByTime(1);
  const steps = new Steps(order);
  const remote = new RemoteStore(steps);
  const ledger = new CountingLedger(steps);
  const clients = make(steps, remote).map((store, index) =>
    client(ledger, store, UNCERTAINTY_WINDOWS[index] as number),
  );
  /** What each client's writes have raised each wallet to, and when, and whether the store took the invalidation. */
  const written: Written[] = [];
  const reading = new Set<object>();

  const least = (reader: number, of: string) => {
    const seen = written.filter(
      ({ by, wallet, at, isSeen, isClear }) =>
        wallet === of && isSeen() && (by === reader || (isClear() && at + bound <= Date.now())),
    );
    return seen.reduce((most, { balance }) => (balance > most ? balance : most), 0n);
  };
  const act = async (by: number, what: Doing) => {
    const own = clients[by] as Client;
    if (what.kind === 'read') {
      const floor = least(by, what.wallet);
      const one = {};
      reading.add(one);
      const balance = await own.read(what.wallet);
      reading.delete(one);
      if (balance < floor) throw new Error(`${what.wallet}: ${balance} was read where ${floor} was written before`);
    } else if (what.kind === 'write') {
      ledger.fate = what.fate;
      const before = remote.failures;
      const wasAlone = own.isAlone ?? false;
      const ended = { isDone: false, isWell: false };
      ledger.onLate = (late, raised) => {
        // Nothing is guaranteed before the call has ended with an unknown outcome.
        if (!ended.isDone) return;
        // What the store has lost only the client itself still keeps.
        const isClear = () => ended.isWell && !remote.hasForgotten;
        // Reads of uncertain data share a load, which may have begun before.
        const before = [...reading];
        const isSeen = () => !before.some((one) => reading.has(one));
        written.push({ by, wallet: late, balance: raised, at: Date.now(), isSeen, isClear });
      };
      const balance = await own.write(what.wallet).catch(() => undefined);
      ended.isDone = true;
      ended.isWell = remote.failures === before && !wasAlone && !own.isAlone;
      if (balance === undefined) return;
      const isClear = () => ended.isWell;
      const isSeen = () => true;
      written.push({ by, wallet: what.wallet, balance, at: Date.now(), isSeen, isClear });
    } else if (what.kind === 'pass') await new Promise((resolve) => setTimeout(resolve, what.ms));
    else if (what.kind === 'forget') remote.forget(what.pick);
    else if (what.kind === 'mood') remote.mood = what.mood;
    else remote.isChannelDown = what.isDown;
  };
  const playing = actors.map(async ({ client: by, doings }) => {
    for (const what of doings) await act(by, what);
  });
  try {
    await steps.run(Promise.all(playing));
  } finally {
    vi.useRealTimers();
  }
}

const RUNS = scaled(150);
const order = fc.array(fc.nat(30), { maxLength: 400 });

describe('no read returns less than what was written before it began:', () => {
  it.each(STORES)('a store %s that works', async (_name, make, bound) => {
    onTestFinished(() => void vi.useRealTimers());
    const property = fc.asyncProperty(actorsOf(doing), order, (actors, steps) =>
      play(actors, steps, make, cachingClient, bound),
    );
    await fc.assert(property, { numRuns: RUNS });
  });

  it.each(STORES.slice(2))('a store %s that fails, hangs, and returns wrong results', async (_name, make, bound) => {
    onTestFinished(() => void vi.useRealTimers());
    const property = fc.asyncProperty(actorsOf(trouble), order, (actors, steps) =>
      play(actors, steps, make, cachingClient, bound),
    );
    await fc.assert(property, { numRuns: RUNS });
  });

  it.each(STORES.slice(0, 3))(
    'unless the cache deletes what a write touches (negative control): a store %s',
    async (_name, make, bound) => {
      onTestFinished(() => void vi.useRealTimers());
      const property = fc.asyncProperty(actorsOf(doing), order, (actors, steps) =>
        play(actors, steps, make, deletingClient, bound),
      );
      const found = await fc.check(property, { numRuns: RUNS });
      expect(found.errorInstance).toMatchObject({ message: expect.stringContaining('was written before') });
    },
  );
});
