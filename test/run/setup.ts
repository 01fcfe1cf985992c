import type { TestProject } from 'vitest/node';
import { openRunFolder } from './run-folder.js';
import { skippedForWantOf } from './skipped.js';

/** Once for all test files. */
export default function setup({ vitest }: TestProject): () => Promise<void> {
  const folder = openRunFolder();
  return async () => {
    const skipped = skippedForWantOf(folder.path, vitest.state.getTestModules());
    if (skipped) process.stderr.write(`\n${skipped}\n`);
    await folder.sweep();
  };
}
