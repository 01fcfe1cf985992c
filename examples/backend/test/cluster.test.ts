import { exec, spawn } from 'node:child_process';
import { once } from 'node:events';
import { promisify } from 'node:util';
import { expect, it, onTestFinished } from 'vitest';
import { bareEnvironment } from '../../../test/helpers/program.js';
import { isMissing } from '../../../test/helpers/programs.js';
import { isListening } from '../cluster/ports.js';

const ROOT = new URL('../../..', import.meta.url).pathname;

/** Starts the cluster as `npm run cluster` does. */
function cluster(path = process.env.PATH ?? '') {
  const child = spawn(process.execPath, ['--import', 'tsx', 'examples/backend/cluster/cluster.ts'], {
    cwd: ROOT,
    env: { ...bareEnvironment(), PATH: path },
  });
  // It stops its own children, so it must get the signal.
  onTestFinished(() => void child.kill('SIGTERM'));
  const printed = { out: '', err: '' };
  child.stdout.on('data', (chunk) => (printed.out += chunk));
  child.stderr.on('data', (chunk) => (printed.err += chunk));
  return { child, printed, exited: once(child, 'exit') };
}

it.skipIf(isMissing('nginx', 'redis-server', 'openssl', 'curl'))(
  'npm run cluster prints its URLs and three working commands, and stops without leaving processes or files',
  async () => {
    const { child, printed, exited } = cluster();
    await expect.poll(() => printed.out).toContain('Ctrl-C');

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
  },
);

it('npm run cluster names missing programs and how to install them', async () => {
  const { printed, exited } = cluster('/nowhere');
  expect(await exited).toEqual([1, null]);
  expect(printed.err).toMatch(/^Programs are missing\. .*redis-server.*\n$/);
});
