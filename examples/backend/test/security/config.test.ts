import { tmpdir } from 'node:os';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { guardsOf } from '../../access/guards.js';
import { readConfig, VARIABLES } from '../../config.js';
import { openLedger } from '../../ledger.js';
import { misspelled } from '../../misspelled.js';

const KEY = { AUTH_API_KEY: 'admin-key-of-this-server' };

describe('a number in the configuration', () => {
  const NUMBERS: Readonly<Record<string, { readonly least: string; readonly most: string; readonly above: string }>> = {
    PORT: { least: '0', most: '65535', above: '65536' },
    RATE_LIMIT_PER_ADDRESS: { least: '1', most: '1000000000', above: '1000000001' },
    RATE_LIMIT_PER_KEY: { least: '1', most: '1000000000', above: '1000000001' },
    REQUEST_TIMEOUT: { least: '1', most: '2147483647', above: '2147483648' },
    UNCERTAINTY_WINDOW: { least: '1', most: '2147483647', above: '2147483648' },
    TRUST_PROXY: { least: '0', most: '100', above: '101' },
  };

  it.each(Object.entries(NUMBERS))('is accepted within its bounds: %s', (name, { least, most }) => {
    for (const value of [least, most]) expect(() => readConfig({ ...KEY, [name]: value })).not.toThrow();
  });

  it.each(Object.entries(NUMBERS))(
    'is refused by name if it is out of bounds or not a number: %s',
    (name, { above }) => {
      for (const value of [above, '-1', '1.5', '1e3', '0x10', 'Infinity', 'NaN', 'many', '9'.repeat(400)]) {
        expect(() => readConfig({ ...KEY, [name]: value })).toThrow(`The server cannot start: ${name} must be`);
      }
    },
  );

  it('is refused by name if it is 0 and must be positive', () => {
    for (const name of ['RATE_LIMIT_PER_ADDRESS', 'RATE_LIMIT_PER_KEY', 'REQUEST_TIMEOUT', 'UNCERTAINTY_WINDOW']) {
      expect(() => readConfig({ ...KEY, [name]: '0' })).toThrow(name);
    }
  });
});

describe('an invalid variable is refused by name:', () => {
  it.each([
    ['REDIS_URL', 'redis://localhost:99999'],
    ['REDIS_URL', 'redis://localhost/abc'],
    ['REDIS_URL', 'http://localhost'],
    ['REDIS_URL', 'localhost:6379'],
    ['REDIS_URL', 'redis://'],
    ['REDIS_URL', 'redis:///3'],
    ['REDIS_URL', 'redis://localhost:0'],
    ['REDIS_URL', 'redis://localhost/1.5'],
    ['REDIS_URL', 'redis://localhost/99999999999'],
    ['REDIS_URL', 'redis://localhost?db=abc'],
    ['REDIS_URL', 'redis://localhost?family=x'],
    ['REDIS_URL', 'redis://localhost/1#fragment'],
    ['REDIS_URL', 'redis://user:%ZZ@localhost'],
    ['REDIS_URL', 'redis://%E4:that-is-secret@localhost'],
    ['REDIS_URL', 'redis://localhost http://localhost'],
    ['TRUST_PROXY', 'true'],
    ['TRUST_PROXY', '10.0.0.1 proxy.example'],
    ['TRUST_PROXY', '10.0.0'],
    ['TRUST_PROXY', '1 2'],
    ['TRUST_PROXY', '10.0.0.0/33'],
    ['TRUST_PROXY', '10.0.0.0/0'],
    ['TRUST_PROXY', '2001:db8::/129'],
    ['TRUST_PROXY', 'loopback/8'],
    ['CORS_ORIGINS', 'https://portal.example/'],
    ['CORS_ORIGINS', 'https://portal.example/path'],
    ['CORS_ORIGINS', 'https://Portal.example'],
    ['CORS_ORIGINS', 'https://portal.example:443'],
    ['CORS_ORIGINS', 'https://user:that-is-secret@portal.example'],
    ['CORS_ORIGINS', 'null'],
    ['CORS_ORIGINS', '*'],
    ['CORS_ORIGIN', '*'],
    ['CORS_ORIGINS', 'portal.example'],
    ['CORS_ORIGINS', 'https://*.example'],
    ['SELLER_WALLETS', 'treasury a/b'],
    ['SELLER_WALLETS', '..'],
    ['LOG_LEVEL', 'verbose'],
    ['LOG_LEVEL', 'Info'],
    ['RATE_LIMIT_WITHOUT_REDIS', 'OPEN'],
    ['WRITES_WITHOUT_REDIS', 'maybe'],
  ])('%s=%s', (name, value) => {
    const refused = () => readConfig({ ...KEY, [name]: value });
    expect(refused).toThrow(new RegExp(`^The server cannot start: ${name} must be [^;]*\\.$`));
    expect(refused).not.toThrow('that-is-secret');
  });

  it.each(['ftp://issuer.example', 'issuer.example', 'https://', 'https://user:secret-of-it@issuer.example/keys'])(
    'JWT_JWKS_URL=%s',
    (JWT_JWKS_URL) => {
      const refused = () => readConfig({ ...KEY, JWT_JWKS_URL, JWT_ISSUER: 'i', JWT_AUDIENCE: 'a' });
      expect(refused).toThrow('The server cannot start: JWT_JWKS_URL must be an http(s) URL without credentials.');
    },
  );

  it('REDIS_URL with a database and several nodes', () => {
    const REDIS_URL = 'redis://one.example redis://two.example/2';
    expect(() => readConfig({ ...KEY, REDIS_URL })).toThrow('REDIS_URL must name no database');
  });

  it.each([
    'schlüssel-der-lang-genug-ist',
    'ключ-ключ-ключ-ключ',
    'a-key-with-a-bell\u0007',
    'x'.repeat(1_001),
    'short',
  ])('AUTH_API_KEY with a key that is too short or has invalid characters: %j', (key) => {
    const refused = () => readConfig({ AUTH_API_KEY: `admin-key-of-this-server,${key}` });
    expect(refused).toThrow('The server cannot start: AUTH_API_KEY needs keys of 16 characters or more');
    expect(refused).not.toThrow(key);
  });

  it.each(['AUTH_API_KEY', 'SPYDRA_API_KEY', 'JWT_SECRET', 'REDIS_URL'])('%s_FILE that cannot be read', (secret) => {
    const name = `${secret}_FILE`;
    const own = secret === 'AUTH_API_KEY' ? {} : KEY;
    for (const [path, code] of Object.entries({ '/no/such/file': 'ENOENT', [tmpdir()]: 'EISDIR' })) {
      expect(() => readConfig({ ...own, [name]: path })).toThrow(`The file that ${name} names cannot be read (${code}`);
    }
    expect(() => readConfig({ ...own, [name]: '/dev/null' })).toThrow(`The file that ${name} names is empty`);
  });

  it('JWT_JWKS_URL without TLS, in production', () => {
    const environment = { ...KEY, JWT_JWKS_URL: 'http://issuer.example/keys', JWT_ISSUER: 'i', JWT_AUDIENCE: 'a' };
    expect(() => readConfig(environment)).not.toThrow();
    expect(() => readConfig({ ...environment, NODE_ENV: 'production' })).toThrow('JWT_JWKS_URL must be https:');
  });

  it.each(['short', 'schlüssel-von-spydra', 'two words-of-a-key'])('SPYDRA_API_KEY=%s', async (key) => {
    vi.stubEnv('SPYDRA_API_KEY', key);
    onTestFinished(() => void vi.unstubAllEnvs());
    const opened = () => openLedger({ redisUrls: [], uncertaintyWindow: 1 }, console);
    await expect(opened()).rejects.toThrow('SPYDRA_API_KEY must be 8 visible ASCII characters or more');
  });

  it('CORS_ORIGIN that names other origins than CORS_ORIGINS', () => {
    const environment = { ...KEY, CORS_ORIGINS: 'https://a.example', CORS_ORIGIN: 'https://b.example' };
    expect(() => readConfig(environment)).toThrow('CORS_ORIGIN differs from CORS_ORIGINS');
  });

  it('but a valid one is accepted', () => {
    const environment = {
      REDIS_URL: 'redis://:secret%21@localhost:6379,rediss://other.example/0',
      TRUST_PROXY: 'loopback 10.0.0.0/8 2001:db8::/32 2001:db8::1 192.0.2.0/255.255.255.0',
      CORS_ORIGINS: 'https://portal.example http://localhost:3000',
    };
    expect(() => readConfig({ ...KEY, ...environment })).not.toThrow();
    for (const REDIS_URL of [
      'redis://localhost/3',
      'redis://localhost?family=6',
      'rediss://user:a%40b@[::1]:6380/15',
    ]) {
      expect(() => readConfig({ ...KEY, REDIS_URL })).not.toThrow();
    }
  });
});

describe('an unknown variable with a name like a known one', () => {
  const sentences = (environment: Record<string, string>) => misspelled(environment, VARIABLES);

  it.each([
    ['RATE_LIMIT_PER_ADRESS', 'RATE_LIMIT_PER_ADDRESS'],
    ['UNCERTAINTY_WINDOWS', 'UNCERTAINTY_WINDOW'],
    ['SPYDRA_TIMEOT', 'SPYDRA_TIMEOUT'],
    ['SPYDRA_APIKEY', 'SPYDRA_API_KEY'],
    ['AUTH_API_KEY_FIL', 'AUTH_API_KEY_FILE'],
    ['JWT_JWKS_URL_FILE', 'JWT_JWKS_URL'],
    ['REDIS_URI', 'REDIS_URL'],
  ])('is reported with the known name and without its value: %s', (name, meant) => {
    expect(sentences({ [name]: 'a-value' })).toEqual([`The variable ${name} is not read: did you mean ${meant}?`]);
  });

  it('is not reported if it is known, empty, or of another program', () => {
    const read = Object.fromEntries(VARIABLES.map((name) => [name, 'x']));
    const others = {
      HOSTS: 'x',
      POST: 'x',
      REDIS_SERVICE_HOST: 'x',
      REDIS_PORT_6379_TCP: 'x',
      SPYDRA_PORT: 'x',
      NODE_ENVS: '',
    };
    expect(sentences({ ...read, ...others, SPYDRA_DEBUG: '1', NODE_OPTIONS: 'x' })).toEqual([]);
  });
});

it('an admin key that no header can hold is refused', () => {
  for (const adminApiKey of ['schlüssel', ['right-key', 'two words']]) {
    expect(() => guardsOf({ adminApiKey })).toThrow('adminApiKey must be visible ASCII characters');
  }
});

const [PORTAL, PAGE] = ['https://portal.example', 'http://localhost:3000'];
it.each([
  [{ CORS_ORIGIN: PAGE }, [PAGE]],
  [{ CORS_ORIGIN: PAGE, CORS_ORIGINS: ' ' }, [PAGE]],
  [{ CORS_ORIGINS: PAGE, CORS_ORIGIN: '' }, [PAGE]],
  [{ CORS_ORIGINS: `${PORTAL},${PAGE}`, CORS_ORIGIN: `${PAGE} ${PORTAL}` }, [PORTAL, PAGE]],
  [{}, []],
])('CORS_ORIGIN is another name for CORS_ORIGINS: %j', (environment, origins) => {
  expect(readConfig({ ...KEY, ...environment }).corsOrigins).toEqual(origins);
});
