import { ConfigurationError, SpydraClient, type SpydraClientOptions } from 'spydra-sdk';
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
  it('names all missing options at once, with their variables', () => {
    const { message } = refusal(() => new SpydraClient());
    for (const variable of VARIABLES) expect(message).toContain(`(${variable}) is missing`);
  });

  it('can be configured by the environment only', async () => {
    for (const name of VARIABLES) vi.stubEnv(name, `value-of-${name}`);
    vi.stubEnv('SPYDRA_BASE_URL', 'https://spydra.example/v9/');
    const fetch = stub();
    await using client = new SpydraClient({ fetch });
    await client.wallets.balance('w1');
    expect(fetch.mock.calls[0]?.[0]).toBe(
      'https://spydra.example/v9/projects/value-of-SPYDRA_PROJECT_ID/networks/value-of-SPYDRA_NETWORK_ID/apps/value-of-SPYDRA_APP_ID/balances/w1',
    );
  });

  it('prefers options to the environment', async () => {
    vi.stubEnv('SPYDRA_BASE_URL', 'https://environment.example');
    vi.stubEnv('SPYDRA_RETRIES', '0');
    const fetch = stub().mockRejectedValue(new TypeError('no'));
    await rejection(testClient({ fetch, baseUrl: 'https://option.example', retries: 1 }).wallets.balance('w1'));
    expect(fetch).toHaveBeenCalledTimes(2);
    expect(String(fetch.mock.calls[0]?.[0])).toMatch(/^https:\/\/option\.example\//);
  });

  it('reads numbers from the environment', async () => {
    vi.stubEnv('SPYDRA_RETRIES', '0');
    vi.stubEnv('SPYDRA_TIMEOUT', '25');
    const fetch = vi.fn<typeof globalThis.fetch>(() => new Promise(() => {}));
    expect(await rejection(testClient({ fetch }).wallets.balance('w1'))).toMatchObject({ code: 'TIMEOUT' });
    expect(fetch).toHaveBeenCalledTimes(1);
  });

  it.each([
    [
      { apiKey: 'with space' },
      'apiKey (SPYDRA_API_KEY) must be 8 visible ASCII characters or more without white space',
    ],
    [{ apiKey: 'line\nbreak' }, 'apiKey'],
    [{ apiKey: '' }, 'apiKey (SPYDRA_API_KEY) is missing'],
    [{ apiKey: 'short' }, 'apiKey (SPYDRA_API_KEY) must be 8'],
    [{ timeout: true as unknown as number }, 'timeout'],
    [{ retries: '3' as unknown as number }, 'retries'],
    [{ projectId: '  ' }, 'projectId (SPYDRA_PROJECT_ID) is missing'],
    [{ baseUrl: 'ftp://x' }, 'baseUrl (SPYDRA_BASE_URL)'],
    [{ baseUrl: 'https://user:password@x' }, 'baseUrl'],
    [{ baseUrl: 'https://x/v2?key=1' }, 'baseUrl'],
    [
      { baseUrl: 'api.spydra.io/v2' },
      'baseUrl (SPYDRA_BASE_URL) must be an http(s) URL: begin it with https:// or http',
    ],
    [{ baseUrl: 'localhost:4010/v2' }, 'begin it with https:// or http://'],
    [{ baseUrl: 'https://x/a b' }, 'baseUrl'],
    [{ baseUrl: 'https://x /v2' }, 'baseUrl'],
    [{ baseUrl: 'https://x/v\t2' }, 'baseUrl'],
    [{ baseUrl: 'https://x/v\n2' }, 'baseUrl'],
    [{ baseUrl: 'https://x/v2\u200b' }, 'baseUrl'],
    [{ baseUrl: 'https://x/v2\u0000' }, 'baseUrl'],
    [{ baseUrl: 'https:\\\\x\\v2' }, 'baseUrl'],
    [{ baseUrl: 'https:x/v2' }, 'baseUrl'],
    [{ baseUrl: 'https:///x/v2' }, 'baseUrl'],
    [{ baseUrl: 'https://x/v2?' }, 'baseUrl'],
    [{ baseUrl: 'https://x/v2#' }, 'baseUrl'],
    [{ baseUrl: 'https://@x/v2' }, 'baseUrl'],
    [{ baseUrl: 'http://127.0.0.1:6666' }, 'baseUrl (SPYDRA_BASE_URL) has the port 6666, which fetch refuses'],
    [{ baseUrl: 'https://x:10080/v2' }, 'the port 10080'],
    [{ baseUrl: 'http://x:0' }, 'the port 0'],
    [{ timeout: 300_001 }, 'timeout (SPYDRA_TIMEOUT) must be 300,000 or less: fetch itself waits no longer'],
    [{ timeout: 2 ** 31, fetch: globalThis.fetch }, 'timeout (SPYDRA_TIMEOUT) must be below 2^31'],
    [{ uncertaintyWindow: 2 ** 31 }, 'uncertaintyWindow'],
    [{ retries: 1_001 }, 'retries (SPYDRA_RETRIES) must be 1,000 or less'],
    [{ retries: Number.POSITIVE_INFINITY }, 'retries'],
    [{ headers: { 'X-A': 'bell\u0007' } }, 'headers.X-A must be a valid HTTP header'],
    [{ headers: { 'X-A': 'Ω' } }, 'headers.X-A must be a valid HTTP header'],
    [{ timeout: 0 }, 'timeout (SPYDRA_TIMEOUT)'],
    [{ timeout: Number.NaN }, 'timeout'],
    [{ timeout: Number.POSITIVE_INFINITY }, 'timeout'],
    [{ deadline: -1 }, 'deadline'],
    [{ retries: -1 }, 'retries (SPYDRA_RETRIES)'],
    [{ retries: 1.5 }, 'retries'],
    [{ headers: { 'bad header': 'x' } }, 'headers'],
    [{ logger: {} as Console }, 'logger'],
    [{ projectId: '../other' }, 'projectId'],
    [{ projectId: 'a\u200bb' }, 'projectId (SPYDRA_PROJECT_ID) must not contain the invisible character U+200B'],
    [{ assetSchemaId: 'Jose\u0301' }, 'assetSchemaId (SPYDRA_ASSET_SCHEMA_ID) must be in Unicode normalization form C'],
    [{ appId: 'x'.repeat(257) }, 'appId (SPYDRA_APP_ID) must have 256'],
    [{ networkId: 5 as unknown as string }, 'networkId (SPYDRA_NETWORK_ID) must be a string'],
    [{ deadline: '1 s' as unknown as number }, 'deadline must be a number of milliseconds'],
    [{ deadline: Number.NaN }, 'deadline must be a number of milliseconds'],
    [{ deadline: Number.NEGATIVE_INFINITY }, 'deadline must be above zero'],
    [{ headers: 5 as unknown as Record<string, string> }, 'headers must be an object'],
    [{ baseUrl: 5 as unknown as string }, 'baseUrl (SPYDRA_BASE_URL) must be a string'],
  ])('refuses %j by name', (options, named) => {
    expect(refusal(() => testClient(options)).message).toContain(named);
  });

  it.each([' ', '\n', '\t', '\r\n', '\u00a0', '/ ', '//'])('accepts a base URL that ends with %j', async (end) => {
    const fetch = stub();
    await testClient({ fetch, baseUrl: ` https://spydra.example/v2${end}` }).wallets.balance('w1');
    expect(String(fetch.mock.calls[0]?.[0])).toMatch(/^https:\/\/spydra\.example\/v2\/projects\//);
  });

  it('interprets its base URL as fetch does', async () => {
    const fetch = stub();
    await testClient({ fetch, baseUrl: 'HTTPS://SPYDRA.example:443/a/../v2' }).wallets.balance('w1');
    const url = String(fetch.mock.calls[0]?.[0]);
    expect(url).toBe(new URL(url).href);
    expect(url).toMatch(/^https:\/\/spydra\.example\/v2\/projects\//);
  });

  it('accepts a longer timeout with a custom fetch, for itself and for a call', async () => {
    const client = testClient({ fetch: stub(), timeout: 600_000 });
    await client.wallets.balance('w1', {}, { timeout: 900_000 });
    const own = testClient({});
    const call = own.wallets.balance('w1', {}, { timeout: 300_001 });
    expect(await rejection(call)).toMatchObject({
      name: 'InvalidInputError',
      problems: [{ field: 'options.timeout', message: expect.stringContaining('300,000') }],
    });
  });

  it.each([
    ['Connection', 'close'],
    ['content-length', '3'],
    ['Expect', '100-continue'],
    ['HOST', 'other.example'],
    ['Keep-Alive', 'timeout=5'],
    ['Proxy-Authorization', 'Basic x'],
    ['Proxy-Connection', 'close'],
    ['TE', 'trailers'],
    ['Trailer', 'X-A'],
    ['Transfer-Encoding', 'chunked'],
    ['Upgrade', 'h2c'],
  ])('refuses the header %s by name, also in a call, and sends nothing', async (name, value) => {
    expect(refusal(() => testClient({ headers: { [name]: value } })).message).toContain(`headers.${name} is reserved`);
    const fetch = stub();
    const call = testClient({ fetch }).tokens.mint(
      { assetId: 'a1', recipientWallet: 'w1', amount: 1 },
      { headers: { [name]: value } },
    );
    expect(await rejection(call)).toMatchObject({
      name: 'InvalidInputError',
      outcome: 'not-applied',
      problems: [{ field: `options.headers.${name}` }],
    });
    expect(fetch).not.toHaveBeenCalled();
  });

  it('accepts a key with a trailing newline, as read from a file', async () => {
    const fetch = stub();
    await testClient({ fetch, apiKey: 'from-a-file\n' }).wallets.balance('w1');
    expect(new Headers(fetch.mock.calls[0]?.[1]?.headers).get('x-api-key')).toBe('from-a-file');
  });

  it('reads globalThis.fetch at each call', async () => {
    const client = testClient({});
    const fetch = stub();
    vi.stubGlobal('fetch', fetch);
    await client.wallets.balance('w1');
    vi.unstubAllGlobals();
    expect(fetch).toHaveBeenCalledTimes(1);
  });

  it('refuses to start in a browser unless dangerouslyAllowBrowser is set', () => {
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

  it('can be derived with other options', async () => {
    const fetch = stub();
    const other = testClient({ fetch, projectId: 'one', headers: { 'X-A': '1' } }).withOptions({ projectId: 'two' });
    await other.wallets.balance('w1');
    expect(String(fetch.mock.calls[0]?.[0])).toContain('/projects/two/');
    expect(new Headers(fetch.mock.calls[0]?.[1]?.headers).get('x-a')).toBe('1');
  });

  it('sends the headers of client and call, overridden by its own', async () => {
    const fetch = stub();
    const client = testClient({ fetch, headers: { 'X-A': 'client', 'X-B': 'client' } });
    await client.wallets.balance('w1', {}, { headers: { 'X-B': 'call', 'X-Request-Id': 'mine' } });
    const sent = new Headers(fetch.mock.calls[0]?.[1]?.headers);
    expect([sent.get('x-a'), sent.get('x-b'), sent.get('x-request-id')]).toEqual(['client', 'call', 'mine']);
    expect(sent.get('x-api-key')).toBe('key-that-nobody-may-see');
  });

  it('logs to the console only if SPYDRA_DEBUG is set', async () => {
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
  ])('does not fail a call if its logger fails %s', async (_when, broken) => {
    const logger = { debug: broken, info: broken, warn: broken, error: broken };
    expect(await testClient({ fetch: stub(), logger }).wallets.balance('w1')).toMatchObject({ totalAssets: 0 });
  });
});

it.each([['key-12345678'], [5], [null], [[]], [() => {}]])(
  'options that are not an object are refused: %j',
  (options) => {
    for (const make of [() => new SpydraClient(options as never), () => testClient({}).withOptions(options as never)]) {
      expect(refusal(make).message).toContain('must be an object, such as { apiKey');
    }
  },
);

describe('health', () => {
  it('returns whether Spydra is available, and never throws', async () => {
    const good = testClient({ fetch: async () => Response.json({ assets: [], total: 0 }) });
    expect(await good.health()).toEqual({ healthy: true, message: 'Spydra responds.' });
  });

  const page = async () => new Response('<html>', { headers: { 'Content-Type': 'text/html' } });
  const answering = (status: number) => async () => Response.json({ message: 'said by the server' }, { status });
  const unreachable = async () => Promise.reject(new TypeError('fetch failed'));
  it.each<[name: string, options: SpydraClientOptions, message: RegExp]>([
    ['the key is refused', { fetch: answering(401) }, /^Spydra responds, but refuses the API key .*SPYDRA_API_KEY/],
    ['the key may not read', { fetch: answering(403) }, /^Spydra responds, but the API key may not read/],
    ['there is no such app', { fetch: answering(404) }, /^The server responds, .*base URL, project, network and app/],
    ['a pause is asked for', { fetch: answering(429) }, /^Spydra responds, but asks for a pause/],
    ['the server fails', { fetch: answering(500) }, /^Spydra responds with a failure/],
    ['it is another service', { fetch: page }, /^The server responds, but not as Spydra does .*base URL/],
    ['nothing answers', { fetch: unreachable }, /^Spydra cannot be reached \(ConnectionError\)/],
    ['the source of the key fails', { apiKey: () => '' }, /^Spydra was not asked: there is no API key/],
  ])('states the problem, without text from the server: %s', async (_name, options, message) => {
    const health = await testClient({ retries: 0, ...options }).health();
    expect(health).toEqual({ healthy: false, message: expect.stringMatching(message) });
    expect(health.message).not.toMatch(/said by the server|https?:/);
  });

  it('reports that the client is closed', async () => {
    const client = testClient({});
    await client.close();
    expect(await client.health()).toMatchObject({ healthy: false, message: expect.stringContaining('closed') });
  });
});
