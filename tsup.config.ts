import { readFile } from 'node:fs/promises';
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

const entry = {
  index: 'src/index.ts',
  'cache-conformance': 'src/cache/conformance.ts',
  'contract/index': 'src/contract/index.ts',
  'sandbox/index': 'src/sandbox/index.ts',
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
    options.minifySyntax = true;
    options.minifyWhitespace = true;
  },
  splitting: true,
  treeshake: true,
};

export default defineConfig([
  { ...common, entry: { ...entry, 'sandbox/cli': 'src/sandbox/cli.ts' }, format: 'esm', dts: { entry }, clean: true },
  { ...common, entry, format: 'cjs', dts: { entry } },
]);
