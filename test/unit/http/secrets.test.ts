import { inspect } from 'node:util';
import { type Logger, SpydraError } from 'spydra-sdk';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { API_KEY, rejection, testClient } from '../../helpers/client.js';
import { json, scriptedServer } from '../../helpers/scripted-server.js';

const MINT = { assetId: 'a1', recipientWallet: 'w1', amount: 5n };

beforeEach(() => void vi.spyOn(Math, 'random').mockReturnValue(0));

/** Every way in which a value reaches a log. */
function everythingOf(value: unknown): string {
  const own = typeof value === 'object' && value !== null ? Object.getOwnPropertyDescriptors(value) : {};
  return [
    inspect(value, { depth: 20, showHidden: true, getters: true }),
    JSON.stringify(value),
    String(value),
    inspect(own, { depth: 20 }),
    ...(value instanceof Error ? [value.message, value.stack, everythingOf(value.cause)] : []),
  ].join('\n');
}

function recordingLogger() {
  const lines: string[] = [];
  const line = (fields: object, message: string) => void lines.push(`${message} ${everythingOf(fields)}`);
  const logger: Logger = { debug: line, info: line, warn: line, error: line };
  return { logger, lines };
}

/** Upstreams that do their best to send the key back. */
const FAULTS: readonly [string, Parameters<typeof scriptedServer>[0]][] = [
  ...[400, 401, 403, 404, 409, 418, 429, 500, 503].map((status): [string, Parameters<typeof scriptedServer>[0]] => [
    `${status} that echoes the key`,
    (request, response) =>
      json(response, status, {
        message: `bad key ${request.headers['x-api-key']}`,
        code: `X_${request.headers['x-api-key']}`,
        details: { headers: request.headers },
      }),
  ]),
  ['a body that is only the key', (request, response) => void response.end(String(request.headers['x-api-key']))],
  ['a 2xx of another shape', (request, response) => json(response, 200, { echo: request.headers })],
  ['a reset', (_request, response) => void response.socket?.destroy()],
  ['a stall', () => {}],
];

describe('the API key', () => {
  it.each(FAULTS)('is in no error and no log line: %s', async (_name, script) => {
    const server = await scriptedServer(script);
    const { logger, lines } = recordingLogger();
    const client = testClient({ baseUrl: server.url, timeout: 60, retries: 1, logger });
    const errors = [await rejection(client.assets.get('a1')), await rejection(client.tokens.mint(MINT))];
    for (const error of errors) {
      expect(error).toBeInstanceOf(SpydraError);
      expect(everythingOf(error)).not.toContain(API_KEY);
    }
    expect(lines.length).toBeGreaterThan(0);
    expect(lines.join('\n')).not.toContain(API_KEY);
    expect(everythingOf(client)).not.toContain(API_KEY);
  });

  it('is in no error of a fetch that puts it everywhere', async () => {
    const fetch = vi.fn<typeof globalThis.fetch>(async (_url, init) => {
      const error = new Error(`could not send ${new Headers(init?.headers).get('x-api-key')}`);
      throw Object.assign(new TypeError('fetch failed', { cause: error }), {
        config: { headers: [...new Headers(init?.headers)] },
      });
    });
    const { logger, lines } = recordingLogger();
    const client = testClient({ fetch, retries: 0, logger });
    for (const call of [client.assets.get('a1'), client.tokens.mint(MINT)]) {
      expect(everythingOf(await rejection(call))).not.toContain(API_KEY);
    }
    expect(lines.join('\n')).not.toContain(API_KEY);
  });

  it('is in the debug log of a call that goes well neither', async () => {
    const { logger, lines } = recordingLogger();
    const fetch = vi.fn<typeof globalThis.fetch>(async () => Response.json({ balances: [] }));
    const client = testClient({ fetch, logger });
    await client.wallets.balance('w1');
    expect(lines.some((line) => line.startsWith('spydra: request'))).toBe(true);
    expect(lines.join('\n')).not.toContain(API_KEY);
    expect(new Headers(fetch.mock.calls[0]?.[1]?.headers).get('x-api-key')).toBe(API_KEY);
  });
});

describe('a key that texts write in another way', () => {
  const KEYS = ['abc/def+ghi==', 'a"quoted"key', 'back\\slash-key', 'key&with<html>', 'plain-old-key'];
  const escaped = (text: string) =>
    JSON.stringify(text)
      .replaceAll('/', '\\/')
      .replace(/[+&<>]/g, (char) => `\\u00${char.charCodeAt(0).toString(16).padStart(2, '0')}`);

  it.each(KEYS)('is hidden too: %s', async (apiKey) => {
    const echoes = (key: string) => [
      `{"message":${escaped(`no ${key}`)},"details":{${escaped(key)}:[${escaped(key)}]}}`,
      `{"message":"?key=${encodeURIComponent(key)} ${btoa(key)}"}`,
    ];
    const forms = [apiKey, encodeURIComponent(apiKey), btoa(apiKey), JSON.stringify(apiKey).slice(1, -1)];
    for (const status of [400, 500, 200]) {
      for (const body of echoes(apiKey)) {
        const { logger, lines } = recordingLogger();
        const headers = { 'X-Request-Id': `id-${apiKey}` };
        const client = testClient({
          apiKey,
          logger,
          retries: 0,
          fetch: async () => new Response(body, { status, headers }),
        });
        const error = await rejection(client.tokens.mint(MINT));
        for (const form of forms) {
          expect(everythingOf(error)).not.toContain(form);
          expect(lines.join()).not.toContain(form);
        }
      }
    }
  });

  it('is hidden whole where it begins with an older one', async () => {
    const apiKey = vi.fn<() => string>().mockReturnValueOnce('rotating-key').mockReturnValue('rotating-key-second');
    const fetch: typeof globalThis.fetch = async (_url, init) =>
      Response.json({ message: new Headers(init?.headers).get('x-api-key') }, { status: 401 });
    const error = await rejection(testClient({ apiKey, fetch }).tokens.mint(MINT));
    expect(everythingOf(error)).not.toContain('second');
  });
});

describe('apiKey as a function', () => {
  const answering = (good: string) =>
    vi.fn<typeof globalThis.fetch>(async (_url, init) =>
      new Headers(init?.headers).get('x-api-key') === good
        ? Response.json({ balances: [] })
        : Response.json({ message: 'no' }, { status: 401 }),
    );

  it('is asked once for all calls, and once more after a 401', async () => {
    const apiKey = vi.fn<() => string>().mockReturnValueOnce('old-api-key').mockReturnValue('new-api-key');
    const fetch = answering('new-api-key');
    const client = testClient({ fetch, apiKey });
    await Promise.all(['w1', 'w2', 'w3'].map((wallet) => client.wallets.balance(wallet)));
    await client.wallets.balance('w4');
    expect(apiKey).toHaveBeenCalledTimes(2);
  });

  it('is not asked for ever when the server refuses every key', async () => {
    const apiKey = vi.fn(async () => `api-key-${apiKey.mock.calls.length}`);
    const fetch = answering('none');
    const error = await rejection(testClient({ fetch, apiKey }).wallets.balance('w1'));
    expect(error).toMatchObject({ code: 'UNAUTHORIZED', status: 401 });
    expect(fetch).toHaveBeenCalledTimes(2);
  });

  it('that never answers holds no later call', async () => {
    const apiKey = vi
      .fn<() => Promise<string>>()
      .mockImplementationOnce(() => new Promise(() => {}))
      .mockResolvedValue('new-api-key');
    const client = testClient({ fetch: answering('new-api-key'), apiKey, timeout: 40, retries: 0 });
    expect(await rejection(client.wallets.balance('w1'))).toMatchObject({ code: 'CONFIGURATION' });
    expect(await client.wallets.balance('w1')).toMatchObject({ totalAssets: 0 });
  });

  it('that never answers leaves no timer behind when the client closes', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      const client = testClient({ apiKey: () => new Promise<string>(() => {}) });
      const call = rejection(client.assets.get('a1', { deadline: 10 }));
      await vi.advanceTimersByTimeAsync(10);
      expect(await call).toMatchObject({ code: 'DEADLINE_EXCEEDED' });
      expect(vi.getTimerCount()).toBe(1);
      await client.close();
      expect(vi.getTimerCount()).toBe(0);
    } finally {
      vi.useRealTimers();
    }
  });

  it('that fails is said to have failed, and asked again by the next call', async () => {
    const apiKey = vi
      .fn<() => Promise<string>>()
      .mockRejectedValueOnce(new Error('vault is sealed'))
      .mockResolvedValue('new-api-key');
    const client = testClient({ fetch: answering('new-api-key'), apiKey, retries: 0 });
    expect(await rejection(client.wallets.balance('w1'))).toMatchObject({ code: 'CONFIGURATION', retryable: true });
    await client.wallets.balance('w1');
  });
});
