import { defineConfig, mergeConfig } from 'vitest/config';
import base from '../../vitest.config.js';

const { projects: _, ...test } = base.test ?? {};

/** As for `npm test`, with the fixtures that the tests of runs name. */
export default mergeConfig(
  { ...base, test },
  defineConfig({ test: { root: '.', include: ['test/run/*/*.fixture.ts'], maxWorkers: 1 } }),
);
