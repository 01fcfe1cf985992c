import { existsSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { createSandbox } from '../../../src/sandbox/index.js';
import { start, temporaryFile } from './harness.js';

describe('one process at a time', () => {
  test('a second sandbox on the file is refused, also by another name, until the first is closed', async () => {
    const file = temporaryFile();
    const { sandbox } = start({ dataFile: file });
    symlinkSync(file, `${file}.link`);
    for (const name of [file, `${file}.link`]) {
      expect(() => createSandbox({ dataFile: name })).toThrow(`in use by process ${process.pid}`);
    }
    await sandbox.close();
    expect(existsSync(`${file}.lock`)).toBe(false);
    start({ dataFile: `${file}.link` });
  });

  test.each([
    ['a process that is gone', '999999999'],
    ['an earlier process of the same pid', String(process.pid)],
    ['nobody, after a power failure', ''],
  ])('a lock of %s is taken over', (_, pid) => {
    const file = temporaryFile();
    writeFileSync(`${file}.lock`, pid);
    start({ dataFile: file });
    expect(readFileSync(`${file}.lock`, 'utf8')).toBe(String(process.pid));
  });

  test('a lock of a running process is not', () => {
    const file = temporaryFile();
    writeFileSync(`${file}.lock`, String(process.ppid));
    expect(() => createSandbox({ dataFile: file })).toThrow(`in use by process ${process.ppid}`);
    expect(readFileSync(`${file}.lock`, 'utf8')).toBe(String(process.ppid));
  });
});
