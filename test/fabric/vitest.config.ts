import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { resolve } from '../run/tests-of.js';

const isThere = Boolean(process.env.FABRIC_HOME);
if (!isThere) {
  process.stderr.write(
    'SKIPPED: the cases on Hyperledger Fabric. FABRIC_HOME must name a folder with its programs, as in a release: ' +
      'bin/, config/, builders/ccaas/.\n',
  );
}

/** Of `npm run test:fabric`. */
export default defineConfig({
  resolve,
  test: {
    root: fileURLToPath(new URL('../..', import.meta.url)),
    include: isThere ? ['test/fabric/*.cases.ts'] : [],
    passWithNoTests: true,
    globalSetup: fileURLToPath(new URL('../run/setup.ts', import.meta.url)),
    testTimeout: 300_000,
    hookTimeout: 300_000,
    expect: { poll: { timeout: 60_000 } },
  },
});
