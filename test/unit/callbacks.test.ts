import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { program } from '../helpers/program.js';

it('user callbacks that throw or reject neither fail a call nor end the process', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [program('test/unit/callbacks.program.ts')]);
  const { progress, itemKey, read, missing, unhandled } = JSON.parse(stdout);
  expect(unhandled).toEqual([]);
  expect(progress).toEqual(Array(6).fill('fulfilled'));
  expect(itemKey).toBe('InvalidInputError');
  expect(missing).toBe('NotFoundError');
  expect(Object.keys(read)).toHaveLength(11);
  expect(Object.values(read)).toEqual(Object.values(read).map(() => 1));
});
