import { spawnSync } from 'node:child_process';
import { PidLock } from './pid-lock.js';

/** A lock on an open file. */
export interface FileLock {
  /** Call it after the file was closed. */
  release(): void;
}

/**
 * Locks an open file for one sandbox, until it is closed or the process ends.
 *
 * It is the kernel's lock (`flock`) on the open file: it applies to all containers, and to every name of the
 * file. Node has no call for it, but the command `flock` locks a file that it inherits, and the lock stays when the
 * command ends. Without the command a file beside it with the pid is used.
 *
 * @throws Error if the file is in use, or cannot be locked.
 */
export function lockFile(file: number, path: string, warn: (message: string) => void): FileLock {
  if (process.platform === 'win32') return new PidLock(path);
  const { error, status, stderr } = spawnSync('flock', ['-n', '-x', '3'], {
    stdio: ['ignore', 'ignore', 'pipe', file],
    encoding: 'utf8',
  });
  if (status === 0) return { release: () => {} };
  if (status === 1 && stderr === '') throw new Error(`The ledger file ${path} is in use by another sandbox.`);
  const isMissing = error !== undefined && 'code' in error && error.code === 'ENOENT';
  if (!isMissing) throw new Error(`The ledger file ${path} cannot be locked: ${error?.message ?? stderr.trim()}`);
  // Other platforms do not have the command.
  if (process.platform === 'linux') {
    warn(`The command flock (util-linux) is missing: ${path} is not kept from sandboxes in other containers.`);
  }
  return new PidLock(path);
}
