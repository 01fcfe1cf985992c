import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, symlinkSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import ts from 'typescript';
import { expect, it, onTestFinished } from 'vitest';
import { bareEnvironment } from '../../../test/helpers/program.js';
import { sandboxed } from '../../../test/helpers/sandbox.js';
import { ADMIN_KEY } from './helpers/listening.js';

const EXPRESS = fileURLToPath(new URL('..', import.meta.url));

const [mounting = '', ...others] = [
  ...readFileSync(join(EXPRESS, 'README.md'), 'utf8').matchAll(/^```ts\n([\s\S]*?)^```$/gm),
].map(([, code = '']) => code);

/** Bundles a module that stands beside `index.ts`; packages are found where the adapter finds them. */
async function program(contents: string): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'readme-'));
  mkdirSync(join(folder, 'app'));
  symlinkSync(join(EXPRESS, 'node_modules'), join(folder, 'app/node_modules'));
  symlinkSync(join(EXPRESS, '../../node_modules'), join(folder, 'node_modules'));
  const outfile = join(folder, 'app/app.mjs');
  const stdin = { contents, resolveDir: EXPRESS, sourcefile: 'readme.ts', loader: 'ts' } as const;
  const tsconfig = join(EXPRESS, '../../tsconfig.json');
  await build({ stdin, outfile, tsconfig, bundle: true, platform: 'node', format: 'esm', packages: 'external' });
  return outfile;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await once(server.close(), 'close');
  return port;
}

/** What the compiler says against modules that stand beside `index.ts`. */
function problemsOf(sources: readonly string[]): string[] {
  const files = new Map(sources.map((source, index) => [join(EXPRESS, `readme-${index}.ts`), source]));
  const { config } = ts.readConfigFile(join(EXPRESS, '../../tsconfig.json'), ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, join(EXPRESS, '../..'));
  const host = ts.createCompilerHost(options);
  const { getSourceFile } = host;
  host.getSourceFile = (name, target, ...more) => {
    const source = files.get(name);
    return source === undefined ? getSourceFile(name, target, ...more) : ts.createSourceFile(name, source, target);
  };
  const program = ts.createProgram([...files.keys()], options, host);
  return [...files.keys()]
    .map((file) => program.getSourceFile(file))
    .flatMap((file) => [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)])
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
}

it('the app of the README serves the routes on the sandbox', async () => {
  expect(mounting.trim().split('\n').length).toBeLessThanOrEqual(10);
  const { sandbox } = sandboxed();
  const { assets } = await sandbox.seed();
  const { url } = await sandbox.listen();
  const port = await freePort();
  const child = spawn(process.execPath, [await program(mounting)], {
    env: {
      ...bareEnvironment(),
      PORT: String(port),
      AUTH_API_KEY: ADMIN_KEY,
      SPYDRA_BASE_URL: `${url}/v2`,
      SPYDRA_API_KEY: 'sandbox-key',
      SPYDRA_PROJECT_ID: 'sandbox-project',
      SPYDRA_NETWORK_ID: 'sandbox-network',
      SPYDRA_APP_ID: 'sandbox-app',
      SPYDRA_ASSET_SCHEMA_ID: 'sandbox-schema',
    },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));

  const api = `http://127.0.0.1:${port}/api/spydra`;
  const statusOf = (path: string) => fetch(api + path).then(({ status }) => status, String);
  await expect.poll(() => statusOf('/health')).toBe(200);
  const listed = await (await fetch(`${api}/assets`)).json();
  expect(listed).toMatchObject({ success: true, count: 2, data: [{ assetId: assets[0]?.assetId }, {}] });

  const mint = (key: string) =>
    fetch(`${api}/tokens/mint`, {
      method: 'POST',
      headers: { 'X-API-Key': key, 'Content-Type': 'application/json' },
      body: JSON.stringify({ assetId: assets[2]?.assetId, recipientWallet: 'wallet-alice', amount: 100 }),
    });
  expect((await mint('another-key')).status).toBe(401);
  const minted = await mint(ADMIN_KEY);
  expect(minted.status).toBe(201);
  expect(await minted.json()).toMatchObject({ success: true, data: { amount: 100, newBalance: 100 } });
});

it('the examples of the README compile', () => {
  expect(others).toHaveLength(1);
  expect(problemsOf([mounting, ...others])).toEqual([]);
  expect(problemsOf([mounting.replace('guards }', 'guard: guards }')])).not.toEqual([]);
});
