import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const GUIDES = readdirSync(join(ROOT, 'docs')).filter((name) => name.endsWith('.md'));
const EXAMPLES = readdirSync(join(ROOT, 'examples'), { withFileTypes: true }).filter((entry) => entry.isDirectory());
const DOCUMENTS = [
  'README.md',
  'CONTRIBUTING.md',
  ...GUIDES.map((name) => `docs/${name}`),
  ...EXAMPLES.map(({ name }) => `examples/${name}/README.md`),
];

const read = (document: string) => readFileSync(join(ROOT, document), 'utf8');

/** The anchors of a document's headings, as GitHub makes them. */
const anchorsOf = (document: string) =>
  [...read(document).matchAll(/^#+ (.+)$/gm)].map(([, title = '']) =>
    title
      .toLowerCase()
      .replace(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  );

it.each(DOCUMENTS)('every relative link of %s leads to a file, and to a heading if it names one', (document) => {
  const links = [...read(document).matchAll(/\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)/g)];
  const broken = links.filter(([, path = '', anchor]) => {
    const target = path === '' ? document : join(dirname(document), path);
    return !existsSync(join(ROOT, target)) || (anchor !== undefined && !anchorsOf(target).includes(anchor));
  });
  expect(broken.map(([link]) => link)).toEqual([]);
});

it('docs/architecture.md names every file of src', () => {
  const named = new Set(read('docs/architecture.md').match(/[a-z0-9-]+\.ts\b/g));
  const files = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' }).filter((path) =>
    /\.ts$/.test(path),
  );
  expect(files.filter((path) => !named.has(basename(path)))).toEqual([]);
});

it('every file of src that docs/architecture.md names by its path exists', () => {
  const named = [...read('docs/architecture.md').matchAll(/`([a-z-]+\/[a-z-]+\.ts)`/g)].map(([, path = '']) => path);
  expect(named.length).toBeGreaterThan(10);
  expect(named.filter((path) => !existsSync(join(ROOT, 'src', path)))).toEqual([]);
});
