import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const VITEST = join(ROOT, 'node_modules/vitest/vitest.mjs');
const CONFIG = 'test/run/fixtures.config.ts';

it('a run without a required program passes, and reports at its end what was skipped and how to install it', async () => {
  const child = spawn(process.execPath, [VITEST, 'run', 'skipped.fixture', '--config', CONFIG, '--root', ROOT], {
    cwd: ROOT,
    env: { ...process.env, PATH: '/nowhere' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const [[code], printed, errors] = await Promise.all([once(child, 'exit'), text(child.stdout), text(child.stderr)]);
  expect(printed).toMatch(/Tests .*1 passed.*1 skipped/);
  expect(errors).toContain(`SKIPPED, since redis-server cannot be run here. Tests that did not run:
  test/run/skipped/skipped.fixture.ts: 1
Install them, on Debian with: apt-get install redis-server`);
  expect(code).toBe(0);
});
