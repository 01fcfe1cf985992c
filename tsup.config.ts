import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, resolve } from 'node:path';
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
 * Omits what dependencies import for parts of theirs that the SDK does not use. Of ofetch: ufo for `baseURL` and `query`,
 * destr for responses that ofetch parses. Of p-retry: whether a TypeError is one of the network and may be repeated. The
 * SDK repeats only after errors of its own.
 */
const unused: Plugin = {
  name: 'unused',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^(?:ufo|destr|is-network-error)$/ }, ({ path }) => ({ path, namespace: 'unused' }));
    onLoad({ filter: /is-network-error/, namespace: 'unused' }, () => ({ contents: 'export default () => false;' }));
    onLoad({ filter: /.*/, namespace: 'unused' }, () => ({
      contents: `function unused() { throw new Error('This part of a dependency is not bundled.'); }
        export { unused as default, unused as withBase, unused as withQuery };`,
    }));
  },
};

const lean = [leanOfetch, unused];

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

/**
 * What the ES module of the main entry re-exports: for one name of a file a bundler keeps all schemas in it, but it omits
 * a whole file that is not used.
 */
const parts = { main: 'src/main.ts', values: 'src/values.ts' };
/** In the package as an ES module and as CommonJS: bundled for the web, or loaded together with what is. */
const twice = {
  'fabric/index': 'src/fabric/index.ts',
  'platform/index': 'src/platform/index.ts',
  'webhooks/index': 'src/webhooks/index.ts',
};
/** As CommonJS only, which `import` takes too. */
const once = {
  'cache-conformance': 'src/cache/conformance.ts',
  'contract/index': 'src/contract/index.ts',
  'ledger-conformance': 'src/ledger-conformance/index.ts',
  'sandbox/index': 'src/sandbox/index.ts',
};
const entry = { index: 'src/index.ts', ...twice, ...once };

/**
 * Writes what `import` takes from the files for `require`: all declarations, and the code of what is there once. TypeScript
 * and Node take a CommonJS module from an ES module; for the reverse, TypeScript and Jest do not. And the main entry.
 */
async function writeWrappers(out: string): Promise<void> {
  const require = createRequire(`${resolve(out)}/`);
  for (const name of Object.keys(entry)) {
    const from = `from './${basename(name)}.cjs';\n`;
    await writeFile(`${out}/${name}.d.ts`, `export * ${from}`);
    if (!(name in once)) continue;
    const names = Object.keys(require(`./${name}.cjs`)).join(', ');
    await writeFile(`${out}/${name}.js`, `export { ${names} } ${from}`);
  }
  const all = Object.keys(parts).map((name) => `export * from './${name}.js';\n`);
  await writeFile(`${out}/index.js`, all.join(''));
  await writeFile(`${out}/sandbox/cli.js`, "#!/usr/bin/env node\nimport './cli.cjs';\n", { mode: 0o755 });
}

const common: Options = {
  target: 'node20',
  platform: 'neutral',
  // Optional peer dependencies of `spydra-sdk/fabric`, which come with the application.
  external: [/^node:/, /^@grpc\//, /^@hyperledger\//],
  removeNodeProtocol: false,
  // All dependencies are bundled: the part of them that is used is small, loads faster, and is what was tested.
  noExternal: [/^(?!node:|@grpc\/|@hyperledger\/)/],
  esbuildPlugins: lean,
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

export default defineConfig(({ outDir = 'dist' }) => [
  { ...common, entry: { ...parts, ...twice }, format: 'esm', clean: true },
  {
    ...common,
    entry: { ...entry, 'sandbox/cli': 'src/sandbox/cli.ts' },
    format: 'cjs',
    dts: { entry },
    esbuildPlugins: [...lean, inventory],
    onSuccess: () => writeWrappers(outDir),
  },
]);
