import type * as fs from 'node:fs';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { manualClock } from '../../../src/sandbox/index.js';
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

/** What goes wrong with the disk, if anything. */
const disk = vi.hoisted(() => ({ fault: 'none' as 'none' | 'full' | 'half-written' | 'unsynced' }));

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
    fdatasyncSync: (file: number) => {
      if (disk.fault === 'unsynced') throw new Error('EIO: i/o error');
      real.fdatasyncSync(file);
    },
  };
});

beforeEach(() => {
  disk.fault = 'none';
});

describe('a disk that fails stops the ledger', () => {
  test.each(['full', 'half-written', 'unsynced'] as const)(
    '%s: nothing is applied, writes answer 503, reads go on',
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
      expect(warnings).toEqual([expect.stringMatching(/could not be stored.*restart/)]);
      await sandbox.close();

      const { sandbox: next, api: nextApi } = start({ dataFile: file, onWarning: () => {} });
      // The line of the third block had reached the file; only then is it there, and then it is there once.
      expect(next.blocks).toHaveLength(fault === 'unsynced' ? 3 : 2);
      expect((await nextApi.post(`${APP}/assets`, creation(), key)).status).toBe(200);
      expect((await nextApi.get(`${APP}/assets`)).body.total).toBe(2);
    },
  );

  test('in a block that was cut by time, what was accepted stays pending', async () => {
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
});
