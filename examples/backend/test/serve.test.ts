import { exec } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { promisify } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import { exitCode, serve } from './helpers/served.js';

/** The curl lines that the server prints once it listens. */
async function curlLines(output: { out: string }, lines: number): Promise<string[]> {
  const printed = () => output.out.split('\n').filter((line) => /^curl .*[^\s]$/.test(line));
  await expect.poll(() => printed().length).toBe(lines);
  return printed();
}

/** Does what a shell and curl would do with a line that was copied. */
async function run(line: string, environment: Record<string, string> = {}) {
  const env = { ...process.env, ...environment };
  const { stdout } = await promisify(exec)(`curl() { printf '%s\\0' "$@"; }; ${line}`, { env });
  const [silent, url = '', ...options] = stdout.split('\0').slice(0, -1);
  expect(silent).toBe('-s');
  const valuesOf = (flag: string) => options.filter((_, index) => options[index - 1] === flag);
  const [body] = valuesOf('-d');
  const response = await fetch(url, {
    headers: valuesOf('-H').map((header) => header.split(': ') as [string, string]),
    ...(body === undefined ? {} : { method: 'POST', body }),
  });
  return response.json();
}

describe('npm run serve', () => {
  it('prints commands that work, finishes open requests, and stops', async () => {
    const { child, output } = serve({ PORT: '0', LOG_LEVEL: 'debug' });
    const [list = '', balance = '', mint = ''] = await curlLines(output, 3);
    expect(output.out).toContain('embedded sandbox');

    expect(await run(list)).toMatchObject({ success: true, count: 2 });
    expect(await run(balance)).toMatchObject({ success: true, data: { walletId: 'wallet-alice', totalAssets: 2 } });
    expect(await run(mint)).toMatchObject({ success: true, data: { amount: 100, newBalance: 100 } });
    expect(await run(mint.replace('X-API-Key: ', 'X-API-Key: x'))).toMatchObject({ code: 'UNAUTHORIZED' });

    // A request is logged after its response.
    await expect.poll(() => output.out).toContain('"status":401');
    const sent = () => output.out.split('\n').filter((line) => line.includes('/tokens/mint')).length;
    const before = sent();
    const inFlight = run(mint);
    await expect.poll(sent).toBeGreaterThan(before);
    child.kill('SIGTERM');
    expect(await inFlight).toMatchObject({ success: true, data: { newBalance: 200 } });
    expect(await exitCode(child)).toBe(0);
    expect(output.err).toBe('');
  });

  it.each(['given-key-that-nobody-may-see', 'new-key-that-nobody-may-see, old-key-that-nobody-may-see'])(
    'does not print configured keys: %s',
    async (AUTH_API_KEY) => {
      const { child, output } = serve({ PORT: '0', AUTH_API_KEY });
      const [, , mint = ''] = await curlLines(output, 3);
      expect(output.out).not.toContain('key-that-nobody-may-see');
      expect(await run(mint, { AUTH_API_KEY })).toMatchObject({ success: true });
      child.kill('SIGINT');
      expect(await exitCode(child)).toBe(0);
    },
  );

  it('warns of a variable that looks misspelled, and starts', async () => {
    const { child, output } = serve({ PORT: '0', RATE_LIMIT_PER_ADRESS: '5' });
    await curlLines(output, 3);
    expect(output.out).toContain('RATE_LIMIT_PER_ADRESS is not read: did you mean RATE_LIMIT_PER_ADDRESS?');
    child.kill('SIGTERM');
    expect(await exitCode(child)).toBe(0);
  });

  it('reports in one sentence that the port is in use', async () => {
    const other = createServer().listen(0);
    onTestFinished(() => void other.close());
    await once(other, 'listening');
    const { child, output } = serve({ PORT: String((other.address() as AddressInfo).port) });
    expect(await exitCode(child)).toBe(1);
    expect(output.err).toBe('The port is in use: stop what listens there, or set PORT to another one.\n');
  });

  it.each([
    [
      "a file of Spydra's key is empty",
      { SPYDRA_API_KEY_FILE: '/dev/null' },
      /^The file that SPYDRA_API_KEY_FILE names/,
    ],
    ['a file of the admin key is empty', { AUTH_API_KEY_FILE: '/dev/null' }, /^The file that AUTH_API_KEY_FILE names/],
    [
      'its address is of another machine',
      { HOST: '203.0.113.1' },
      /^The server cannot listen \(.*\): set HOST and PORT/,
    ],
    ['Spydra is named without a key', { SPYDRA_PROJECT_ID: 'p' }, /^SPYDRA_API_KEY is missing/],
    ['it is for production', { NODE_ENV: 'production', AUTH_API_KEY: 'x'.repeat(16) }, /^SPYDRA_API_KEY is missing/],
    ['it is for production, without keys', { NODE_ENV: 'production', AUTH_API_KEY: ' , ' }, /AUTH_API_KEY is missing/],
  ])('starts neither on a sandbox nor with a generated key if %s', async (_name, environment, sentence) => {
    const { child, output } = serve({ PORT: '0', ...environment });
    expect(await exitCode(child)).toBe(1);
    expect(output.err).toMatch(sentence);
    expect(output.out).not.toContain('Listening');
  });

  it('uses Spydra if its variables are set, and names the missing ones', async () => {
    const { child, output } = serve({ PORT: '0', SPYDRA_API_KEY: 'upstream-key-that-nobody-may-see' });
    expect(await exitCode(child)).toBe(1);
    expect(output.err).toMatch(/^The Spydra client cannot start: .*SPYDRA_PROJECT_ID.*\n$/);

    const place = { SPYDRA_PROJECT_ID: 'p', SPYDRA_NETWORK_ID: 'n', SPYDRA_APP_ID: 'a', SPYDRA_ASSET_SCHEMA_ID: 's' };
    const real = serve({ PORT: '0', SPYDRA_API_KEY: 'upstream-key-that-nobody-may-see', ...place });
    await curlLines(real.output, 3);
    expect(real.output.out).toContain('SPYDRA_*');
    expect(real.output.out).not.toContain('upstream-key');
    real.child.kill('SIGTERM');
    expect(await exitCode(real.child)).toBe(0);
  });
});
