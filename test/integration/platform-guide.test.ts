import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { createSandbox } from 'spydra-sdk/sandbox';
import { expect, it, onTestFinished } from 'vitest';
import { platformClient } from '../helpers/platform.js';
import { bareEnvironment } from '../helpers/program.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const GUIDE = readFileSync(join(ROOT, 'docs/platform.md'), 'utf8');
const EXAMPLES = [...GUIDE.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(([, code = '']) => code);

/** Runs an example in a process of its own, with these variables. */
async function run(code: string, variables: NodeJS.ProcessEnv) {
  const outfile = join(mkdtempSync(join(tmpdir(), 'platform-guide-')), 'example.mjs');
  await build({
    stdin: { contents: code, resolveDir: ROOT, loader: 'ts' },
    outfile,
    tsconfig: join(ROOT, 'tsconfig.json'),
    bundle: true,
    platform: 'node',
    format: 'esm',
    logLevel: 'error',
  });
  return promisify(execFile)(process.execPath, [outfile], { env: { ...bareEnvironment(), ...variables } });
}

it('the first example of docs/platform.md mints on the platform that the variables name', async () => {
  const sandbox = createSandbox();
  onTestFinished(() => sandbox.close());
  const { url } = await sandbox.listen();
  const place = { SPYDRA_PLATFORM_URL: url, SPYDRA_APP_ID: 'sandbox-app', SPYDRA_API_KEY: 'sandbox-key' };
  expect(await run(EXAMPLES[0] ?? '', place)).toEqual({ stdout: '', stderr: '' });
  await using spydra = platformClient(sandbox);
  const { balances } = await spydra.wallets.balance('treasury');
  expect(balances).toMatchObject([{ assetName: 'Harbour View 12', balance: 10_000n }]);
});

it('the example of docs/platform.md with switches of the sandbox runs', async () => {
  const { stdout } = await run(EXAMPLES[1] ?? '', {});
  expect(stdout).toContain('healthy: true');
});
