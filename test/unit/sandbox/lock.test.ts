import { execFileSync, spawnSync } from 'node:child_process';
import { linkSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { createSandbox } from '../../../src/sandbox/index.js';
import { isMissing } from '../../helpers/programs.js';
import { start, temporaryFile } from './harness.js';

describe('the kernel lock on the ledger file', () => {
  test.skipIf(isMissing('flock'))(
    'refuses a second sandbox, under every name of the file, until the first is closed',
    async () => {
      const file = temporaryFile();
      const { sandbox } = start({ dataFile: file });
      symlinkSync(file, `${file}.symbolic`);
      linkSync(file, `${file}.hard`);
      const names = [file, `${file}.symbolic`, `${file}.hard`];
      for (const dataFile of names) {
        expect(() => createSandbox({ dataFile })).toThrow(/^The ledger file .* is in use by another sandbox\.$/);
      }
      await sandbox.close();
      for (const dataFile of names) await createSandbox({ dataFile }).close();
      expect(readdirSync(dirname(file))).toHaveLength(names.length);
    },
  );

  test('is released after a refused start', async () => {
    const file = temporaryFile();
    writeFileSync(file, 'damage\n');
    expect(() => createSandbox({ dataFile: file })).toThrow('damaged');
    writeFileSync(file, '');
    await createSandbox({ dataFile: file }).close();
  });

  test('is not inherited by child processes', async () => {
    const file = temporaryFile();
    const { sandbox } = start({ dataFile: file });
    const command = execFileSync('sh', ['-c', 'sleep 60 >/dev/null 2>&1 & echo $!'], { encoding: 'utf8' });
    onTestFinished(() => void process.kill(Number(command)));
    await sandbox.close();
    start({ dataFile: file });
  });

  test.each([
    ['util-linux', 71],
    ['BusyBox', 1],
  ])('refuses the start if flock of %s fails for another reason', (_, code) => {
    const file = temporaryFile();
    const directory = dirname(file);
    writeFileSync(`${directory}/flock`, `#!/bin/sh\necho 'No locks available' >&2; exit ${code}\n`, { mode: 0o755 });
    vi.stubEnv('PATH', `${directory}:${process.env.PATH}`);
    onTestFinished(() => void vi.unstubAllEnvs());
    expect(() => createSandbox({ dataFile: file })).toThrow(/ledger file .* cannot be locked: No locks available/);
  });
});

describe('the pid lock without the command flock', () => {
  /** A ledger file and the warnings, in an environment without the command. */
  function withoutFlock() {
    vi.stubEnv('PATH', '/nowhere');
    onTestFinished(() => void vi.unstubAllEnvs());
    expect(spawnSync('flock').error).toMatchObject({ code: 'ENOENT' });
    const warnings: string[] = [];
    return { dataFile: temporaryFile(), onWarning: (message: string) => void warnings.push(message), warnings };
  }

  test('refuses a second sandbox, also by a symbolic link, until the first is closed', async () => {
    const { warnings, ...options } = withoutFlock();
    const { sandbox } = start(options);
    expect(warnings).toEqual([expect.stringContaining('flock (util-linux) is missing')]);
    symlinkSync(options.dataFile, `${options.dataFile}.link`);
    for (const dataFile of [options.dataFile, `${options.dataFile}.link`]) {
      expect(() => createSandbox({ ...options, dataFile })).toThrow(`in use by process ${process.pid}`);
    }
    await sandbox.close();
    expect(readdirSync(dirname(options.dataFile))).toEqual(['ledger.jsonl', 'ledger.jsonl.link']);
    start({ ...options, dataFile: `${options.dataFile}.link` });
  });

  test.each([
    ['a process that is gone', '999999999'],
    ['an earlier process of the same pid', String(process.pid)],
    ['no process, after a power failure', ''],
  ])('is taken over from %s', (_, pid) => {
    const { dataFile, onWarning } = withoutFlock();
    writeFileSync(`${dataFile}.lock`, pid);
    start({ dataFile, onWarning });
    expect(readFileSync(`${dataFile}.lock`, 'utf8')).toBe(String(process.pid));
  });

  test('is not taken over from a running process', () => {
    const { dataFile, onWarning } = withoutFlock();
    writeFileSync(`${dataFile}.lock`, String(process.ppid));
    expect(() => createSandbox({ dataFile, onWarning })).toThrow(`in use by process ${process.ppid}`);
    expect(readFileSync(`${dataFile}.lock`, 'utf8')).toBe(String(process.ppid));
  });
});
