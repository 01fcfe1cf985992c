import { exec, spawn } from 'node:child_process';
import { once } from 'node:events';
import { promisify } from 'node:util';
import { expect, it, onTestFinished } from 'vitest';
import { isListening } from '../../examples/express/cluster/ports.js';

const ROOT = new URL('../..', import.meta.url).pathname;

/** Starts the cluster as `npm run cluster` does. */
function cluster(path = process.env.PATH ?? '') {
  const child = spawn(process.execPath, ['--import', 'tsx', 'examples/express/cluster/cluster.ts'], {
    cwd: ROOT,
    env: { PATH: path },
  });
  // It ends its own children, so it must be asked.
  onTestFinished(() => void child.kill('SIGTERM'));
  const printed = { out: '', err: '' };
  child.stdout.on('data', (chunk) => (printed.out += chunk));
  child.stderr.on('data', (chunk) => (printed.err += chunk));
  return { child, printed, exited: once(child, 'exit') };
}

it('prints where all of it is and three commands that work, and leaves nothing behind', {
  timeout: 60_000,
}, async () => {
  const { child, printed, exited } = cluster();
  await expect.poll(() => printed.out, { timeout: 40_000 }).toContain('Ctrl-C');

  const commands = printed.out.split('\n').filter((line) => line.startsWith('curl '));
  const answers: unknown[] = [];
  for (const command of commands) answers.push(JSON.parse((await promisify(exec)(command)).stdout));
  expect(answers).toMatchObject([
    { success: true, count: 2 },
    { success: true, data: { walletId: 'wallet-alice', totalAssets: 2 } },
    { success: true, data: { amount: 100, newBalance: 100 } },
  ]);

  const ports = [...new Set([...printed.out.matchAll(/:(\d{4,5})\b/g)].map(([, port]) => Number(port)))];
  expect(ports).toHaveLength(6);
  expect(await Promise.all(ports.map(isListening))).not.toContain(false);
  child.kill('SIGINT');
  expect(await exited).toEqual([0, null]);
  expect(await Promise.all(ports.map(isListening))).not.toContain(true);
  expect(printed.err).toBe('');
});

it('says what to install', async () => {
  const { printed, exited } = cluster('/nowhere');
  expect(await exited).toEqual([1, null]);
  expect(printed.err).toMatch(/^Install what is missing here first, .*redis-server.*\n$/);
});
