import { linkSync, readdirSync, renameSync } from 'node:fs';
import { dirname } from 'node:path';
import { expect, test as testAlways } from 'vitest';
import { isMissing } from '../helpers/programs.js';
import { type CliProcess, listening, spawnCliApart } from '../unit/sandbox/cli-process.js';
import { APP, apiOf, createAsset, creation, temporaryFile } from '../unit/sandbox/harness.js';

const test = testAlways.skipIf(isMissing('unshare', 'flock'));

/** A sandbox on a ledger file in a PID namespace of its own, as in a container. */
function container(file: string): CliProcess {
  return spawnCliApart(['--port', '0', '--block-time', '0', '--data', file]);
}

test('a second sandbox on a ledger file is refused in another PID namespace, also by a hard link', async () => {
  const file = temporaryFile();
  const first = container(file);
  const api = apiOf(globalThis.fetch, `${await listening(first)}/v2`);
  linkSync(file, `${file}.hard`);
  for (const name of [file, `${file}.hard`]) {
    const second = container(name);
    expect(await second.exited).toBe(1);
    expect(second.printed.stderr).toBe(`spydra-sandbox: The ledger file ${name} is in use by another sandbox.\n`);
  }
  expect((await api.post(`${APP}/assets`, creation())).status).toBe(200);
});

test('after kill -9 another sandbox can start on the ledger file, also in another PID namespace', async () => {
  const file = temporaryFile();
  for (let height = 0; height < 3; height++) {
    const cli = container(file);
    const api = apiOf(globalThis.fetch, `${await listening(cli)}/v2`);
    expect((await api.get(`${APP}/assets`)).body.total).toBe(height);
    await createAsset(api);
    cli.child.kill('SIGKILL');
    expect(await cli.exited).toBe('SIGKILL');
    expect(cli.printed.stderr).toBe('');
  }
  expect(readdirSync(dirname(file))).toEqual(['ledger.jsonl']);
});

test('a running sandbox whose ledger file is renamed warns and responds 503 to writes', async () => {
  const file = temporaryFile();
  const cli = container(file);
  const api = apiOf(globalThis.fetch, `${await listening(cli)}/v2`);
  await createAsset(api);
  renameSync(file, `${file}.old`);
  expect((await api.post(`${APP}/assets`, creation())).status).toBe(503);
  expect((await api.get(`${APP}/assets`)).body.total).toBe(1);
  expect(cli.printed.stderr).toContain(`The ledger file ${file} was moved, replaced or changed by another program`);
});
