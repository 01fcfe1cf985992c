import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { expect, it } from 'vitest';

const SRC = new URL('../../src', import.meta.url).pathname;

/** What the files of a folder may import, beside its own and the files in src itself, most of which are for all. */
const FOLDERS: Readonly<Record<string, readonly string[]>> = {
  core: [],
  telemetry: ['core'],
  http: ['core', 'telemetry'],
  cache: ['core', 'telemetry'],
  ledger: ['core', 'cache'],
  rest: ['core', 'http', 'ledger'],
  writes: ['core', 'http', 'telemetry', 'ledger'],
  chain: ['core', 'ledger'],
  fabric: ['core', 'ledger', 'chain'],
  platform: ['core', 'telemetry', 'http', 'ledger', 'chain'],
  resources: ['core', 'cache', 'ledger', 'writes'],
  webhooks: ['core', 'cache', 'telemetry', 'ledger'],
  contract: [],
  'ledger-conformance': ['client.ts'],
  sandbox: ['contract'],
};
/** Files in src itself that no folder may import. */
const TOP = ['client.ts', 'index.ts'];

/** Folders that import no files in src itself. */
const ALONE = ['contract', 'sandbox'];

const folderOf = (file: string) => (file.includes('/') ? file.slice(0, file.indexOf('/')) : '');

/** What a file imports within src: paths below it. */
function importsOf(file: string): string[] {
  const text = readFileSync(join(SRC, file), 'utf8');
  const specifiers = [...text.matchAll(/\b(?:from|import)\b ?\(?'(\.{1,2}\/[^']+)'/g)].map(
    ([, specifier = '']) => specifier,
  );
  const targets = specifiers.map((specifier) => relative(SRC, join(SRC, dirname(file), specifier)));
  return targets.filter((target) => !target.startsWith('..')).map((target) => target.replace(/\.js$/, '.ts'));
}

const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));

it.each(Object.entries(FOLDERS))('src/%s imports only %j', (folder, allowed) => {
  const edges = files
    .filter((file) => folderOf(file) === folder)
    .flatMap((file) => importsOf(file).map((target) => ({ file, target })));
  const isAllowed = (target: string) => {
    const to = folderOf(target);
    if (to === '') return allowed.includes(target) || (!ALONE.includes(folder) && !TOP.includes(target));
    return to === folder || allowed.includes(to);
  };
  expect(edges.filter(({ target }) => !isAllowed(target))).toEqual([]);
});

it('every folder of src has a rule for its imports', () => {
  const folders = new Set(files.map(folderOf).filter((folder) => folder !== ''));
  expect([...folders].sort()).toEqual(Object.keys(FOLDERS).sort());
});
