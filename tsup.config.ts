import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import type { Plugin } from 'esbuild';
import { defineConfig, type Options } from 'tsup';

/**
 * ofetch without its default instance, which the SDK does not use: its entry reads `globalThis.Headers` when it is
 * loaded, for which Node starts undici (40 ms).
 */
const leanOfetch: Plugin = {
  name: 'lean-ofetch',
  setup({ onLoad }) {
    onLoad({ filter: /ofetch[\\/]dist[\\/]index\.mjs$/ }, async ({ path }) => {
      const source = await readFile(path, 'utf8');
      const shared = /import \{ c as createFetch \} from ('\.\/shared\/.+?');/.exec(source)?.[1];
      if (!shared) throw new Error(`${path} is another version of ofetch than this build expects.`);
      return { contents: `export { c as createFetch } from ${shared};`, loader: 'js' };
    });
  },
};

/** What the package carries of a dependency. */
interface Bundled {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  readonly text: string;
}

async function bundled(folder: string): Promise<Bundled> {
  const { name, version, license } = JSON.parse(await readFile(`${folder}/package.json`, 'utf8'));
  const file = (await readdir(folder)).find((each) => /^licen[cs]e/i.test(each));
  if (!file) throw new Error(`${name} has no file with its license.`);
  return { name, version, license, text: (await readFile(`${folder}/${file}`, 'utf8')).trim() };
}

/** CycloneDX, which scanners of vulnerabilities read: they cannot see what is bundled. */
function billOfMaterials(packages: readonly Bundled[]): string {
  const components = packages.map(({ name, version, license }) => ({
    type: 'library',
    name,
    version,
    licenses: [{ license: { id: license } }],
    purl: `pkg:npm/${name.replace('@', '%40')}@${version}`,
  }));
  return `${JSON.stringify({ bomFormat: 'CycloneDX', specVersion: '1.6', version: 1, components }, null, 2)}\n`;
}

/** Writes the licenses of the dependencies that are bundled, and their versions. */
const inventory: Plugin = {
  name: 'inventory',
  setup({ initialOptions, onEnd }) {
    initialOptions.metafile = true;
    onEnd(async ({ metafile }) => {
      const folders = Object.keys(metafile?.inputs ?? {}).map(
        (input) => /.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input)?.[0],
      );
      const used = [...new Set(folders.filter((folder) => folder !== undefined))];
      const packages = (await Promise.all(used.map(bundled))).sort((a, b) => (a.name < b.name ? -1 : 1));
      const texts = packages.map(({ name, version, text }) => `${name} ${version}\n\n${text}\n`);
      const out = initialOptions.outdir ?? 'dist';
      await mkdir(out, { recursive: true });
      await writeFile(`${out}/third-party-licenses.txt`, texts.join(`\n${'-'.repeat(80)}\n\n`));
      await writeFile(`${out}/sbom.cdx.json`, billOfMaterials(packages));
    });
  },
};

const entry = {
  index: 'src/index.ts',
  'cache-conformance': 'src/cache/conformance.ts',
  'contract/index': 'src/contract/index.ts',
  'sandbox/index': 'src/sandbox/index.ts',
  'webhooks/index': 'src/webhooks/index.ts',
};

const common: Options = {
  target: 'node20',
  platform: 'neutral',
  external: [/^node:/],
  removeNodeProtocol: false,
  // All dependencies are bundled: the part of them that is used is small, loads faster, and is what was tested.
  noExternal: [/^(?!node:)/],
  esbuildPlugins: [leanOfetch],
  esbuildOptions(options) {
    // Builds that import no modules of Node, which bundlers for other platforms refuse, in dynamic imports too.
    options.conditions = ['browser'];
    options.minifySyntax = true;
    options.minifyWhitespace = true;
  },
  splitting: true,
  treeshake: true,
};

export default defineConfig([
  {
    ...common,
    entry: { ...entry, 'sandbox/cli': 'src/sandbox/cli.ts' },
    format: 'esm',
    dts: { entry },
    esbuildPlugins: [leanOfetch, inventory],
    clean: true,
  },
  { ...common, entry, format: 'cjs', dts: { entry } },
]);
