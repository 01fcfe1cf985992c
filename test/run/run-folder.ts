import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, realpathSync } from 'node:fs';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const WATCHDOG = fileURLToPath(new URL('watchdog.mjs', import.meta.url));

/** The temporary folder of a run. */
export interface RunFolder {
  readonly path: string;
  /** Kills the processes that still run, and removes the folder. */
  sweep(): Promise<void>;
}

/**
 * Lets `os.tmpdir()` be a folder of this run's own, here and in the processes that inherit `TMPDIR`. On Linux no such
 * process outlives this one, however it ends.
 */
export function openRunFolder(): RunFolder {
  const environment = { ...process.env };
  const path = mkdtempSync(join(realpathSync(tmpdir()), 'spydra-tests-'));
  process.env.TMPDIR = path;
  // In a session of its own, so that Ctrl-C in a terminal does not end it.
  const watchdog = spawn(process.execPath, [WATCHDOG, path, String(process.pid)], {
    detached: true,
    env: environment,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const [input, output] = [watchdog.stdin as Socket, watchdog.stdout as Socket];
  for (const handle of [watchdog, input, output]) handle.unref();
  return {
    path,
    async sweep() {
      output.ref();
      const swept = once(output, 'data');
      input.write('sweep\n');
      await swept;
      output.unref();
    },
  };
}
