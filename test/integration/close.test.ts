import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { program } from '../helpers/program.js';
import { sandboxed } from '../helpers/sandbox.js';

it('close() during 100 writes ends each of them and leaves nothing that keeps the process alive', async () => {
  // No block is cut except that of the seed: accepted writes wait.
  const { sandbox } = sandboxed({ blockTime: 1_000_000 });
  const draft = (await sandbox.seed()).assets.at(-1);
  const { url } = await sandbox.listen();
  // It exits by itself, or the test times out.
  const arguments_ = [program('test/integration/close.program.ts'), `${url}/v2`, draft?.assetId ?? ''];
  const { stdout } = await promisify(execFile)(process.execPath, arguments_);
  const { timers, counts } = JSON.parse(stdout) as { timers: number; counts: Record<string, number> };
  expect(timers).toBe(0);
  expect(counts).toEqual({ 'unknown at commit': 51, 'not-applied': 49 });
});
