import { defineConfig } from 'vitest/config';

export default defineConfig({
  resolve: {
    alias: [
      { find: /^spydra-sdk\/sandbox$/, replacement: new URL('./src/sandbox/index.ts', import.meta.url).pathname },
      {
        find: /^spydra-sdk\/cache-conformance$/,
        replacement: new URL('./src/cache/conformance.ts', import.meta.url).pathname,
      },
      { find: /^spydra-sdk$/, replacement: new URL('./src/index.ts', import.meta.url).pathname },
    ],
  },
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
