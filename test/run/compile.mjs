/* Bundles a program of this repository, for Node to run. Arguments: its module, and the file to write. */
import { readFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const [entry = '', outfile = ''] = process.argv.slice(2);

/** Each module keeps the URL that it has in the repository: some read files that are beside them. */
const ownUrls = {
  name: 'own-urls',
  setup(hooks) {
    hooks.onLoad({ filter: /\.ts$/ }, async ({ path }) => {
      const source = await readFile(path, 'utf8');
      return { contents: source.replaceAll('import.meta.url', JSON.stringify(pathToFileURL(path).href)), loader: 'ts' };
    });
  },
};

await build({
  entryPoints: [entry],
  outfile,
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  packages: 'external',
  plugins: [ownUrls],
  logLevel: 'error',
});
