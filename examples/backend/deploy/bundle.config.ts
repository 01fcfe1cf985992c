import { defineConfig } from 'tsup';

/** The backend and the sandbox, each as one file for the image. Files that are read at run time are not bundled. */
export default defineConfig({
  entry: { server: 'examples/backend/server.ts', sandbox: 'src/sandbox/cli.ts' },
  format: 'esm',
  target: 'node22',
  platform: 'node',
  outDir: 'build',
  external: ['swagger-ui-dist'],
  noExternal: [/^(?!swagger-ui-dist|node:)/],
  // Some packages are CommonJS and require the modules of Node.
  banner: {
    js: "import { createRequire as requireFrom } from 'node:module';\nconst require = requireFrom(import.meta.url);",
  },
});
