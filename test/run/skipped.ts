import { existsSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { TestModule } from 'vitest/node';
import { MISSING } from '../helpers/programs.js';

/** The tests that were skipped because programs are missing, and how to install them; undefined if none is. */
export function skippedForWantOf(folder: string, modules: readonly TestModule[]): string | undefined {
  const file = join(folder, MISSING);
  if (!existsSync(file)) return undefined;
  const lines = [...new Set(readFileSync(file, 'utf8').trim().split('\n'))].map((line) => line.split(' '));
  const [programs, packages] = [0, 1].map((column) => [...new Set(lines.map((line) => line[column]))].sort());
  const skipped = modules.flatMap((module) => {
    const count = [...module.children.allTests('skipped')].length;
    return count === 0 ? [] : [`  ${relative(process.cwd(), module.moduleId)}: ${count}`];
  });
  return [
    `SKIPPED, since ${programs?.join(', ')} cannot be run here. Tests that did not run:`,
    ...skipped.sort(),
    `Install them, on Debian with: apt-get install ${packages?.join(' ')}`,
  ].join('\n');
}
