import { readdirSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ViteUserConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** The SDK from source, as `paths` in tsconfig.json says. */
export const resolve = {
  alias: [
    { find: /^spydra-sdk\/contract$/, replacement: join(ROOT, 'src/contract/index.ts') },
    { find: /^spydra-sdk\/fabric$/, replacement: join(ROOT, 'src/fabric/index.ts') },
    { find: /^spydra-sdk\/platform$/, replacement: join(ROOT, 'src/platform/index.ts') },
    { find: /^spydra-sdk\/sandbox$/, replacement: join(ROOT, 'src/sandbox/index.ts') },
    { find: /^spydra-sdk\/cache-conformance$/, replacement: join(ROOT, 'src/cache/conformance.ts') },
    { find: /^spydra-sdk\/ledger-conformance$/, replacement: join(ROOT, 'src/ledger-conformance/index.ts') },
    { find: /^spydra-sdk\/webhooks$/, replacement: join(ROOT, 'src/webhooks/index.ts') },
    { find: /^spydra-sdk$/, replacement: join(ROOT, 'src/index.ts') },
  ],
};

/** Of `npm run test:long`, which runs what has a long form. */
const isLong = process.env.TEST_SCALE !== undefined;
/** They end a test that hangs, and no other: waits are for conditions, and the machine may be busy. */
const limits = {
  testTimeout: isLong ? 1_200_000 : 300_000,
  hookTimeout: 300_000,
  expect: { poll: { timeout: 60_000 } },
};

/** They start programs, or compile: what begins with them ends sooner. */
const SLOW = /helpers\/(program|redis|editor|backend)\.js'|\/(consumer|short)\.js'|\.\.\/faults\//;

class SlowFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isSlow = ({ moduleId }: TestSpecification) => SLOW.test(readFileSync(moduleId, 'utf8'));
    return [...sorted.filter(isSlow), ...sorted.filter((file) => !isSlow(file))];
  }
}

/** How Vitest runs the tests in these folders of the repository. */
export function testsOf(...folders: readonly string[]): ViteUserConfig {
  const files = folders.flatMap(testFilesIn);
  /** They need modules that no other file has loaded. */
  const isolated = containing(files, /\bvi\.(mock|doMock|resetModules)\(/);
  const scaled = containing(files, /(helpers\/scale|\.\/short)\.js'/);
  const run = files.filter((file) => (isLong ? scaled.includes(file) || isLongOnly(file) : !isLongOnly(file)));
  return {
    test: {
      // Most tests wait for servers, and use little of a core.
      maxWorkers: 2 * availableParallelism(),
      sequence: { sequencer: SlowFirst },
      globalSetup: join(ROOT, 'test/run/setup.ts'),
      projects: [
        // To load all modules anew for each file took longer than most of the tests.
        {
          root: ROOT,
          resolve,
          test: { ...limits, name: 'shared', isolate: false, include: run.filter((file) => !isolated.includes(file)) },
        },
        {
          root: ROOT,
          resolve,
          test: { ...limits, name: 'isolated', isolate: true, include: run.filter((file) => isolated.includes(file)) },
        },
      ],
    },
  };
}

function isLongOnly(file: string): boolean {
  return file.endsWith('.long.test.ts');
}

function testFilesIn(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.test.ts'))
    .map((file) => join(folder, file));
}

function containing(files: readonly string[], pattern: RegExp): string[] {
  return files.filter((file) => pattern.test(readFileSync(join(ROOT, file), 'utf8')));
}
