import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { expect, it, onTestFinished } from 'vitest';
import { bareEnvironment } from '../helpers/program.js';
import { minted, sandboxed } from '../helpers/sandbox.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const [WATCH = '', FROM_NOW = '', WEBHOOK = '', ...OTHERS] = [
  ...readFileSync(join(ROOT, 'docs/events.md'), 'utf8').matchAll(/^```ts\n([\s\S]*?)^```$/gm),
].map(([, code = '']) => code);

/** Runs an example as a program of its own, on a ledger with one asset; the ends of what it has printed. */
async function run(example: string, assetId: string, variables: Record<string, string>) {
  const folder = mkdtempSync(join(tmpdir(), 'guide-'));
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  const given = `import { SpydraClient } from 'spydra-sdk';
    const spydra = new SpydraClient();
    const assetId = ${JSON.stringify(assetId)};`;
  const outfile = join(folder, 'example.mjs');
  await build({
    stdin: { contents: given + example, resolveDir: ROOT, loader: 'ts' },
    outfile,
    tsconfig: join(ROOT, 'tsconfig.json'),
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    logLevel: 'error',
  });
  const start = () => {
    const child = spawn(process.execPath, [outfile], { cwd: folder, env: { ...bareEnvironment(), ...variables } });
    onTestFinished(() => void child.kill('SIGKILL'));
    const printed = { text: '' };
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (printed.text += chunk));
    return { child, printed };
  };
  return { start };
}

async function killed(child: ChildProcess): Promise<void> {
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await ended;
}

/** A sandbox that listens, an asset with tokens, and the variables of a client. */
async function setUp() {
  const { sandbox, spydra } = sandboxed();
  const assetId = await minted(spydra, 100n);
  const { url } = await sandbox.listen();
  const { apiKey, projectId, networkId, appId, assetSchemaId } = sandbox.connection();
  const variables = {
    SPYDRA_BASE_URL: `${url}/v2`,
    SPYDRA_API_KEY: apiKey,
    SPYDRA_PROJECT_ID: projectId,
    SPYDRA_NETWORK_ID: networkId,
    SPYDRA_APP_ID: appId,
    SPYDRA_ASSET_SCHEMA_ID: assetSchemaId,
    LISTENER_PASSWORD: 'secret-of-the-listener',
  };
  const transfer = async () => {
    const move = { assetId, fromWallet: 'treasury', toWallet: 'alice', amount: 1n };
    return (await spydra.tokens.transfer(move)).transactionId;
  };
  return { assetId, variables, transfer };
}

it('docs/events.md has three examples', () => {
  expect(OTHERS).toEqual([]);
});

it('the example of docs/events.md with a checkpoint in a file prints each transfer, and goes on after it was killed', async () => {
  const { assetId, variables, transfer } = await setUp();
  const first = await transfer();
  const { start } = await run(WATCH, assetId, variables);
  const one = start();
  await expect.poll(() => one.printed.text).toContain(`${first} treasury alice 1n\n`);
  const second = await transfer();
  await expect.poll(() => one.printed.text).toContain(second);
  await killed(one.child);
  const third = await transfer();
  const two = start();
  await expect.poll(() => two.printed.text).toContain(third);
  expect(two.printed.text).not.toContain(first);
});

it('the example of docs/events.md with a checkpoint of now prints the holders, and what changes them', async () => {
  const { assetId, variables, transfer } = await setUp();
  const { start } = await run(FROM_NOW, assetId, variables);
  const { printed } = start();
  await expect.poll(() => printed.text).toContain("'treasury' => 100n");
  await transfer();
  await expect.poll(() => printed.text).toContain("{ wallet: 'alice', balance: 1n }");
});

it('the example of docs/events.md for webhooks prints what its comment says', async () => {
  const { assetId, variables } = await setUp();
  const { start } = await run(WEBHOOK, assetId, variables);
  const { printed } = start();
  await expect.poll(() => printed.text).toBe('401 1\n');
});
