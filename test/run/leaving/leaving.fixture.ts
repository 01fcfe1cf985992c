import { spawn } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'vitest';
import { program } from '../../helpers/program.js';

/* A test that times out, or waits to be killed with its run, and leaves a sandbox and a process that hides its origin. */

test('leaves all that it starts', { timeout: Number(process.env.LEAVES_AFTER) }, async () => {
  const directory = mkdtempSync(join(tmpdir(), 'left-'));
  const command = [program('src/sandbox/cli.ts'), '--port', '0', '--data', join(directory, 'ledger.jsonl')];
  const sandbox = spawn(process.execPath, command, { stdio: 'ignore' });
  // Like Redis and nginx, which overwrite their environment: it is recognised by its working directory.
  const hidden = spawn('sleep', ['600'], { cwd: directory, env: {}, stdio: 'ignore', detached: true });
  writeFileSync(process.env.LEFT ?? '', JSON.stringify({ folder: tmpdir(), pids: [sandbox.pid, hidden.pid] }));
  await new Promise(() => {});
});
