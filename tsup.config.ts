import { defineConfig } from 'tsup';

export default defineConfig({
  entry: {
    index: 'src/index.ts',
    'cache-conformance': 'src/cache/conformance.ts',
    'contract/index': 'src/contract/index.ts',
    'sandbox/index': 'src/sandbox/index.ts',
    'sandbox/cli': 'src/sandbox/cli.ts',
  },
  format: ['esm', 'cjs'],
  dts: {
    entry: {
      index: 'src/index.ts',
      'cache-conformance': 'src/cache/conformance.ts',
      'contract/index': 'src/contract/index.ts',
      'sandbox/index': 'src/sandbox/index.ts',
    },
  },
  target: 'node20',
  platform: 'neutral',
  external: [/^node:/],
  removeNodeProtocol: false,
  // ESM only, so a CommonJS build cannot require them, and ofetch, whose CommonJS build brings a fetch for Node and reads
  // the environment, which Deno forbids: they travel inside the bundle.
  noExternal: ['leven', 'ofetch', 'p-limit', 'p-map', 'p-retry'],
  clean: true,
  sourcemap: true,
  splitting: true,
  treeshake: true,
});
