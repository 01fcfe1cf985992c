import { defineConfig } from 'tsup';

/** The backend and the sandbox, each as one file for the image. What is read from disk at run time stays outside. */
export default defineConfig({
  entry: { server: 'examples/express/server.ts', sandbox: 'src/sandbox/cli.ts' },
  format: 'esm',
  target: 'node22',
  platform: 'node',
  outDir: 'build',
  external: ['swagger-ui-dist'],
  noExternal: [/^(?!swagger-ui-dist|node:)/],
  // Some packages are CommonJS and ask for Node's own modules that way.
  banner: {
    js: "import { createRequire as requireFrom } from 'node:module';\nconst require = requireFrom(import.meta.url);",
  },
});
