import { ConfigurationError, InvalidInputError, SpydraClient, type SpydraClientOptions } from 'spydra-sdk';
import { createSandbox } from 'spydra-sdk/sandbox';
import { describe, expect, it, vi } from 'vitest';
import { rejection, testClient } from '../helpers/client.js';

const refusal = (make: () => unknown): Error => {
  try {
    make();
  } catch (error) {
    return error as Error;
  }
  throw new Error('nothing was refused');
};
const stub = () => vi.fn<typeof globalThis.fetch>(async () => Response.json({ balances: [] }));
const as = (options: object) => options as SpydraClientOptions;

describe('an unknown option of the client', () => {
  it.each([
    [{ dedline: 1 }, 'dedline is not a known option (did you mean `deadline`?)'],
    [{ retires: 1 }, 'retires is not a known option (did you mean `retries`?)'],
    [{ idempotancy: 'trust' }, 'idempotancy is not a known option (did you mean `idempotency`?)'],
    [{ uncertaintyWindw: 1 }, 'uncertaintyWindw is not a known option (did you mean `uncertaintyWindow`?)'],
    [{ apikey: 'k' }, 'apikey is not a known option (did you mean `apiKey`?)'],
    [{ 'base-url': 'u' }, 'base-url is not a known option (did you mean `baseUrl`?)'],
    [{ BASE_URL: 'u' }, 'BASE_URL is not a known option (did you mean `baseUrl`?)'],
    [{ fecth: 1 }, 'fecth is not a known option (did you mean `fetch`?)'],
    [{ header: {} }, 'header is not a known option (did you mean `headers`?)'],
    [{ constructor: 1 }, 'constructor is not a known option.'],
    [{ colour: 'red' }, 'colour is not a known option.'],
    [{ x: 1 }, 'x is not a known option.'],
    [{ cache: { stroe: {} } }, 'cache.stroe is not a known option (did you mean `store`?)'],
    [{ cache: { ttl: { balance: 1 } } }, 'cache.ttl.balance is not a known option (did you mean `balances`?)'],
  ])('is refused by name with the nearest known one: %j', (options, named) => {
    const error = refusal(() => testClient(as(options)));
    expect(error).toBeInstanceOf(ConfigurationError);
    expect(error.message).toContain(named);
    expect(refusal(() => testClient({}).withOptions(as(options))).message).toContain(named);
  });

  it('is reported together with other problems', () => {
    const { message } = refusal(() => testClient(as({ dedline: 1, retires: 2, timeout: -1, projectId: ' ' })));
    for (const name of ['dedline', 'retires', 'timeout', 'projectId']) expect(message).toContain(name);
  });

  it('of another library is refused with all known names', () => {
    for (const option of ['maxAttempts', 'endpoint', 'defaultHeaders']) {
      expect(refusal(() => testClient(as({ [option]: 1 }))).message).toMatch(
        /is not a known option\. The options are apiKey, .*baseUrl, .*retries, .*writeLocks\.$/,
      );
    }
    for (const options of [{ dedline: 1 }, { cache: { colour: 1 } }]) {
      expect(refusal(() => testClient(as(options))).message).not.toContain('The options are');
    }
  });

  it.each(['a-key-of-mine', null, 5, [{}], true, () => {}])(
    'is detected in other values than plain objects: %j',
    (options) => {
      for (const make of [
        () => new SpydraClient(options as never),
        () => testClient({}).withOptions(options as never),
      ]) {
        const error = refusal(make);
        expect(error).toBeInstanceOf(ConfigurationError);
        expect(error.message).toContain('must be an object');
        expect(error.message).not.toContain('a-key-of-mine');
      }
    },
  );
});

describe('an option that is undefined', () => {
  it('counts as missing, whatever its name', () => {
    expect(() => testClient({ deadline: undefined, cache: undefined, fetch: undefined })).not.toThrow();
  });

  it('keeps the value of the client in withOptions', async () => {
    const fetch = stub();
    const other = testClient({ fetch, projectId: 'one' }).withOptions({ projectId: undefined, fetch: undefined });
    await other.wallets.balance('w1');
    expect(String(fetch.mock.calls[0]?.[0])).toContain('/projects/one/');
  });
});

describe('an invalid option', () => {
  it.each([
    [{ deadline: '5s' }, 'deadline must be a number of milliseconds, or Infinity'],
    [{ logger: null }, 'logger must have the methods debug, info, warn, error'],
    [{ logger: 'console' }, 'logger must have the methods'],
    [{ headers: 'X-A: 1' }, 'headers must be an object of names and texts'],
    [{ headers: new Headers({ 'X-A': '1' }) }, 'headers must be an object of names and texts'],
    [{ headers: { 'X-A': 5 } }, 'headers.X-A must be a string'],
    [{ fetch: 'fetch' }, 'fetch must be a function'],
    [{ dangerouslyAllowBrowser: 'no' }, 'dangerouslyAllowBrowser must be true or false'],
    [{ cache: 0 }, 'cache must be true, false or an object'],
    [{ cache: null }, 'cache must be true, false or an object'],
    [{ cache: { ttl: 5 } }, 'cache.ttl must be an object of lifetimes'],
    [{ cache: { timeout: 0 } }, 'cache.timeout must be above zero'],
  ])('is refused with a message of its own: %j', (options, sentence) => {
    expect(refusal(() => testClient(as(options))).message).toContain(sentence);
  });
});

describe('an unknown option of a call', () => {
  const client = () => testClient({ fetch: stub() });
  const mint = { assetId: 'a', recipientWallet: 'w', amount: 1n };
  const any = (options: object) => options as never;

  it.each([
    ['a read', () => client().wallets.balance('w', {}, any({ dedline: 1 })), 'options.dedline', '`deadline`'],
    ['a list', () => client().assets.list({}, any({ catch: 'reload' })), 'options.catch', '`cache`'],
    [
      'a write',
      () => client().tokens.mint(mint, any({ idempotencykey: 'k' })),
      'options.idempotencykey',
      '`idempotencyKey`',
    ],
    ['a batch', () => client().tokens.mintMany([mint], any({ batchkey: 'k' })), 'options.batchkey', '`batchKey`'],
    ['a batch', () => client().tokens.mintMany([mint], any({ concurency: 2 })), 'options.concurency', '`concurrency`'],
    ['a health check', () => client().health(any({ timout: 5 })), 'options.timout', '`timeout`'],
    [
      'an input',
      () => client().tokens.mint(any({ ...mint, recipientwalet: 'w' })),
      'recipientwalet',
      '`recipientWallet`',
    ],
    [
      'an input within',
      () => client().assets.update('a', { updates: any({ symbl: 'x' }), updaterWallet: 'w' }),
      'updates.symbl',
      '`symbol`',
    ],
  ])('is refused by name with the nearest known one: %s', async (_what, call, field, nearest) => {
    const error = await rejection((async () => call())());
    expect(error).toBeInstanceOf(InvalidInputError);
    expect((error as InvalidInputError).problems).toContainEqual({
      field,
      message: `is not a known field (did you mean ${nearest}?)`,
    });
  });
});

describe('an unknown option of a sandbox', () => {
  it.each([
    [{ idempotancy: 'none' }, 'idempotancy is not an option of a sandbox (did you mean idempotency?).'],
    [{ blocktime: 5 }, 'blocktime is not an option of a sandbox (did you mean blockTime?).'],
    [{ colour: 1 }, 'colour is not an option of a sandbox.'],
    [{ cors: ['https://page.example/'] }, 'without a path or a slash at the end'],
    [{ blockTime: '2000' }, 'blockTime must be from 0'],
    [{ clock: {} }, 'clock must have the methods'],
    [{ random: 0.5 }, 'random must be a function'],
    [{ onWarning: 'log' }, 'onWarning must be a function'],
    [{ dataFile: 5 }, 'dataFile must be the name of a file'],
    [{ apiKey: 12345678 }, 'apiKey must be'],
    [{ projectId: '' }, 'projectId must be a text'],
    [null, 'must be an object'],
    ['ledger.jsonl', 'must be an object'],
  ])('is refused by name: %j', (options, sentence) => {
    const error = refusal(() => createSandbox(options as never));
    expect(error).toBeInstanceOf(RangeError);
    expect(error.message).toContain(sentence);
  });

  it('is refused by name in listen()', async () => {
    await using sandbox = createSandbox({ blockTime: undefined });
    expect(await rejection(sandbox.listen({ prot: 4010 } as never))).toMatchObject({
      name: 'RangeError',
      message: 'prot is not an option of listen() (did you mean port?).',
    });
  });
});
