import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import ky from 'ky';
import { OpenAI } from 'openai';
import { SpydraClient } from 'spydra-sdk';
import { createSandbox } from 'spydra-sdk/sandbox';
import { FLAT } from '../helpers/flat.js';
import { median, printTable } from './table.js';

/*
 * What the package weighs beside what a user would pick instead: the time of its import, a consumer's bundle, the
 * tarball, and a read over a `fetch` that responds at once. Rounds are interleaved, so that what else the computer does
 * hits all alike. With `--check`, exits with 1 where a bound is exceeded.
 */

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const IMPORT_ROUNDS = 15;
const READ_ROUNDS = 40;
const READS = 500;
/** Kilobytes of 1,000 bytes, as npm counts. */
const kilobytes = (bytes: number) => Math.round(bytes / 100) / 10;
const least = (times: readonly number[]) => Math.min(...times);

/** Milliseconds from the start of a process that imports a module until its end. */
function importOnce(specifier: string | undefined): number {
  const source = specifier === undefined ? '' : `import '${specifier}'`;
  const started = performance.now();
  execFileSync(process.execPath, ['--input-type=module', '--eval', source], { cwd: ROOT });
  return performance.now() - started;
}

/** Runs each task once a round, and returns the times of each. */
async function interleaved<Name extends string>(
  tasks: Readonly<Record<Name, () => number | Promise<number>>>,
  rounds: number,
): Promise<Record<Name, number[]>> {
  const names = Object.keys(tasks) as Name[];
  const times = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<Name, number[]>;
  for (let round = 0; round < rounds; round++) {
    for (const name of names) times[name].push(await tasks[name]());
  }
  return times;
}

async function importTimes() {
  const times = await interleaved(
    {
      nothing: () => importOnce(undefined),
      zod: () => importOnce('zod'),
      openai: () => importOnce('openai'),
      ky: () => importOnce('ky'),
      'spydra-sdk': () => importOnce('spydra-sdk'),
    },
    IMPORT_ROUNDS,
  );
  const above = (name: keyof typeof times, of: (times: readonly number[]) => number) =>
    of(times[name]) - of(times.nothing);
  const rows = (['zod', 'openai', 'ky', 'spydra-sdk'] as const).map((name) => ({
    module: name,
    'least ms': above(name, least).toFixed(0),
    'median ms': above(name, median).toFixed(0),
    'median / zod': (above(name, median) / above('zod', median)).toFixed(2),
  }));
  printTable(`ESM import, beyond an empty module, ${IMPORT_ROUNDS} processes each`, rows);
  return above('spydra-sdk', median) / above('zod', median);
}

/** Bytes of a minified bundle of what a program uses, and of its gzip. */
async function bundleOf(source: string, platform: 'node' | 'neutral') {
  const { outputFiles } = await build({
    stdin: { contents: source, resolveDir: ROOT },
    bundle: true,
    minify: true,
    write: false,
    // The built package, not the sources to which this project's own settings point.
    tsconfigRaw: {},
    format: 'esm',
    platform,
    external: ['node:*'],
    ...(platform === 'neutral' && { mainFields: ['module', 'main'], conditions: ['import'] }),
    logLevel: 'error',
  });
  const code = outputFiles[0]?.contents ?? new Uint8Array();
  return { minified: code.length, gzip: gzipSync(code, { level: 9 }).length };
}

async function bundles() {
  const programs = {
    'spydra-sdk': `import { SpydraClient } from 'spydra-sdk'; globalThis.client = new SpydraClient();`,
    'spydra-sdk, values': `import { NotFoundError, moneyProblem } from 'spydra-sdk'; globalThis.values = [NotFoundError, moneyProblem];`,
    openai: `import { OpenAI } from 'openai'; globalThis.client = new OpenAI();`,
    ky: `import ky from 'ky'; globalThis.client = ky;`,
    zod: `import * as z from 'zod'; globalThis.schema = z.object({ name: z.string() });`,
  };
  const rows: { program: string; platform: string; minified: number; gzip: number }[] = [];
  for (const platform of ['node', 'neutral'] as const) {
    for (const [program, source] of Object.entries(programs)) {
      const { minified, gzip } = await bundleOf(source, platform);
      rows.push({ program, platform, minified: kilobytes(minified), gzip: kilobytes(gzip) });
    }
  }
  printTable("A consumer's bundle, esbuild, minified, kB", rows);
  const most = (name: keyof typeof programs) =>
    Math.max(...rows.filter(({ program }) => program === name).map(({ gzip }) => gzip));
  return { client: most('spydra-sdk'), values: most('spydra-sdk, values') };
}

/** Kilobytes of the tarball, and of what npm installs for it. */
function installedSize() {
  const folder = mkdtempSync(join(tmpdir(), 'spydra-sdk-weight-'));
  try {
    const packed = execFileSync('npm', ['pack', '--ignore-scripts', '--silent', '--pack-destination', folder], {
      cwd: ROOT,
      encoding: 'utf8',
    });
    const tarball = join(folder, packed.trim());
    writeFileSync(join(folder, 'package.json'), '{ "private": true }');
    execFileSync('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund', '--silent', tarball], {
      cwd: folder,
    });
    const installed = readdirSync(join(folder, 'node_modules'), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0);
    const row = { tarball: kilobytes(statSync(tarball).size), installed: kilobytes(installed) };
    printTable('Tarball, and installed with its dependencies, kB', [row]);
    return row;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Microseconds for each of many reads, one after the other. */
async function readMany(read: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  for (let n = 0; n < READS; n++) await read();
  return (1_000 * (performance.now() - started)) / READS;
}

async function stubReads() {
  const sandbox = createSandbox();
  const filling = new SpydraClient({ ...sandbox.connection() });
  const { assetId } = await filling.assets.create(FLAT);
  let body = '';
  const recording: typeof fetch = async (input, init) => {
    const response = await sandbox.fetch(input, init);
    body = await response.clone().text();
    return response;
  };
  await new SpydraClient({ ...sandbox.connection(), fetch: recording }).assets.get(assetId);
  const headers = { 'content-type': 'application/json' };
  const stub: typeof fetch = async () => new Response(body, { headers });

  const spydra = new SpydraClient({ ...sandbox.connection(), fetch: stub });
  const openai = new OpenAI({ apiKey: 'sk-0123456789', baseURL: 'http://localhost/v1', fetch: stub });
  const kyClient = ky.create({ prefixUrl: 'http://localhost/v1', fetch: stub });
  const url = `http://localhost/v1/assets/${assetId}`;
  const reads = {
    'the stub and JSON.parse': async () => (await stub(url)).json(),
    ky: () => kyClient.get(`assets/${assetId}`).json(),
    openai: () => openai.models.retrieve(assetId),
    'spydra-sdk': () => spydra.assets.get(assetId),
  };
  if ((await spydra.assets.get(assetId)).assetId !== assetId) throw new Error('The stub gave another asset.');
  const tasks = Object.fromEntries(Object.entries(reads).map(([name, read]) => [name, () => readMany(read)]));
  const times = await interleaved(tasks as Record<keyof typeof reads, () => Promise<number>>, READ_ROUNDS);
  const cheaper = Math.min(least(times.openai), least(times.ky));
  const rows = Object.entries(times).map(([read, each]) => ({
    read,
    'least us': least(each).toFixed(0),
    'median us': median(each).toFixed(0),
    'least / cheaper of openai and ky': (least(each) / cheaper).toFixed(2),
  }));
  printTable(`A read over a fetch that responds at once, ${READ_ROUNDS} rounds of ${READS}`, rows);
  await Promise.all([spydra.close(), filling.close(), sandbox.close()]);
  return least(times['spydra-sdk']) / cheaper;
}

const size = installedSize();
const bundle = await bundles();
const figures = {
  'import / zod': await importTimes(),
  'bundle, gzip kB': bundle.client,
  'bundle of values, gzip kB': bundle.values,
  'tarball, kB': size.tarball,
  'installed, kB': size.installed,
  'read over a stub / the cheaper of openai and ky': await stubReads(),
};
/** With room for noise in the two that are times. */
const BOUNDS: Readonly<Record<keyof typeof figures, number>> = {
  'import / zod': 0.75,
  'bundle, gzip kB': 61.5,
  'bundle of values, gzip kB': 2,
  'tarball, kB': 270,
  'installed, kB': 865,
  'read over a stub / the cheaper of openai and ky': 0.8,
};
const rows = Object.entries(figures).map(([figure, value]) => {
  const bound = BOUNDS[figure as keyof typeof figures];
  return { figure, value: value.toFixed(2), bound, ok: value <= bound ? 'yes' : 'NO' };
});
printTable('Bounds', rows);
if (process.argv.includes('--check') && rows.some(({ ok }) => ok === 'NO')) process.exitCode = 1;
