import { spawnSync } from 'node:child_process';
import { accessSync, appendFileSync, constants } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

/** What tests run besides Node, and the package of Debian that brings it. */
const PACKAGES = {
  'redis-server': 'redis-server',
  'redis-cli': 'redis-tools',
  nginx: 'nginx',
  openssl: 'openssl',
  curl: 'curl',
  flock: 'util-linux',
  unshare: 'util-linux',
  prometheus: 'prometheus',
  promtool: 'prometheus',
  chromium: 'chromium',
} as const;

export type Program = keyof typeof PACKAGES;

/** Commands that must succeed for a program to be usable: a container may forbid `unshare`. */
const TRIALS: Partial<Record<Program, readonly string[]>> = {
  unshare: process.getuid?.() === 0 ? ['--pid', '--fork', 'true'] : ['--pid', '--fork', '--map-root-user', 'true'],
};

/** In the folder of the run: a line for each missing program, with its package. */
export const MISSING = 'missing-programs';

/**
 * Whether a program that a test needs is missing: `describe.skipIf(isMissing('nginx', 'openssl'))`. The run reports at
 * its end what was skipped and how to install it.
 */
export function isMissing(...programs: readonly Program[]): boolean {
  const missing = programs.filter((program) => !works(program));
  for (const program of missing) appendFileSync(join(tmpdir(), MISSING), `${program} ${PACKAGES[program]}\n`);
  return missing.length > 0;
}

/** The path of a program; Debian has some in folders that are only in root's PATH. */
export function pathOf(program: Program): string | undefined {
  const directories = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin'];
  return directories.map((directory) => join(directory, program)).find(isExecutable);
}

function works(program: Program): boolean {
  const trial = TRIALS[program];
  return pathOf(program) !== undefined && (!trial || spawnSync(program, trial).status === 0);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
