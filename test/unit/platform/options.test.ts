import { inspect } from 'node:util';
import { ConfigurationError, SpydraClient } from 'spydra-sdk';
import { type PlatformLedgerOptions, platformLedger } from 'spydra-sdk/platform';
import { createSandbox } from 'spydra-sdk/sandbox';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { API_KEY, endOf } from '../../helpers/client.js';
import { onPlatform, PLATFORM } from '../../helpers/platform.js';

afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

/** The URL and the headers of the first request with these options. */
async function firstRequest(options: PlatformLedgerOptions) {
  const fetch = vi.fn<typeof globalThis.fetch>(async () => Response.json({ balances: [] }));
  await using spydra = new SpydraClient({ ledger: platformLedger({ ...options, fetch }) });
  await spydra.wallets.balance('alice');
  const [url, init] = fetch.mock.calls[0] ?? [];
  return { url: String(url), key: new Headers(init?.headers).get('x-api-key'), body: JSON.parse(String(init?.body)) };
}

describe('platformLedger', () => {
  it('calls the app of a membership', async () => {
    const { url, body } = await firstRequest({ membershipId: '63c912fd', appId: 'a 1', apiKey: API_KEY });
    expect(url).toBe('https://63c912fd.spydra.app/fabric/a%201/ledger/query');
    expect(body).toEqual({ functionName: 'Balances', args: ['alice'] });
  });

  it('signs as the identity that is given', async () => {
    const { body } = await firstRequest({ ...PLATFORM, identity: 'desk-1' });
    expect(body).toMatchObject({ identity: 'desk-1' });
  });

  it('reads what is left out from the environment', async () => {
    vi.stubEnv('SPYDRA_PLATFORM_URL', 'https://member.spydra.test/');
    vi.stubEnv('SPYDRA_APP_ID', 'app-1');
    vi.stubEnv('SPYDRA_API_KEY', 'key-of-the-variable');
    const request = await firstRequest({});
    expect([request.url, request.key]).toEqual([
      'https://member.spydra.test/fabric/app-1/ledger/query',
      'key-of-the-variable',
    ]);
    expect((await firstRequest({ membershipId: 'other' })).url).toMatch(/^https:\/\/other\.spydra\.app\/fabric\/app-1/);
  });

  it.each(['SPYDRA_PROJECT_ID', 'SPYDRA_BASE_URL'])('refuses variables that may be of the REST API: %s', (name) => {
    vi.stubEnv('SPYDRA_PLATFORM_URL', 'https://member.spydra.test');
    vi.stubEnv('SPYDRA_APP_ID', 'app-1');
    vi.stubEnv('SPYDRA_API_KEY', 'key-of-the-variable');
    vi.stubEnv(name, 'https://api.spydra.io/v2');
    expect(() => platformLedger()).toThrow(ConfigurationError);
    expect(() => platformLedger()).toThrow(`since ${name} is set too. Unset ${name}, or pass appId and apiKey`);
    expect(() => platformLedger({ appId: 'a', apiKey: API_KEY })).not.toThrow();
  });

  it.each<[PlatformLedgerOptions, string]>([
    [{}, 'appId (SPYDRA_APP_ID) is missing; apiKey (SPYDRA_API_KEY) is missing'],
    [{ appId: 'a', apiKey: API_KEY }, 'baseUrl (SPYDRA_PLATFORM_URL) is missing, and membershipId in place of it'],
    [{ ...PLATFORM, membershipId: 'm' }, 'membershipId must not be given beside `baseUrl`'],
    [{ ...PLATFORM, baseUrl: 'ftp://x' }, 'baseUrl (SPYDRA_PLATFORM_URL) must be an http(s) URL'],
    [{ ...PLATFORM, baseUrl: 'https://m.spydra.app/fabric/a' }, 'must end before /fabric: the app is `appId`'],
    [{ ...PLATFORM, baseUrl: undefined, membershipId: 'a.b' }, 'membershipId must be of letters, digits and hyphens'],
    [{ ...PLATFORM, apiKey: 'short' }, 'apiKey (SPYDRA_API_KEY) must be 8 visible ASCII characters or more'],
    [{ ...PLATFORM, identity: ' ' }, 'identity must not be empty'],
    [{ ...PLATFORM, appID: 'a' } as PlatformLedgerOptions, 'appID is not a known option (did you mean `appId`?)'],
  ])('refuses the options %j', (options, message) => {
    expect(() => platformLedger(options)).toThrow(message);
  });

  it('calls a function for the key again after a 401', async () => {
    const keys = ['an-expired-key', 'sandbox-key'];
    const { spydra } = onPlatform({}, { apiKey: () => keys.shift() ?? '' });
    expect(await spydra.wallets.balance('alice')).toMatchObject({ balances: [] });
  });

  it('names its own variable in advice', async () => {
    const { spydra } = onPlatform({}, { fetch: async () => new Response('<html>', { status: 404 }) });
    const error = await endOf(spydra.wallets.balance('alice'));
    expect(String(error)).toContain('Check the base URL (SPYDRA_PLATFORM_URL): is Spydra there?');
  });
});

it('a client without a project names the platform where its URL is set', () => {
  vi.stubEnv('SPYDRA_PLATFORM_URL', 'https://member.spydra.test');
  expect(() => new SpydraClient()).toThrow('SPYDRA_PLATFORM_URL is set: for that pass `ledger: platformLedger()`');
});

/** Every way in which a value may be logged. */
function everythingOf(value: unknown): string {
  const { message, stack, cause } = Object(value) as Error;
  return [
    inspect(value, { depth: 20, showHidden: true }),
    JSON.stringify(value),
    String(value),
    message,
    stack,
    cause && everythingOf(cause),
  ].join('\n');
}

describe('the API key of the platform', () => {
  const echoes: readonly [string, (key: string) => Response][] = [
    ['401', (key) => Response.json({ message: `bad key ${key}` }, { status: 401 })],
    [
      '500 in a refusal',
      (key) => Response.json({ message: `{"code":"NOT_FOUND","message":"no ${key}"}` }, { status: 500 }),
    ],
    ['500 as text', (key) => new Response(`key ${key}`, { status: 500 })],
    ['200 as an id', (key) => Response.json({ transactionId: key, data: key })],
    ['200 as a result', (key) => Response.json({ contractVersion: key })],
  ];

  it.each(echoes)('is in no error and no log line of a server that responds with it: %s', async (_name, answer) => {
    const sandbox = createSandbox({ apiKey: API_KEY });
    onTestFinished(() => sandbox.close());
    const lines: string[] = [];
    const line = (...args: unknown[]) => void lines.push(args.map(everythingOf).join(' '));
    const logger = { debug: line, info: line, warn: line, error: line };
    const fetch: typeof globalThis.fetch = async (input, init) =>
      String(input).endsWith('query') && answer(API_KEY).status === 200 && String(init?.body).includes('Batch')
        ? sandbox.fetch(input, init)
        : answer(new Headers(init?.headers).get('x-api-key') ?? '');
    const ledger = platformLedger({ ...PLATFORM, apiKey: API_KEY, fetch, logger });
    await using spydra = new SpydraClient({ ledger, logger, retries: 0 });
    const errors = [
      await endOf(spydra.assets.get('a1')),
      await endOf(spydra.tokens.mint({ assetId: 'a1', recipientWallet: 'w', amount: 1n }, { deadline: 500 })),
    ];
    const all = [...errors, spydra, ledger].map(everythingOf).join('\n') + lines.join('\n');
    expect(all).not.toContain(API_KEY);
  });
});
