import type * as fs from 'node:fs';
import { readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { beforeEach, describe, expect, test as testAlways, vi } from 'vitest';
import { createSandbox, manualClock } from '../../../src/sandbox/index.js';
import { isMissing } from '../../helpers/programs.js';
import {
  APP,
  balance,
  createAsset,
  creation,
  mint,
  start,
  status,
  temporaryFile,
  transactions,
  transfer,
} from './harness.js';

// Without flock a sandbox warns, which would change the warnings that the tests expect.
const test = testAlways.skipIf(isMissing('flock'));

/** The fault of the disk, if any. */
const disk = vi.hoisted(() => ({
  fault: 'none' as 'none' | 'full' | 'half-written' | 'unsynced',
  duringSync: () => {},
}));

vi.mock('node:fs', async (importOriginal) => {
  const real = await importOriginal<typeof fs>();
  return {
    ...real,
    writeSync: (file: number, bytes: Buffer, offset: number) => {
      if (disk.fault === 'full') throw new Error('ENOSPC: no space left on device');
      if (disk.fault === 'half-written') {
        disk.fault = 'full';
        return real.writeSync(file, bytes, offset, 100);
      }
      return real.writeSync(file, bytes, offset);
    },
    writeFileSync: (...[file, ...what]: Parameters<typeof real.writeFileSync>) => {
      if (typeof file === 'number' && disk.fault === 'full') throw new Error('ENOSPC: no space left on device');
      real.writeFileSync(file, ...what);
    },
    fdatasyncSync: (file: number) => {
      if (disk.fault === 'unsynced') throw new Error('EIO: i/o error');
      real.fdatasyncSync(file);
      disk.duringSync();
    },
  };
});

beforeEach(() => {
  disk.fault = 'none';
  disk.duringSync = () => {};
});

describe('a disk that fails stops the ledger', () => {
  test.each(['full', 'half-written', 'unsynced'] as const)(
    '%s: nothing is applied, writes get a 503, reads continue',
    async (fault) => {
      const file = temporaryFile();
      const warnings: string[] = [];
      const { sandbox, api } = start({ dataFile: file, onWarning: (message) => warnings.push(message) });
      const assetId = await createAsset(api);
      await mint(api, assetId, 'alice', 10);
      const key = { 'Idempotency-Key': 'key-1' };

      disk.fault = fault;
      const refused = await api.post(`${APP}/assets`, creation(), key);
      expect([refused.status, refused.body.code]).toEqual([503, 'UNAVAILABLE']);
      expect(refused.headers.get('retry-after')).toBeNull();
      disk.fault = 'none';
      expect((await api.post(`${APP}/assets`, creation(), key)).status).toBe(503);
      expect((await transfer(api, assetId, 'alice', 'bob', 1)).status).toBe(503);

      expect(sandbox.blocks).toHaveLength(2);
      expect((await api.get(`${APP}/assets`)).body.total).toBe(1);
      expect(await balance(api, assetId, 'alice')).toBe(10n);
      expect((await transactions(api, 'idempotencyKey=key-1')).map((record) => record.status)).toEqual(['PENDING']);
      expect(warnings).toEqual([expect.stringMatching(/could not be stored.*ledger\.jsonl.*restart/)]);
      await sandbox.close();

      const { sandbox: next, api: nextApi } = start({ dataFile: file, onWarning: () => {} });
      // The third block is there only if its line had reached the file, and then once.
      expect(next.blocks).toHaveLength(fault === 'unsynced' ? 3 : 2);
      expect((await nextApi.post(`${APP}/assets`, creation(), key)).status).toBe(200);
      expect((await nextApi.get(`${APP}/assets`)).body.total).toBe(2);
    },
  );

  test('accepted transactions stay pending in a block that was cut by time', async () => {
    const clock = manualClock();
    const { sandbox, api } = start({ dataFile: temporaryFile(), blockTime: 2_000, clock, onWarning: () => {} });
    const { body } = await api.post(`${APP}/assets`, creation());
    disk.fault = 'full';
    clock.advance(2_000);
    expect(await status(api, body.transactionId)).toBe('PENDING');
    expect((await api.post(`${APP}/assets`, creation())).status).toBe(503);
    await sandbox.close();
    expect(sandbox.blocks).toEqual([]);
  });

  test('no transaction is acknowledged if the file is moved during a write', async () => {
    const file = temporaryFile();
    const { sandbox, api } = start({ dataFile: file, onWarning: () => {} });
    await createAsset(api);
    disk.duringSync = () => renameSync(file, `${file}.old`);
    expect((await api.post(`${APP}/assets`, creation(), { 'Idempotency-Key': 'key-1' })).status).toBe(503);
    expect((await transactions(api, 'idempotencyKey=key-1')).map((record) => record.status)).toEqual(['PENDING']);
    expect(sandbox.blocks).toHaveLength(1);
  });
});

describe('a start with a full disk', () => {
  test('is refused with the name of the file, and leaves the file unchanged without creating others', async () => {
    const file = temporaryFile();
    await start({ dataFile: file }).sandbox.close();
    writeFileSync(file, '{"hash":"12');
    disk.fault = 'full';
    for (const _attempt of [1, 2]) {
      expect(() => createSandbox({ dataFile: file })).toThrow(`${file} cannot be written: ENOSPC`);
    }
    expect(readFileSync(file, 'utf8')).toBe('{"hash":"12');
    expect(readdirSync(dirname(file))).toEqual(['ledger.jsonl']);
  });
});
