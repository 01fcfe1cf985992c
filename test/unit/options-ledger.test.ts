import diagnostics from 'node:diagnostics_channel';
import { AbortedError, ConfigurationError, type Ledger, SpydraClient, type WriteCall } from 'spydra-sdk';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { contractLedger } from '../../src/chain/contract-ledger.js';
import { rejection } from '../helpers/client.js';
import { MemoryChain } from '../helpers/memory-chain.js';
import { advancing, fakeTime, laterByMilliseconds } from '../helpers/time.js';

async function memoryLedger(): Promise<Ledger> {
  return contractLedger(await MemoryChain.make());
}

const ASSET = {
  name: 'House',
  symbol: 'HSE',
  description: 'A house',
  assetType: 'real-estate',
  totalValue: '1000',
  totalSupply: 1_000n,
  creatorWallet: 'issuer',
};

describe('the option ledger', () => {
  it('needs no credentials, and reads none from the environment', async () => {
    for (const name of ['API_KEY', 'PROJECT_ID', 'BASE_URL', 'ASSET_SCHEMA_ID'])
      vi.stubEnv(`SPYDRA_${name}`, ' not valid ');
    vi.stubEnv('SPYDRA_RETRIES', '7');
    onTestFinished(() => {
      vi.unstubAllEnvs();
    });
    await using spydra = new SpydraClient({ ledger: await memoryLedger() });
    expect((await spydra.assets.create(ASSET)).status).toBe('committed');
    vi.stubEnv('SPYDRA_RETRIES', '-7');
    const ledger = await memoryLedger();
    expect(() => new SpydraClient({ ledger })).toThrow('retries (SPYDRA_RETRIES)');
  });

  it.each([
    'apiKey',
    'projectId',
    'networkId',
    'appId',
    'assetSchemaId',
    'baseUrl',
    'headers',
    'fetch',
    'idempotency',
    'writeLocks',
  ])('refuses %s beside it, which is an option of the REST API', async (option) => {
    const ledger = await memoryLedger();
    const make = () => new SpydraClient({ ledger, [option]: 'something' });
    expect(make).toThrow(ConfigurationError);
    expect(make).toThrow(
      new RegExp(`${option}.* is an option of the REST API, and must not be given beside \`ledger\``),
    );
  });

  it('refuses what is no ledger, by the methods that it lacks', () => {
    for (const ledger of [{}, 'fabric', { mint: () => {} }]) {
      expect(() => new SpydraClient({ ledger } as never)).toThrow('ledger must have the methods createAsset');
    }
  });

  it('takes an instance of a class, whose methods are called on it', async () => {
    const base = await memoryLedger();
    class Counting implements Partial<Ledger> {
      count = 0;
      async getAsset(...args: Parameters<Ledger['getAsset']>) {
        this.count++;
        return base.getAsset(...args);
      }
    }
    for (const [name, method] of Object.entries(base)) {
      if (typeof method === 'function' && name !== 'getAsset') {
        Object.defineProperty(Counting.prototype, name, { value: method });
      }
    }
    const ledger = new Counting();
    await using spydra = new SpydraClient({ ledger: ledger as unknown as Ledger, cache: true });
    const { assetId } = await spydra.assets.create(ASSET);
    for (let each = 0; each < 3; each++) expect((await spydra.assets.get(assetId)).name).toBe('House');
    expect(ledger.count).toBe(1);
    expect((await spydra.transactions.reconcile('key')).state).toBe('not-found');
  });

  it('is closed once, with the last client of it', async () => {
    const close = vi.fn(async () => {});
    const first = new SpydraClient({ ledger: { ...(await memoryLedger()), close } });
    const second = first.withOptions({ deadline: 5_000 });
    await first.close();
    await first.close();
    expect(close).not.toHaveBeenCalled();
    await Promise.all([second.close(), second.close()]);
    expect(close).toHaveBeenCalledTimes(1);
  });

  it('publishes how its writes end', async () => {
    const events: unknown[] = [];
    const listener = (event: unknown) => events.push(event);
    diagnostics.subscribe('spydra-sdk:write', listener);
    onTestFinished(() => {
      diagnostics.unsubscribe('spydra-sdk:write', listener);
    });
    await using spydra = new SpydraClient({ ledger: await memoryLedger() });
    const { assetId, transactionId } = await spydra.assets.create(ASSET, { idempotencyKey: 'create-1' });
    await rejection(spydra.tokens.mint({ assetId, recipientWallet: 'alice', amount: 2_000n }));
    expect(events).toMatchObject([
      { type: 'create', outcome: 'committed', transactionId, idempotencyKey: 'create-1' },
      { type: 'mint', outcome: 'not-applied', code: 'SUPPLY_EXCEEDED' },
    ]);
  });
});

describe('a ledger of the option ledger that', () => {
  const MINT = { assetId: 'a1', recipientWallet: 'alice', amount: 1n };
  const KEYED = { idempotencyKey: 'order-1' };
  const never = () => new Promise<never>(() => {});
  const clientOf = async (methods: Partial<Record<keyof Ledger, unknown>>) => {
    const spydra = new SpydraClient({ ledger: { ...(await memoryLedger()), ...methods } as Ledger });
    onTestFinished(() => spydra.close());
    return spydra;
  };
  const RECORD = { transactionId: 't1', type: 'mint', status: 'COMMITTED', timestamp: '2026-01-01T00:00:00Z' };

  it.each([
    ['that is over when the call begins', () => ({ deadline: Number.MIN_VALUE })],
    [
      'that ends while the process is busy',
      (pass: (ms: number) => void) => {
        const limit = () => {
          pass(1_000);
          return 0;
        };
        return { deadline: 1_000, retries: Object.defineProperty({}, 'limit', { get: limit }) };
      },
    ],
  ])('writes is not called after a deadline %s', async (_name, optionsOf) => {
    const pass = laterByMilliseconds();
    const mint = vi.fn(never);
    const spydra = await clientOf({ mint });
    const error = await rejection(spydra.tokens.mint(MINT, optionsOf(pass)));
    expect(error).toMatchObject({ code: 'DEADLINE_EXCEEDED', outcome: 'not-applied' });
    expect(mint).not.toHaveBeenCalled();
  });

  it('pushes its events is listened to by a watch', async () => {
    const from: unknown[] = [];
    async function* listen(checkpoint: unknown) {
      from.push(checkpoint);
      yield { record: RECORD, checkpoint: { block: 7 } };
    }
    const spydra = await clientOf({ listen });
    for await (const { record, checkpoint } of spydra.transactions.watch({ from: { block: 6 } })) {
      expect([record.transactionId, checkpoint]).toEqual(['t1', { block: 7 }]);
      break;
    }
    expect(from).toEqual([{ block: 6 }]);
  });

  it('pushes no events and ignores the signal does not keep a watch from ending', async () => {
    const returned = vi.fn(async () => ({ done: true, value: undefined }));
    const spydra = await clientOf({
      listen: () => ({ [Symbol.asyncIterator]: () => ({ next: never, return: returned }) }),
    });
    const abort = new AbortController();
    const next = rejection(spydra.transactions.watch({ signal: abort.signal }).next());
    abort.abort();
    expect(await next).toMatchObject({ code: 'ABORTED' });
    const other = rejection(spydra.transactions.watch().next());
    await spydra.close();
    expect(await other).toMatchObject({ code: 'CLIENT_CLOSED' });
  });

  describe('ignores the end of its call is given up: ', () => {
    afterEach(() => void vi.useRealTimers());

    it.each(['signal', 'deadline', 'close()'])('%s', async (by) => {
      const spydra = await clientOf({ mint: never, getAsset: never });
      const pass = fakeTime();
      const abort = new AbortController();
      const options = { deadline: by === 'deadline' ? 10 : Number.POSITIVE_INFINITY, signal: abort.signal };
      const write = rejection(spydra.tokens.mint(MINT, { ...KEYED, ...options }));
      const read = rejection(spydra.assets.get('a1', options));
      if (by === 'signal') abort.abort();
      const closing = by === 'close()' ? spydra.close() : undefined;
      const code = { signal: 'ABORTED', deadline: 'DEADLINE_EXCEEDED', 'close()': 'CLIENT_CLOSED' }[by];
      expect(await advancing(pass, write)).toMatchObject({ code: 'OUTCOME_UNKNOWN', ...KEYED, cause: { code } });
      expect(await advancing(pass, read)).toMatchObject({ code });
      await closing;
      expect(vi.getTimerCount()).toBe(0);
    });
  });

  it.each<[string, unknown, string | undefined]>([
    ['nothing', undefined, undefined],
    ['no transaction', { status: 'committed', newBalance: 1n }, undefined],
    ['an empty id', { transactionId: '', status: 'committed', newBalance: 1n }, undefined],
    ['no status', { transactionId: 't1', newBalance: 1n }, 't1'],
    ['a transaction that is pending', { transactionId: 't1', status: 'pending', newBalance: 1n }, 't1'],
  ])('returns %s for a write leaves its outcome unknown', async (_, receipt, transactionId) => {
    const spydra = await clientOf({ mint: async () => receipt });
    const error = await rejection(spydra.tokens.mint(MINT, KEYED));
    expect(error).toMatchObject({ code: 'OUTCOME_UNKNOWN', transactionId, ...KEYED });
  });

  it.each<[string, (call: WriteCall) => unknown]>([
    ["the signal's reason", ({ signal }) => signal.reason],
    ['an error of another library', () => new TypeError('fetch failed')],
    ['what is no error', () => 'timeout'],
  ])('throws %s for a write leaves its outcome unknown', async (_, thrown) => {
    const fails = (call: WriteCall) =>
      new Promise<never>((_resolve, reject) => {
        call.signal.addEventListener('abort', () => reject(thrown(call)));
      });
    const spydra = await clientOf({
      mint: (_: unknown, call: WriteCall) => fails(call),
      addMetadata: (_: unknown, __: unknown, call: WriteCall) => fails(call),
    });
    const abort = new AbortController();
    const options = { ...KEYED, signal: abort.signal };
    const ended = [
      rejection(spydra.tokens.mint(MINT, options)),
      rejection(spydra.assets.addMetadata('a1', { type: 'deed' }, options)),
    ];
    await new Promise(setImmediate);
    abort.abort();
    for (const error of await Promise.all(ended)) expect(error).toMatchObject({ code: 'OUTCOME_UNKNOWN', ...KEYED });
  });

  it('throws an error of this package for a write has stated its outcome', async () => {
    const thrown = new AbortedError('Nothing was sent.');
    const spydra = await clientOf({ mint: () => Promise.reject(thrown) });
    expect(await rejection(spydra.tokens.mint(MINT, KEYED))).toBe(thrown);
  });

  it('returns a pending record to a wait has not shown its commit', async () => {
    const spydra = await clientOf({ waitForTransaction: async () => ({ ...RECORD, status: 'PENDING' }) });
    const error = await rejection(spydra.transactions.wait('t1'));
    expect(error).toMatchObject({ code: 'OUTCOME_UNKNOWN', transactionId: 't1' });
  });
});
