import { closeSync, fsyncSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { hasCode } from './thrown.js';

/**
 * Writes bytes to a new file beside another one, `<path>.torn-<n>`, and returns its name once the disk has them.
 *
 * @throws Error if that fails; there is no such file then.
 */
export function writeTornFile(path: string, mode: number, bytes: Buffer): string {
  const [name, file] = create(path, mode);
  try {
    writeFileSync(file, bytes);
    fsyncSync(file);
    return name;
  } catch (error) {
    rmSync(name);
    throw error;
  } finally {
    closeSync(file);
  }
}

function create(path: string, mode: number): [name: string, file: number] {
  for (let n = 1; ; n++) {
    const name = `${path}.torn-${n}`;
    try {
      return [name, openSync(name, 'wx', mode)];
    } catch (error) {
      if (!hasCode(error, 'EEXIST')) throw error;
    }
  }
}
