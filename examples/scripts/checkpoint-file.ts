import { readFile, rename, writeFile } from 'node:fs/promises';
import type { WatchCheckpoint } from 'spydra-sdk';

/** The checkpoint in the file; undefined if there is no such file. */
export async function readCheckpoint(file: string): Promise<WatchCheckpoint | undefined> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  return text === undefined ? undefined : JSON.parse(text);
}

/** Replaces the file at once, so that a process that is killed leaves the old checkpoint or the new one. */
export async function writeCheckpoint(file: string, checkpoint: WatchCheckpoint): Promise<void> {
  await writeFile(`${file}.new`, JSON.stringify(checkpoint));
  await rename(`${file}.new`, file);
}
