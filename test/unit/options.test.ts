import { ConfigurationError, SpydraClient } from 'spydra-sdk';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { rejection, testClient } from '../helpers/client.js';

const VARIABLES = ['API_KEY', 'PROJECT_ID', 'NETWORK_ID', 'APP_ID', 'ASSET_SCHEMA_ID'].map((name) => `SPYDRA_${name}`);

beforeEach(() => {
  for (const name of [...VARIABLES, 'SPYDRA_BASE_URL', 'SPYDRA_TIMEOUT', 'SPYDRA_RETRIES', 'SPYDRA_DEBUG']) {
    vi.stubEnv(name, undefined);
  }
});
afterEach(() => void vi.unstubAllEnvs());

const refusal = (make: () => unknown): ConfigurationError => {
  try {
    make();
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigurationError);
    return error as ConfigurationError;
  }
  throw new Error('the client started');
};

const stub = () => vi.fn<typeof globalThis.fetch>(async () => Response.json({ balances: [] }));

describe('a client', () => {
  it('names all that is missing at once, with its variable', () => {
    const { message } = refusal(() => new SpydraClient());
    for (const variable of VARIABLES) expect(message).toContain(`(${variable}) is missing`);
  });

  it('starts from the environment alone', async () => {
    for (const name of VARIABLES) vi.stubEnv(name, `value-of-${name}`);
    vi.stubEnv('SPYDRA_BASE_URL', 'https://spydra.example/v9/');
    const fetch = stub();
    await using client = new SpydraClient({ fetch });
    await client.wallets.balance('w1');
    expect(fetch.mock.calls[0]?.[0]).toBe(
      'https://spydra.example/v9/projects/value-of-SPYDRA_PROJECT_ID/networks/value-of-SPYDRA_NETWORK_ID/apps/value-of-SPYDRA_APP_ID/balances/w1',
    );
  });

  it('puts options above the environment', async () => {
    vi.stubEnv('SPYDRA_BASE_URL', 'https://environment.example');
    vi.stubEnv('SPYDRA_RETRIES', '0');
    const fetch = stub().mockRejectedValue(new TypeError('no'));
    await rejection(testClient({ fetch, baseUrl: 'https://option.example', retries: 1 }).wallets.balance('w1'));
    expect(fetch).toHaveBeenCalledTimes(2);
    expect(String(fetch.mock.calls[0]?.[0])).toMatch(/^https:\/\/option\.example\//);
  });

  it('takes its numbers from the environment', async () => {
    vi.stubEnv('SPYDRA_RETRIES', '0');
    vi.stubEnv('SPYDRA_TIMEOUT', '25');
    const fetch = vi.fn<typeof globalThis.fetch>(() => new Promise(() => {}));
    expect(await rejection(testClient({ fetch }).wallets.balance('w1'))).toMatchObject({ code: 'TIMEOUT' });
    expect(fetch).toHaveBeenCalledTimes(1);
  });

  it.each([
    [{ apiKey: 'with space' }, 'apiKey (SPYDRA_API_KEY)'],
    [{ apiKey: 'line\nbreak' }, 'apiKey'],
    [{ apiKey: '' }, 'apiKey (SPYDRA_API_KEY) is missing'],
    [{ apiKey: 'short' }, 'apiKey (SPYDRA_API_KEY) must be 8'],
    [{ timeout: true as unknown as number }, 'timeout'],
    [{ retries: '3' as unknown as number }, 'retries'],
    [{ projectId: '  ' }, 'projectId (SPYDRA_PROJECT_ID) is missing'],
    [{ baseUrl: 'ftp://x' }, 'baseUrl (SPYDRA_BASE_URL)'],
    [{ baseUrl: 'https://user:password@x' }, 'baseUrl'],
    [{ baseUrl: 'https://x/v2?key=1' }, 'baseUrl'],
    [{ baseUrl: 'nonsense' }, 'baseUrl'],
    [{ timeout: 0 }, 'timeout (SPYDRA_TIMEOUT)'],
    [{ timeout: Number.NaN }, 'timeout'],
    [{ timeout: Number.POSITIVE_INFINITY }, 'timeout'],
    [{ deadline: -1 }, 'deadline'],
    [{ retries: -1 }, 'retries (SPYDRA_RETRIES)'],
    [{ retries: 1.5 }, 'retries'],
    [{ headers: { 'bad header': 'x' } }, 'headers'],
    [{ logger: {} as Console }, 'logger'],
    [{ projectId: '../other' }, 'projectId'],
  ])('refuses %j by name', (options, named) => {
    expect(refusal(() => testClient(options)).message).toContain(named);
  });

  it('takes a key as a file gives it, with a newline at its end', async () => {
    const fetch = stub();
    await testClient({ fetch, apiKey: 'from-a-file\n' }).wallets.balance('w1');
    expect(new Headers(fetch.mock.calls[0]?.[1]?.headers).get('x-api-key')).toBe('from-a-file');
  });

  it('reads globalThis.fetch when it calls, not when it is made', async () => {
    const client = testClient({});
    const fetch = stub();
    vi.stubGlobal('fetch', fetch);
    await client.wallets.balance('w1');
    vi.unstubAllGlobals();
    expect(fetch).toHaveBeenCalledTimes(1);
  });

  it('does not start in a browser unless told to', () => {
    vi.stubGlobal('window', {});
    vi.stubGlobal('document', {});
    vi.stubGlobal('process', undefined);
    try {
      expect(refusal(() => testClient({})).message).toContain('browser');
      expect(() => testClient({ dangerouslyAllowBrowser: true })).not.toThrow();
    } finally {
      vi.unstubAllGlobals();
    }
  });

  it('can be had again with other options', async () => {
    const fetch = stub();
    const other = testClient({ fetch, projectId: 'one', headers: { 'X-A': '1' } }).withOptions({ projectId: 'two' });
    await other.wallets.balance('w1');
    expect(String(fetch.mock.calls[0]?.[0])).toContain('/projects/two/');
    expect(new Headers(fetch.mock.calls[0]?.[1]?.headers).get('x-a')).toBe('1');
  });

  it('sends the headers of client and call, and its own above both', async () => {
    const fetch = stub();
    const client = testClient({ fetch, headers: { 'X-A': 'client', 'X-B': 'client', 'X-API-Key': 'forged' } });
    await client.wallets.balance('w1', {}, { headers: { 'X-B': 'call', 'X-Request-Id': 'mine' } });
    const sent = new Headers(fetch.mock.calls[0]?.[1]?.headers);
    expect([sent.get('x-a'), sent.get('x-b'), sent.get('x-request-id')]).toEqual(['client', 'call', 'mine']);
    expect(sent.get('x-api-key')).toBe('key-that-nobody-may-see');
  });

  it('writes to the console where SPYDRA_DEBUG is set, and nothing otherwise', async () => {
    const debug = vi.spyOn(console, 'debug').mockImplementation(() => {});
    await testClient({ fetch: stub() }).wallets.balance('w1');
    expect(debug).not.toHaveBeenCalled();
    vi.stubEnv('SPYDRA_DEBUG', '1');
    await testClient({ fetch: stub() }).wallets.balance('w1');
    expect(debug).toHaveBeenCalled();
  });

  it.each([
    [
      'at once',
      () => {
        throw new Error('disk full');
      },
    ],
    ['later', async () => Promise.reject(new Error('disk full'))],
  ])('does not fail a call because its logger fails %s', async (_when, broken) => {
    const logger = { debug: broken, info: broken, warn: broken, error: broken };
    expect(await testClient({ fetch: stub(), logger }).wallets.balance('w1')).toMatchObject({ totalAssets: 0 });
  });
});

describe('health', () => {
  it('tells whether Spydra answers, and never throws', async () => {
    const good = testClient({ fetch: async () => Response.json({ assets: [], total: 0 }) });
    expect(await good.health()).toEqual({ healthy: true, message: 'Spydra answers.' });
    const bad = testClient({ fetch: async () => Response.json({}, { status: 401 }) });
    expect(await bad.health()).toEqual({ healthy: false, message: 'Spydra does not answer (AuthenticationError).' });
  });
});
