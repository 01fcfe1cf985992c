import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it, onTestFinished } from 'vitest';
import { bareEnvironment, program } from '../../../../test/helpers/program.js';
import { closedUrl } from '../../../../test/helpers/scripted-server.js';
import { readConfig } from '../../config.js';
import { openLog } from '../../watching/log.js';

const ROOT = new URL('../../../..', import.meta.url).pathname;
const TOKEN = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbGljZSJ9.c2lnbmF0dXJlLW9mLWFsaWNl';

const SECRETS = {
  AUTH_API_KEY: 'first-admin-key-nobody-may-see, second-admin-key"that\\has-odd-signs',
  SPYDRA_API_KEY: 'upstream-key-that-nobody-may-see',
  JWT_SECRET: 'signing-secret-that-nobody-may-ever-see-anywhere',
  REDIS_URL: 'redis://:pass%2Fword-of-redis@127.0.0.1:1/0',
};
const JWT = { JWT_ISSUER: 'i', JWT_AUDIENCE: 'a' };

describe('secrets', () => {
  it('are not in the output of a running server, whatever is sent to it', async () => {
    const { SPYDRA_API_KEY, JWT_SECRET } = SECRETS;
    const AUTH_API_KEY = 'first-admin-key-nobody-may-see';
    const place = { SPYDRA_PROJECT_ID: 'p', SPYDRA_NETWORK_ID: 'n', SPYDRA_APP_ID: 'a', SPYDRA_ASSET_SCHEMA_ID: 's' };
    const child = spawn(process.execPath, [program('examples/backend/server.ts')], {
      cwd: ROOT,
      env: {
        ...bareEnvironment(),
        ...place,
        ...JWT,
        ...{ AUTH_API_KEY, SPYDRA_API_KEY, JWT_SECRET, SPYDRA_RETRIES: '0', SPYDRA_BASE_URL: await closedUrl() },
        ...{ PORT: '0', LOG_LEVEL: 'debug' },
      },
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    const printed: string[] = [];
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => void printed.push(String(chunk)));
    const output = () => printed.join('');
    const url = () => /http:\/\/localhost:\d+\/api\/spydra/.exec(output())?.[0];
    await expect.poll(url).toBeDefined();

    const headers = {
      'X-API-Key': AUTH_API_KEY,
      Authorization: `Bearer ${TOKEN}`,
      Cookie: 'session=cookie-that-nobody-may-see',
      'Content-Type': 'application/json',
    };
    const mint = JSON.stringify({ assetId: 'a1', recipientWallet: 'w', amount: 1 });
    const requests: [string, RequestInit][] = [
      ['/assets', { headers }],
      ['/tokens/mint', { method: 'POST', headers, body: mint }],
      ['/tokens/mint', { method: 'POST', headers: { ...headers, 'X-API-Key': AUTH_API_KEY.slice(0, -1) }, body: mint }],
      [`/assets/${AUTH_API_KEY}?apiKey=${AUTH_API_KEY}&token=${TOKEN}`, { headers }],
      [`/${AUTH_API_KEY}`, { headers }],
      ['/tokens/mint', { method: 'POST', headers, body: `{"key":"${AUTH_API_KEY}"` }],
      ['/assets', { headers: { ...headers, 'X-Request-Id': AUTH_API_KEY } }],
    ];
    for (const [path, init] of requests) await fetch(`${url()}${path}`, init).then((response) => response.text());
    await expect.poll(() => output().split('"route"').length - 1).toBe(requests.length);
    child.kill('SIGTERM');
    await once(child, 'exit');

    expect(output()).toContain('"msg":"spydra: request"');
    const hidden = [AUTH_API_KEY.slice(0, -1), SPYDRA_API_KEY, JWT_SECRET, TOKEN, 'c2lnbmF0dXJl', 'cookie-that-nobody'];
    for (const secret of hidden) expect(output()).not.toContain(secret);
  });

  it.each<[string, object]>([
    ['headers of a request', { request: { headers: { 'X-API-Key': 'k-1', authorization: `Bearer t-1` } } }],
    ['cookies', { headers: { cookie: 's=k-1', 'Set-Cookie': ['a=k-1', 'b=k-1'] } }],
    ['a header with quotes in it', { Cookie: 'a="k-1"; b="t-1"' }],
    ['tokens in a text', { note: `sent Bearer t-1 and ${TOKEN}, k-1`.replace('k-1', '') }],
    [
      'every configured secret, wherever',
      { deep: [{ a: SECRETS.AUTH_API_KEY, b: SECRETS.REDIS_URL }, SECRETS.JWT_SECRET] },
    ],
    ['a secret as a path spells it', { note: encodeURIComponent('second-admin-key"that\\has-odd-signs') }],
    ['an error', { err: new Error(`connect ${SECRETS.REDIS_URL}`, { cause: new Error(SECRETS.JWT_SECRET) }) }],
  ])('are redacted in a line, which stays valid JSON: %s', (_name, fields) => {
    const lines: string[] = [];
    const config = readConfig({ ...SECRETS, ...JWT });
    openLog(config, { write: (line) => void lines.push(line) }).info(fields, 'said');
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines.join(''))).toMatchObject({ level: 'info', msg: 'said' });
    expect(lines.join('')).toContain('[redacted]');
    const parts = ['admin-key', 'odd-signs', 'signing-secret', 'word-of-redis', 'k-1', 't-1', 'eyJ'];
    for (const part of parts) expect(lines.join('')).not.toContain(part);
  });

  it('are redacted without changing other text', () => {
    const lines: string[] = [];
    const config = readConfig({ ...SECRETS, ...JWT, REDIS_URL: 'redis://:a@127.0.0.1:1/0' });
    openLog(config, { write: (line) => void lines.push(line) }).info({ a: 'a bearer of news', b: 10n ** 30n }, 'said');
    expect(lines.join('')).toContain('"a":"a bearer of news","b":1000000000000000000000000000000');
  });
});
