import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const VITEST = join(ROOT, 'node_modules/vitest/vitest.mjs');
const CONFIG = 'test/run/fixtures.config.ts';

/** A run whose only test never ends, and the processes that it started. */
function run(timeout: number) {
  const left = join(mkdtempSync(join(tmpdir(), 'leaving-')), 'left.json');
  const child = spawn(process.execPath, [VITEST, 'run', 'leaving.fixture', '--config', CONFIG, '--root', ROOT], {
    cwd: ROOT,
    env: { ...process.env, LEFT: left, LEAVES_AFTER: String(timeout) },
    stdio: 'ignore',
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  return {
    child,
    ended: once(child, 'exit'),
    started: async (): Promise<{ folder: string; pids: number[] }> => {
      await expect.poll(() => existsSync(left) && readFileSync(left, 'utf8')).toContain('pids');
      return JSON.parse(readFileSync(left, 'utf8'));
    },
  };
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0) && !/^State:\tZ/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

async function expectGone({ folder, pids }: { folder: string; pids: readonly number[] }) {
  expect(pids).toHaveLength(2);
  await expect.poll(() => [existsSync(folder), ...pids.map(isRunning)]).toEqual([false, false, false]);
}

describe.runIf(process.platform === 'linux')('a run leaves no processes and files', () => {
  it('if a test times out', async () => {
    const { ended, started } = run(2_000);
    const left = await started();
    expect(await ended).toEqual([1, null]);
    await expectGone(left);
  });

  it.each(['SIGINT', 'SIGTERM', 'SIGKILL'] as const)('if %s ends it', async (signal) => {
    const { child, ended, started } = run(600_000);
    const left = await started();
    expect(left.pids.map(isRunning)).toEqual([true, true]);
    child.kill(signal);
    await ended;
    await expectGone(left);
  });
});
