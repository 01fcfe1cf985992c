import { inspect } from 'node:util';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { type Logger, SpydraClient, type SpydraClientOptions, SpydraError } from 'spydra-sdk';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { API_KEY, rejection, testClient } from '../../helpers/client.js';
import { scaled } from '../../helpers/scale.js';
import { json, scriptedServer } from '../../helpers/scripted-server.js';

const MINT = { assetId: 'a1', recipientWallet: 'w1', amount: 5n };

beforeEach(() => void vi.spyOn(Math, 'random').mockReturnValue(0));
afterEach(() => void vi.restoreAllMocks());

/** Every way in which a value may be logged. */
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

/** Servers and networks that return the key. */
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

  it('is in no error if fetch puts it everywhere', async () => {
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

  it('is in none of the errors of an AggregateError, which the cause keeps', async () => {
    const errors = ['::1', '127.0.0.1'].map((address) =>
      Object.assign(new Error(`connect ${address} with ${API_KEY}`), { code: 'ECONNREFUSED' }),
    );
    const cause = new AggregateError(errors, '');
    const fetch = async () => Promise.reject(new TypeError('fetch failed', { cause }));
    const error = (await rejection(testClient({ fetch, retries: 0 }).assets.get('a1'))) as SpydraError;
    expect(error).toMatchObject({ cause: { cause: { errors: [{ code: 'ECONNREFUSED' }, { code: 'ECONNREFUSED' }] } } });
    expect(everythingOf(error)).not.toContain(API_KEY);
    expect(error.message).toContain('Nothing listens at');
  });

  it('is not in the debug log of a successful call', async () => {
    const { logger, lines } = recordingLogger();
    const fetch = vi.fn<typeof globalThis.fetch>(async () => Response.json({ balances: [] }));
    const client = testClient({ fetch, logger });
    await client.wallets.balance('w1');
    expect(lines.some((line) => line.startsWith('spydra: request'))).toBe(true);
    expect(lines.join('\n')).not.toContain(API_KEY);
    expect(new Headers(fetch.mock.calls[0]?.[1]?.headers).get('x-api-key')).toBe(API_KEY);
  });
});

describe('an API key in another spelling', () => {
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

  it('is hidden completely if it begins with an older key', async () => {
    const apiKey = vi.fn<() => string>().mockReturnValueOnce('rotating-key').mockReturnValue('rotating-key-second');
    const fetch: typeof globalThis.fetch = async (_url, init) =>
      Response.json({ message: new Headers(init?.headers).get('x-api-key') }, { status: 401 });
    const error = await rejection(testClient({ apiKey, fetch }).tokens.mint(MINT));
    expect(everythingOf(error)).not.toContain('second');
  });
});

describe('an API key that a server echoes in another encoding', () => {
  const KEY = `Sk/live+4f_9~(Q"x')*!&<`;
  const hex = (code: number, digits = 2) => code.toString(16).padStart(digits, '0');
  const each = (write: (char: string, code: number) => string) => (text: string) =>
    [...text].map((char) => write(char, char.charCodeAt(0))).join('');
  const json = (text: string) => JSON.stringify(text).slice(1, -1);
  const percent = each((_char, code) => `%${hex(code).toUpperCase()}`);
  const NAMES: Record<string, string> = { '&': 'amp', '<': 'lt', '>': 'gt', '"': 'quot', "'": 'apos', '/': 'sol' };
  const SPELLINGS: Readonly<Record<string, (text: string) => string>> = {
    'JSON in JSON': (text) => json(json(text)),
    'JSON with slashes escaped': (text) => json(text).replaceAll('/', '\\/'),
    'JSON with all characters escaped': each((_char, code) => `\\u${hex(code, 4)}`),
    'JavaScript, by hex': each((_char, code) => `\\x${hex(code)}`),
    'JavaScript, by code point': each((_char, code) => `\\u{${hex(code, 5)}}`),
    'HTML, by name': each((char) => (NAMES[char] ? `&${NAMES[char]};` : char)),
    'HTML, by decimal number': each((_char, code) => `&#${code};`),
    'HTML, by padded number': each((_char, code) => `&#00${code};`),
    'HTML, by hex number': each((_char, code) => `&#x${hex(code)};`),
    'HTML, by upper case': each((_char, code) => `&#X${hex(code).toUpperCase()};`),
    'a URL': encodeURIComponent,
    'a URL, in lower case': (text) => percent(text).toLowerCase(),
    'a URL, in mixed case': each((_char, code) => (code % 2 ? `%${hex(code)}` : `%${hex(code).toUpperCase()}`)),
    'a URL, all characters': percent,
    "a URL, and !'()*~ too": (text) => encodeURIComponent(text).replace(/[!'()*~]/g, (char) => percent(char)),
    'a URL in a URL': (text) => encodeURIComponent(encodeURIComponent(text)),
    'a form': (text) => new URLSearchParams({ key: text }).toString(),
    'the escapes of old browsers': each((_char, code) => `%u${hex(code, 4)}`),
    Base64: (text) => btoa(text),
    'Base64 of a header': (text) => btoa(`X-API-Key: ${text}`),
    'Base64 of a user and a password': (text) => `Basic ${btoa(`ab:${text}`)}`,
    'Base64 after one other byte': (text) => btoa(`a${text}`),
    'Base64 for URLs, behind a prefix': (text) => `id-${btoa(text).replaceAll('+', '-').replaceAll('/', '_')}`,
    'Base64 in lines': (text) => btoa(`key: ${text}`).replace(/(.{12})/g, '$1\r\n'),
    'Base64 of Base64': (text) => btoa(btoa(text)),
    hex: each((_char, code) => hex(code)),
    'hex with colons': each((_char, code) => `${hex(code)}:`),
    'a dump of bytes': each((_char, code) => `0x${hex(code).toUpperCase()}, `),
    'upper case': (text) => text.toUpperCase(),
    'a URL in HTML in JSON': (text) => json(percent(text).replaceAll('%', '&#37;')),
    'Base64 of JSON in a URL': (text) => encodeURIComponent(btoa(JSON.stringify({ key: text }))),
  };

  /** A text of the server as it is in the error. */
  async function messageOf(said: string, apiKey: string): Promise<string> {
    const fetch = async () => new Response(JSON.stringify({ message: said }), { status: 400 });
    const client = new SpydraClient({ ...PLACE, apiKey, fetch });
    return ((await rejection(client.assets.get('a1'))) as Error).message;
  }
  const PLACE = { projectId: 'p', networkId: 'n', appId: 'a', assetSchemaId: 's' };
  const HIDDEN = 'GET https://api.spydra.io/v2/projects/p/networks/n/apps/a/assets/a1 was answered 400: [redacted]';

  it.each(Object.entries(SPELLINGS))('is hidden in %s', async (_name, spell) => {
    expect(await messageOf(`no such key: ${spell(KEY)}, sorry`, KEY)).toContain(HIDDEN);
  });

  it('is hidden in nested encodings', async () => {
    const key = fc.string({
      unit: fc.integer({ min: 0x21, max: 0x7e }).map((c) => String.fromCharCode(c)),
      minLength: 8,
      maxLength: 40,
    });
    const spelling = fc.constantFrom(...Object.entries(SPELLINGS).filter(([name]) => name !== 'upper case'));
    await fc.assert(
      fc.asyncProperty(key, fc.array(spelling, { minLength: 1, maxLength: 3 }), async (apiKey, spellings) => {
        const said = spellings.reduce((text, [, spell]) => spell(text), apiKey);
        expect(await messageOf(`before ${said} after`, apiKey)).toContain('[redacted]');
      }),
      { numRuns: scaled(60) },
    );
  });

  it.each([
    'The asset asset-4711 does not exist; see https://docs.example/errors?code=404&lang=en#top.',
    'Wallet "0x52908400098527886E0F7030069857D2E4169EE7" holds 5 < 10 tokens (100% of them are locked) \\o/',
    'Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U expired',
    'request 3f2504e0-4f89-41d3-9a0c-0305e82c3301 failed: %41, &#66; and \\u0043 are escapes',
    'lorem ipsum '.repeat(30),
  ])('is not falsely detected in %j', async (said) => {
    expect(await messageOf(said, KEY)).toContain(said.slice(0, 300).replace(/[.\s]+$/, ''));
  });
});

describe('a user callback that fails asynchronously', () => {
  it.each<[string, (late: () => Promise<never>) => Partial<SpydraClientOptions>]>([
    ['an apiKey function', (late) => ({ apiKey: late })],
    ['a fetch', (late) => ({ fetch: late })],
    ['a fetch that answers with nothing', () => ({ fetch: (async () => undefined) as never })],
    ['a logger', (late) => ({ logger: { debug: late, info: late, warn: late, error: late } })],
    [
      'a logger of another realm',
      () => {
        const reject = runInNewContext('() => Promise.reject(new Error("late"))');
        return { logger: { debug: reject, info: reject, warn: reject, error: reject } };
      },
    ],
  ])('does not end the process: %s', async (_what, options) => {
    const unhandled: unknown[] = [];
    const note = (reason: unknown) => void unhandled.push(reason);
    process.on('unhandledRejection', note);
    try {
      const late = async () => {
        await new Promise((resolve) => setTimeout(resolve, 30));
        throw new Error('late');
      };
      const fetch = async () => Response.json({ balances: [] });
      const client = testClient({ fetch, retries: 0, ...options(late) });
      await client.wallets.balance('w1', {}, { deadline: 10 }).catch(() => {});
      await client.close();
      await new Promise((resolve) => setTimeout(resolve, 60));
      expect(unhandled).toEqual([]);
    } finally {
      process.off('unhandledRejection', note);
    }
  });
});
