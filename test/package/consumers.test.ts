import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Consumer } from './consumer.js';
import { ENTRIES } from './declarations.js';
import { firstExample } from './readme-examples.js';

let consumer: Consumer;
beforeAll(async () => {
  consumer = await Consumer.install({ hasTypes: false });
});
afterAll(() => consumer.remove());

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

describe('the packed tarball', () => {
  it('installs no dependencies, and has the license and the version of each bundled one', () => {
    const read = (file: string) => readFileSync(join(consumer.package, file), 'utf8');
    expect(readdirSync(join(consumer.package, '..')).filter((name) => name === 'zod')).toEqual([]);
    const { dependencies = {} } = JSON.parse(read('package.json'));
    expect(dependencies).toEqual({});
    const { components } = JSON.parse(read('dist/sbom.cdx.json')) as {
      components: { name: string; version: string }[];
    };
    expect(components.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['lru-cache', 'ofetch', 'p-retry', 'zod']),
    );
    const licenses = read('dist/third-party-licenses.txt');
    for (const { name, version } of components) expect(licenses).toContain(`${name} ${version}\n\n`);
    expect(licenses.match(/copyright/gi)?.length).toBeGreaterThanOrEqual(components.length);
  });

  it.each(['index.js', 'index.cjs'])('imports no module of Node from %s, nor from what that imports', (entry) => {
    // The text "from" is no keyword.
    const imported = /(?:(?<!["'])\bfrom|\bimport|\brequire)\s*\(?\s*["']([^"']+)["']/g;
    const left = [entry];
    for (const file of left) {
      const source = readFileSync(join(consumer.package, 'dist', file), 'utf8');
      const names = [...source.matchAll(imported)].map(([, name = '']) => name);
      expect(names.filter((name) => !name.startsWith('./'))).toEqual([]);
      left.push(...names.map((name) => name.slice(2)).filter((name) => !left.includes(name)));
    }
    expect(left.length).toBeGreaterThan(1);
  });

  it('runs in an ESM project', async () => {
    consumer.write(
      'life.mjs',
      `import { SpydraClient, NotFoundError } from 'spydra-sdk';
import { createSandbox } from 'spydra-sdk/sandbox';
${LIFE}`,
    );
    expect(await consumer.node('life.mjs')).toBe('true true\n');
  });

  it('runs in a CommonJS project', async () => {
    consumer.write(
      'life.cjs',
      `const { SpydraClient, NotFoundError } = require('spydra-sdk');
const { createSandbox } = require('spydra-sdk/sandbox');
(async () => {${LIFE}})();`,
    );
    expect(await consumer.node('life.cjs')).toBe('true true\n');
  });

  it.each(['mjs', 'cjs'])('runs from %s without access to the environment, as in Deno', async (type) => {
    consumer.write(
      `no-environment.${type}`,
      `const get = (_env, name) => {
  const [, , reader] = new Error().stack.split('\\n');
  if (!reader.includes('node:')) throw new Error('It reads ' + String(name) + '.');
};
process.env = new Proxy({}, { get });
(async () => {
  const load = ${type === 'cjs' ? 'require' : '(name) => import(name)'};
  const { SpydraClient, NotFoundError } = await load('spydra-sdk');
  const { createSandbox } = await load('spydra-sdk/sandbox');
${LIFE}})();`,
    );
    expect(await consumer.node(`no-environment.${type}`)).toBe('true true\n');
  });

  it('runs the first example of the README unchanged', async () => {
    consumer.write('first.mjs', firstExample());
    expect(await consumer.node('first.mjs')).toContain("totalValue: '5250'");
  });

  it('supports instanceof across its ESM and CommonJS copies', async () => {
    consumer.write(
      'copies.mjs',
      `import { createRequire } from 'node:module';
import * as esm from 'spydra-sdk';
const cjs = createRequire(import.meta.url)('spydra-sdk');
const error = new cjs.NotFoundError('gone');
console.log(esm.NotFoundError !== cjs.NotFoundError, error instanceof esm.NotFoundError, error instanceof esm.RateLimitError);`,
    );
    expect(await consumer.node('copies.mjs')).toBe('true true false\n');
  });

  it('provides the command spydra-sandbox', async () => {
    expect(await consumer.command('spydra-sandbox', '--help')).toContain('--block-time');
  });

  describe('in a bundle for other runtimes', () => {
    const bundleOf = (names: string) =>
      build({
        stdin: { contents: `export ${names} from 'spydra-sdk';`, resolveDir: join(consumer.package, '..') },
        bundle: true,
        minify: true,
        platform: 'neutral',
        format: 'esm',
        external: ['node:*'],
        metafile: true,
        write: false,
      });

    it('imports no module of Node', async () => {
      const { metafile } = await bundleOf('*');
      expect(Object.values(metafile.outputs).flatMap(({ imports }) => imports)).toEqual([]);
    });

    it('an error class, amounts and JSON bring nothing of the client', async () => {
      const bytesOf = async (names: string) => (await bundleOf(names)).outputFiles[0]?.contents.length ?? 0;
      const values = await bytesOf('{ moneyProblem, NotFoundError, parseJson }');
      expect(values).toBeGreaterThan(0);
      expect(values).toBeLessThan((await bytesOf('{ SpydraClient }')) / 10);
    });
  });

  it('runs if functions of Node exist only as stubs, as in the edge runtime of Next.js', async () => {
    consumer.write(
      'edge.mjs',
      `import { fail } from 'node:assert';
Object.defineProperty(process, 'getBuiltinModule', { get: () => fail('not supported in the Edge Runtime') });
const { SpydraClient, NotFoundError } = await import('spydra-sdk');
const { createSandbox } = await import('spydra-sdk/sandbox');
${LIFE}`,
    );
    expect(await consumer.node('edge.mjs')).toBe('true true\n');
  });

  it('runs the conformance suite for a Keyv in a CommonJS project', async () => {
    consumer.write(
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
    expect(await consumer.node('store.cjs')).toContain('hits: 2, misses: 1');
  });

  it.each(['mjs', 'cjs'])(
    'has a store in memory that passes the conformance suite and is bounded, from %s',
    async (type) => {
      consumer.write(
        `lru.${type}`,
        `(async () => {
  const load = ${type === 'cjs' ? 'require' : '(name) => import(name)'};
  const { lru } = await load('spydra-sdk');
  const { storeConformance } = await load('spydra-sdk/cache-conformance');
  for (const { run } of storeConformance(() => lru({ maxBytes: 1_000_000 }))) await run();
  const few = lru({ maxEntries: 2 });
  for (const key of ['a', 'b', 'c']) few.set(key, 'text', 60_000);
  const small = lru({ maxBytes: 100 });
  for (const key of ['a', 'b', 'c']) small.set(key, 'x'.repeat(20), 60_000);
  console.log(few.get('a'), few.get('c'), small.get('a'), small.get('c')?.length);
})();`,
      );
      expect(await consumer.node(`lru.${type}`)).toBe('undefined text undefined 20\n');
    },
  );

  it('exports the same names to import, to require and to an import of the CommonJS files', async () => {
    const names = await consumer.exportedNames();
    expect(Object.keys(names)).toEqual(ENTRIES);
    for (const { esm, required, imported } of Object.values(names)) {
      expect(esm.length).toBeGreaterThan(0);
      expect(required).toEqual(esm);
      expect(imported).toEqual(esm);
    }
    expect(names['spydra-sdk']?.esm).toContain('PageList');
  });

  it('keeps the names of exported classes and functions', async () => {
    consumer.write(
      'own-names.mjs',
      `const others = [];
for (const entry of ${JSON.stringify(ENTRIES)}) {
  for (const [name, value] of Object.entries(await import(entry))) {
    if (typeof value === 'function' && value.name !== name) others.push([name, value.name]);
  }
}
console.log(JSON.stringify(others));`,
    );
    expect(await consumer.node('own-names.mjs')).toBe('[]\n');
  });

  it('runs after a compiler has lowered its class fields to assignments', async () => {
    const ts = await import('typescript');
    const dist = join(consumer.package, 'dist');
    const options = { target: ts.ScriptTarget.ES2021, module: ts.ModuleKind.CommonJS };
    for (const file of readdirSync(dist, { recursive: true, encoding: 'utf8' }).filter((it) => it.endsWith('.cjs'))) {
      const source = readFileSync(join(dist, file), 'utf8');
      consumer.write(`lowered/${file}`, ts.transpileModule(source, { compilerOptions: options }).outputText);
    }
    consumer.write(
      'lowered/life.cjs',
      `const { SpydraClient, NotFoundError } = require('./index.cjs');
const { createSandbox } = require('./sandbox/index.cjs');
(async () => {${LIFE}})();`,
    );
    expect(await consumer.node('lowered/life.cjs')).toBe('true true\n');
  });
});
