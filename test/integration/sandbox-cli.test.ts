import { writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { version } from '../../package.json';
import { isMissing } from '../helpers/programs.js';
import { listening, spawnCli } from '../unit/sandbox/cli-process.js';
import { APP, apiOf, createAsset, creation, NETWORK, temporaryFile } from '../unit/sandbox/harness.js';

describe('spydra-sandbox', () => {
  test('prints its URL and the variables for a client', async () => {
    const cli = spawnCli(['--port', '0']);
    const url = await listening(cli);
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    const lines = cli.printed.stdout.split('\n').filter((line) => line.startsWith('SPYDRA_'));
    const environment = Object.fromEntries(lines.map((line) => line.split('=', 2)));
    expect(environment).toEqual({
      SPYDRA_BASE_URL: `${url}/v2`,
      SPYDRA_API_KEY: 'sandbox-key',
      SPYDRA_PROJECT_ID: 'sandbox-project',
      SPYDRA_NETWORK_ID: 'sandbox-network',
      SPYDRA_APP_ID: 'sandbox-app',
      SPYDRA_ASSET_SCHEMA_ID: 'sandbox-schema',
    });
    const api = apiOf(globalThis.fetch, environment.SPYDRA_BASE_URL);
    const { body } = await api.post(`${APP}/assets`, creation());
    expect((await api.get(`${NETWORK}/transactions/${body.transactionId}`)).body.status).toBe('PENDING');
  });

  test.each([
    ['--api-key', ['--api-key', 'my-own-key'], {}],
    ['SPYDRA_API_KEY', [], { SPYDRA_API_KEY: 'my-own-key' }],
  ])('takes the key from %s and does not print it', async (_, flags, environment) => {
    const cli = spawnCli(['--port', '0', ...flags], environment);
    const url = await listening(cli);
    const asked = (key: string) => fetch(`${url}/v2${APP}/assets`, { headers: { 'X-API-Key': key } });
    expect([(await asked('sandbox-key')).status, (await asked('my-own-key')).status]).toEqual([401, 200]);
    expect(cli.printed.stdout + cli.printed.stderr).not.toContain('my-own-key');
    expect(cli.printed.stdout).toContain('# SPYDRA_API_KEY is the key that you gave');
  });

  test.each(['SIGINT', 'SIGTERM'] as const)('on %s, commits pending transactions and exits with 0', async (signal) => {
    const file = temporaryFile();
    const flags = ['--port', '0', '--data', file, '--block-time', '60s', '--seed'];
    const first = spawnCli(flags);
    const assetId = await createAsset(apiOf(globalThis.fetch, `${await listening(first)}/v2`));
    first.child.kill(signal);
    expect(await first.exited).toBe(0);

    const second = spawnCli(flags);
    const api = apiOf(globalThis.fetch, `${await listening(second)}/v2`);
    const { assets, total } = (await api.get(`${APP}/assets`)).body;
    expect((assets as { assetId: string }[])[3]?.assetId).toBe(assetId);
    expect(total).toBe(4);
  });

  test('--help and --version', async () => {
    const help = spawnCli(['--help']);
    const shown = spawnCli(['--version']);
    expect([await help.exited, await shown.exited]).toEqual([0, 0]);
    expect(help.printed.stdout).toContain('--block-time');
    expect(shown.printed.stdout).toBe(`${version}\n`);
  });

  test.each([
    [['--bogus'], '--bogus'],
    [['extra'], 'extra'],
    [['--port', 'ten'], '--port'],
    [['--port', '65536'], '--port'],
    [['--port'], '--port'],
    [['--block-time', '2'], '--block-time'],
    [['--block-time', '-2s'], '--block-time'],
    [['--block-size', '0'], '--block-size'],
    [['--idempotency', 'maybe'], '--idempotency'],
    [['--contract', 'deltas'], '--contract'],
    [['--seed=yes'], '--seed'],
    [['--api-key', ''], 'apiKey'],
    [['--api-key', 'seven-c'], 'apiKey'],
    [['--cors', 'localhost:5173'], 'cors'],
  ])('%j: prints one sentence and exits with 2', async (flags, named) => {
    const cli = spawnCli(['--port', '0', ...flags]);
    expect(await cli.exited).toBe(2);
    expect(cli.printed).toEqual({ stdout: '', stderr: expect.stringMatching(/^spydra-sandbox: [^\n]+\n$/) });
    expect(cli.printed.stderr).toContain(named);
  });

  test.skipIf(isMissing('flock'))(
    'prints one sentence and exits with 1 if the port or the ledger is in use',
    async () => {
      const file = temporaryFile();
      const first = spawnCli(['--port', '0', '--data', file]);
      const { port } = new URL(await listening(first));
      const samePort = spawnCli(['--port', port]);
      const sameFile = spawnCli(['--port', '0', '--data', file]);
      expect([await samePort.exited, await sameFile.exited]).toEqual([1, 1]);
      expect(samePort.printed.stderr).toBe(`spydra-sandbox: Port ${port} is in use; name another one with --port.\n`);
      expect(sameFile.printed.stderr).toBe(`spydra-sandbox: The ledger file ${file} is in use by another sandbox.\n`);
    },
  );

  test('started many times at once on one ledger, runs once', async () => {
    const file = temporaryFile();
    const processes = Array.from({ length: 5 }, () => spawnCli(['--port', '0', '--data', file]));
    const outcomes = await Promise.all(processes.map((cli) => listening(cli).catch(() => cli.exited)));
    expect(outcomes.filter((outcome) => outcome !== 1)).toEqual([expect.stringMatching(/^http:/)]);
  });

  test('started many times at once on a stale lock without flock, runs once', async () => {
    const file = temporaryFile();
    writeFileSync(`${file}.lock`, '999999999');
    const flags = ['--port', '0', '--data', file];
    const processes = Array.from({ length: 5 }, () => spawnCli(flags, { PATH: '/nowhere' }));
    const outcomes = await Promise.all(processes.map((cli) => listening(cli).catch(() => cli.exited)));
    expect(outcomes.filter((outcome) => outcome !== 1)).toEqual([expect.stringMatching(/^http:/)]);
  });

  test.skipIf(isMissing('flock'))('warns about an incomplete last line', async () => {
    const file = temporaryFile();
    writeFileSync(file, '{"hash":"1234');
    const cli = spawnCli(['--port', '0', '--data', file]);
    await listening(cli);
    expect(cli.printed.stderr).toBe(
      `Warning: The last line of ${file} was not written to its end; its 13 bytes were moved to ${file}.torn-1.\n`,
    );
  });
});
