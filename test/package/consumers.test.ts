import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { firstExample, readmeExamples } from './readme-examples.js';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url));
const consumer = mkdtempSync(join(tmpdir(), 'spydra-sdk-consumer-'));

/** What the README's examples import besides the package; a consumer has installed them. */
const PEERS = ['vitest', 'msw', 'typescript', '@types/node', '@types/express', 'express', 'ioredis', 'keyv', 'redis'];

const write = (file: string, source: string) => {
  const path = join(consumer, file);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, source);
};
const node = (file: string) => run(process.execPath, [join(consumer, file)], { cwd: consumer });

const LIFE = `
  const spydra = new SpydraClient(createSandbox().connection());
  const { assetId } = await spydra.assets.create({
    name: 'Flat', symbol: 'FL', description: 'A flat', assetType: 'art',
    totalValue: '10', totalSupply: 10n ** 30n, creatorWallet: 'w',
  });
  const { newBalance } = await spydra.tokens.mint({ assetId, recipientWallet: 'w', amount: 10n ** 30n });
  const error = await spydra.assets.get('none').catch((error) => error);
  console.log(newBalance === 10n ** 30n, error instanceof NotFoundError);
`;

beforeAll(async () => {
  await run('npm', ['run', 'build'], { cwd: root });
  const { stdout } = await run('npm', ['pack', '--ignore-scripts', '--silent', '--pack-destination', consumer], {
    cwd: root,
  });
  const tarball = join(consumer, stdout.trim().split('\n').at(-1) ?? '');
  write('package.json', '{ "name": "consumer", "private": true }');
  await run('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund', tarball], { cwd: consumer });
  for (const peer of PEERS) {
    const link = join(consumer, 'node_modules', peer);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(join(root, 'node_modules', peer), link);
  }
}, 180_000);

afterAll(() => rmSync(consumer, { recursive: true, force: true }));

describe('the packed tarball', () => {
  it('runs in an ESM project', async () => {
    write(
      'life.mjs',
      `import { SpydraClient, NotFoundError } from 'spydra-sdk';
import { createSandbox } from 'spydra-sdk/sandbox';
${LIFE}`,
    );
    expect((await node('life.mjs')).stdout).toBe('true true\n');
  });

  it('runs in a CommonJS project', async () => {
    write(
      'life.cjs',
      `const { SpydraClient, NotFoundError } = require('spydra-sdk');
const { createSandbox } = require('spydra-sdk/sandbox');
(async () => {${LIFE}})();`,
    );
    expect((await node('life.cjs')).stdout).toBe('true true\n');
  });

  it("runs the README's first example as it stands there", async () => {
    write('first.mjs', firstExample());
    expect((await node('first.mjs')).stdout).toContain("totalValue: '5250'");
  });

  it('has one kind of error in both: instanceof holds across the two copies', async () => {
    write(
      'copies.mjs',
      `import { createRequire } from 'node:module';
import * as esm from 'spydra-sdk';
const cjs = createRequire(import.meta.url)('spydra-sdk');
const error = new cjs.NotFoundError('gone');
console.log(esm.NotFoundError !== cjs.NotFoundError, error instanceof esm.NotFoundError, error instanceof esm.RateLimitError);`,
    );
    expect((await node('copies.mjs')).stdout).toBe('true true false\n');
  });

  it('brings the command', async () => {
    const { stdout } = await run(join(consumer, 'node_modules/.bin/spydra-sandbox'), ['--help'], { cwd: consumer });
    expect(stdout).toContain('--block-time');
  });

  it('needs no Node module outside of the sandbox, so that bundlers for other runtimes take it', async () => {
    write(
      'builtins.mjs',
      `import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
const source = readFileSync(fileURLToPath(import.meta.resolve('spydra-sdk')), 'utf8');
console.log(/from '(node:[^']+)'/.exec(source)?.[1] ?? 'none');`,
    );
    expect((await node('builtins.mjs')).stdout).toBe('none\n');
  });

  it('checks a store in a CommonJS project, a Keyv as it is', async () => {
    write(
      'store.cjs',
      `const { Keyv } = require('keyv');
const { SpydraClient } = require('spydra-sdk');
const { storeConformance } = require('spydra-sdk/cache-conformance');
const { createSandbox } = require('spydra-sdk/sandbox');
(async () => {
  const store = new Keyv();
  for (const { run } of storeConformance(() => store)) await run();
  const spydra = new SpydraClient({ ...createSandbox().connection(), cache: { store } });
  for (let n = 0; n < 3; n++) await spydra.wallets.balance('alice');
  console.log(spydra.cache.stats().balances);
})();`,
    );
    expect((await node('store.cjs')).stdout).toContain('hits: 2, misses: 1');
  });

  it('takes a Keyv for a store at compile time', async () => {
    write('stores/package.json', '{ "type": "module" }');
    write(
      'stores/stores.ts',
      `import { Keyv } from 'keyv';
import type { CacheStore } from 'spydra-sdk';
export const store: CacheStore = new Keyv();`,
    );
    const compilerOptions = { target: 'ES2022', module: 'NodeNext', types: ['node'], strict: true, noEmit: true };
    write('stores/tsconfig.json', JSON.stringify({ compilerOptions: { ...compilerOptions, skipLibCheck: true } }));
    const tsc = join(root, 'node_modules/typescript/bin/tsc');
    const { stdout } = await run(process.execPath, [tsc, '-p', join(consumer, 'stores')]).catch((error) => error);
    expect(stdout).toBe('');
  });

  const COMPILERS = [
    ['ESM', 'module', { module: 'NodeNext' }],
    ['CommonJS', 'commonjs', { module: 'NodeNext' }],
    [
      'CommonJS, resolved as older compilers do',
      'commonjs',
      { module: 'CommonJS', moduleResolution: 'node10', ignoreDeprecations: '6.0' },
    ],
  ] as const;

  it.each(COMPILERS)("compiles the README's examples in a project of %s", async (name, type, options) => {
    const project = name.replace(/\W+/g, '-');
    const examples = readmeExamples();
    expect(examples.length).toBeGreaterThan(8);
    write(`${project}/package.json`, JSON.stringify({ type }));
    for (const [i, example] of examples.entries()) write(`${project}/${i}-${example.name}.ts`, example.source);
    const compilerOptions = {
      target: 'ES2022',
      lib: ['ES2023', 'ESNext.Disposable'],
      types: ['node'],
      strict: true,
      exactOptionalPropertyTypes: true,
      // msw and vitest do not offer their types to older resolution; what is checked there is ours.
      skipLibCheck: true,
      noEmit: true,
      ...options,
    };
    write(`${project}/tsconfig.json`, JSON.stringify({ compilerOptions, include: ['*.ts'] }));
    const tsc = join(root, 'node_modules/typescript/bin/tsc');
    const { stdout } = await run(process.execPath, [tsc, '-p', join(consumer, project)]).catch((error) => error);
    expect(stdout).toBe('');
  });
});
