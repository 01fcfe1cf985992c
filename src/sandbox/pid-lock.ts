import { randomUUID } from 'node:crypto';
import { existsSync, linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { hasCode } from './thrown.js';

/** The locks of this process. In a container every start has the same pid, so a pid alone does not identify a lock. */
const heldHere = new Set<string>();

/**
 * Keeps a file for one process of this computer: `<file>.lock` holds its pid. A lock whose process is gone is taken
 * over. It is used where the kernel's lock is not available.
 */
export class PidLock {
  readonly #path: string;

  /** @throws Error if a running process holds the lock. */
  constructor(file: string) {
    this.#path = `${file}.lock`;
    if (heldHere.has(this.#path)) throw inUse(this.#path, process.pid);
    acquire(this.#path);
    heldHere.add(this.#path);
  }

  release(): void {
    heldHere.delete(this.#path);
    rmSync(this.#path, { force: true });
  }
}

function acquire(path: string): void {
  const own = `${path}.${randomUUID()}`;
  try {
    writeFileSync(own, String(process.pid));
    if (linkIfFree(own, path)) return;
    removeStale(path, `${own}.stale`);
    if (!linkIfFree(own, path)) throw inUse(path, readPid(path));
  } finally {
    rmSync(own, { force: true });
  }
}

/** Linking a complete file creates the lock atomically, and fails if there is one. */
function linkIfFree(own: string, path: string): boolean {
  try {
    linkSync(own, path);
    return true;
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false;
    throw error;
  }
}

function removeStale(path: string, removed: string): void {
  const holder = readPid(path);
  if (isRunning(holder)) throw inUse(path, holder);
  try {
    renameSync(path, removed);
  } catch (error) {
    // Another process removed it first; the next attempt to link shows whether that one has locked it.
    if (hasCode(error, 'ENOENT')) return;
    throw error;
  }
  const moved = readPid(removed);
  // Another process may have taken over the stale lock since it was read: then the moved one is valid, and is restored.
  if (moved !== holder) linkIfFree(removed, path);
  rmSync(removed);
  if (moved !== holder) throw inUse(path, moved);
}

/** 0 for a lock that was removed meanwhile, or that is empty, as after a power failure. */
function readPid(path: string): number {
  return existsSync(path) ? Number(readFileSync(path, 'utf8')) : 0;
}

function isRunning(pid: number): boolean {
  if (!(pid > 0) || pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return hasCode(error, 'EPERM');
  }
}

function inUse(path: string, pid: number): Error {
  return new Error(`The ledger file is in use by process ${pid}. If that is no sandbox, delete ${path}.`);
}
