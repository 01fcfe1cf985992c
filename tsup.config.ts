import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import type { Plugin } from 'esbuild';
import type { MinifyOptions } from 'terser';
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

/**
 * Omits what ofetch imports for options that the SDK does not use: ufo for `baseURL` and `query`, destr for responses
 * that ofetch parses.
 */
const unusedByOfetch: Plugin = {
  name: 'unused-by-ofetch',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^(?:ufo|destr)$/ }, ({ path }) => ({ path, namespace: 'unused' }));
    onLoad({ filter: /.*/, namespace: 'unused' }, () => ({
      contents: `function unused() { throw new Error('This part of ofetch is not bundled.'); }
        export { unused as default, unused as withBase, unused as withQuery };`,
    }));
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
  'fabric/index': 'src/fabric/index.ts',
  'ledger-conformance': 'src/ledger-conformance/index.ts',
  'platform/index': 'src/platform/index.ts',
  'sandbox/index': 'src/sandbox/index.ts',
  'webhooks/index': 'src/webhooks/index.ts',
};

/**
 * Writes the declarations for `import`: those for `require` once more, so that they are in the package once. TypeScript
 * takes a CommonJS module from an ES module, but not the reverse.
 */
const declarations: Plugin = {
  name: 'declarations',
  setup({ initialOptions, onEnd }) {
    onEnd(async () => {
      for (const name of Object.keys(entry)) {
        const file = `${initialOptions.outdir}/${name}.d.ts`;
        await mkdir(dirname(file), { recursive: true });
        await writeFile(file, `export * from './${basename(name)}.cjs';\n`);
      }
    });
  },
};

const common: Options = {
  target: 'node20',
  platform: 'neutral',
  // Optional peer dependencies of `spydra-sdk/fabric`, which come with the application.
  external: [/^node:/, /^@grpc\//, /^@hyperledger\//],
  removeNodeProtocol: false,
  // All dependencies are bundled: the part of them that is used is small, loads faster, and is what was tested.
  noExternal: [/^(?!node:|@grpc\/|@hyperledger\/)/],
  esbuildPlugins: [leanOfetch, unusedByOfetch],
  esbuildOptions(options) {
    // Builds that import no modules of Node, which bundlers for other platforms refuse, in dynamic imports too.
    options.conditions = ['browser'];
    options.minifySyntax = true;
  },
  minify: 'terser',
  terserOptions: {
    compress: false,
    // Names at the top level stay: those of classes and functions, for stack traces and `inspect`.
    module: false,
    toplevel: false,
    // Without these marks, a consumer's bundler cannot omit what the consumer does not use.
    format: { preserve_annotations: true },
  } satisfies MinifyOptions,
  splitting: true,
  treeshake: true,
};

export default defineConfig([
  {
    ...common,
    entry: { ...entry, 'sandbox/cli': 'src/sandbox/cli.ts' },
    format: 'esm',
    esbuildPlugins: [leanOfetch, unusedByOfetch, inventory, declarations],
    clean: true,
  },
  { ...common, entry, format: 'cjs', dts: { entry } },
]);
