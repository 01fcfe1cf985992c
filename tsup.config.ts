import { defineConfig } from 'tsup';

export default defineConfig({
  entry: ['src/index.ts', 'src/sandbox/index.ts', 'src/sandbox/cli.ts'],
  format: ['esm', 'cjs'],
  dts: { entry: ['src/index.ts', 'src/sandbox/index.ts'] },
  target: 'node20',
  platform: 'neutral',
  external: [/^node:/],
  removeNodeProtocol: false,
  // ESM only, so a CommonJS build cannot require them: they travel inside the bundle.
  noExternal: ['p-retry', 'p-map'],
  clean: true,
  sourcemap: true,
  splitting: true,
  treeshake: true,
});
