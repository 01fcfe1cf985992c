import { ConfigurationError, SpydraClient } from 'spydra-sdk';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

const ALL = {
  apiKey: 'a-key-of-the-caller',
  projectId: 'p',
  networkId: 'n',
  appId: 'a',
  assetSchemaId: 's',
  baseUrl: 'https://spydra.example/v2',
  timeout: 1_000,
  retries: 0,
  logger: console,
};
const IDS = {
  SPYDRA_API_KEY: 'key-of-the-variable',
  SPYDRA_PROJECT_ID: 'p',
  SPYDRA_NETWORK_ID: 'n',
  SPYDRA_APP_ID: 'a',
  SPYDRA_ASSET_SCHEMA_ID: 's',
};
const stub = () => vi.fn<typeof globalThis.fetch>(async () => Response.json({ balances: [] }));

/** Replaces the environment of the process; returns the names that are read from it. */
function environment(read: (name: string) => string | undefined): string[] {
  const asked: string[] = [];
  const env = new Proxy(
    {},
    {
      get(_, name) {
        // Node itself reads others, for a warning or a colour.
        if (String(name).startsWith('SPYDRA_')) asked.push(String(name));
        return String(name).startsWith('SPYDRA_') ? read(String(name)) : undefined;
      },
    },
  );
  vi.stubGlobal('process', Object.create(process, { env: { value: env } }));
  return asked;
}
const forbidden = () => {
  throw new Error('Requires env access, run again with the --allow-env flag');
};

beforeEach(() => {
  for (const level of ['debug', 'info', 'warn', 'error'] as const) vi.spyOn(console, level).mockReturnValue();
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

describe('an environment variable', () => {
  it('is not read if all options are given', async () => {
    const asked = environment(forbidden);
    await using spydra = new SpydraClient({ ...ALL, fetch: stub() });
    await using other = spydra.withOptions({ deadline: 5_000 });
    await Promise.all([spydra.wallets.balance('w'), other.wallets.balance('w')]);
    expect(asked).toEqual([]);
  });

  it.each(Object.keys(ALL))('is read only if its option is missing: %s', (option) => {
    const asked = environment((name) => ({ ...IDS })[name as keyof typeof IDS]);
    const { [option as keyof typeof ALL]: _, ...others } = ALL;
    for (const given of [others, { ...others, [option]: undefined }]) {
      asked.length = 0;
      new SpydraClient(given);
      expect(asked).toEqual([
        option === 'logger' ? 'SPYDRA_DEBUG' : `SPYDRA_${option.replace(/[A-Z]/g, '_$&').toUpperCase()}`,
      ]);
    }
  });

  it('counts as unset if it must not be read, as in Deno without --allow-env', async () => {
    environment(forbidden);
    const fetch = stub();
    const { apiKey, projectId, networkId, appId, assetSchemaId } = ALL;
    await using spydra = new SpydraClient({ apiKey, projectId, networkId, appId, assetSchemaId, fetch });
    await spydra.wallets.balance('w');
    expect(String(fetch.mock.calls[0]?.[0])).toMatch(/^https:\/\/api\.spydra\.io\/v2\//);
    expect(() => new SpydraClient()).toThrow(ConfigurationError);
    expect(() => new SpydraClient()).toThrow('apiKey (SPYDRA_API_KEY) is missing');
  });

  it('counts as unset if there is no readable environment', () => {
    vi.stubGlobal('process', Object.create(process, { env: { get: forbidden } }));
    expect(() => new SpydraClient({ ...ALL, logger: undefined, timeout: undefined })).not.toThrow();
    vi.stubGlobal('process', undefined);
    expect(() => new SpydraClient({ ...ALL, logger: undefined, timeout: undefined })).not.toThrow();
  });

  it.each(['', ' ', '\n'])('counts as unset if it is empty: %j', async (text) => {
    environment((name) => ({ ...IDS })[name as keyof typeof IDS] ?? text);
    const fetch = stub();
    await using spydra = new SpydraClient({ fetch });
    await spydra.wallets.balance('w');
    expect(String(fetch.mock.calls[0]?.[0])).toMatch(/^https:\/\/api\.spydra\.io\/v2\//);
    environment(() => text);
    expect(() => new SpydraClient()).toThrow('projectId (SPYDRA_PROJECT_ID) is missing');
  });

  it('is refused by name if it is not a number', () => {
    environment((name) => (name === 'SPYDRA_TIMEOUT' ? '5s' : undefined));
    expect(() => new SpydraClient({ ...ALL, timeout: undefined })).toThrow('timeout (SPYDRA_TIMEOUT) must be');
  });
});
