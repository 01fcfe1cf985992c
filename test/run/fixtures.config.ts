import { defineConfig, mergeConfig } from 'vitest/config';
import base from '../../vitest.config.js';

const { projects: _, ...test } = base.test ?? {};

/** As `npm test` runs its files, but those that tests of the runs themselves name. */
export default mergeConfig(
  { ...base, test },
  defineConfig({ test: { root: '.', include: ['test/run/*/*.fixture.ts'], maxWorkers: 1 } }),
);
