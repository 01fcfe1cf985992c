import {
  appendFileSync,
  closeSync,
  copyFileSync,
  linkSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test as testAlways } from 'vitest';
import { manualClock } from '../../../src/sandbox/index.js';
import { isMissing } from '../../helpers/programs.js';
import { APP, balance, createAsset, creation, mint, start, status, temporaryFile, transactions } from './harness.js';

// Without flock a sandbox warns, which would change the warnings that the tests expect.
const test = testAlways.skipIf(isMissing('flock'));

/** Changes to a ledger file by another program while a sandbox runs. */
const CHANGES: [string, (file: string) => void][] = [
  ['renamed', (file) => renameSync(file, `${file}.old`)],
  ['deleted', (file) => rmSync(file)],
  ['cut to half', (file) => truncateSync(file, readFileSync(file).length >> 1)],
  ['emptied', (file) => truncateSync(file)],
  ['appended to', (file) => appendFileSync(file, 'x')],
  [
    'appended to under another name',
    (file) => {
      linkSync(file, `${file}.hard`);
      appendFileSync(`${file}.hard`, 'x');
    },
  ],
  [
    'replaced by a copy',
    (file) => {
      copyFileSync(file, `${file}.copy`);
      renameSync(`${file}.copy`, file);
    },
  ],
  [
    'altered at the same length',
    (file) => {
      const open = openSync(file, 'r+');
      writeSync(open, 'x', 20);
      closeSync(open);
      // Within a tick of the file system's clock two writes may have the same time.
      utimesSync(file, 0, 0);
    },
  ],
];

/** Every file in the directory of the ledger file. */
function contents(file: string): [name: string, text: string][] {
  const directory = dirname(file);
  return readdirSync(directory).map((name) => [name, readFileSync(join(directory, name), 'utf8')]);
}

describe('a ledger file that another program changes stops the ledger:', () => {
  test.each(CHANGES)('%s: writes get a 503 and are not accepted, reads continue', async (_, change) => {
    const file = temporaryFile();
    const warnings: string[] = [];
    const { sandbox, api } = start({ dataFile: file, onWarning: (message) => warnings.push(message) });
    const assetId = await createAsset(api);
    await mint(api, assetId, 'alice', 10);
    change(file);
    for (const _attempt of [1, 2]) {
      const refused = await api.post(`${APP}/assets`, creation(), { 'Idempotency-Key': 'key-1' });
      expect([refused.status, refused.body.code]).toEqual([503, 'UNAVAILABLE']);
      expect(refused.body.message).toContain(`${file} was moved, replaced or changed by another program`);
    }
    expect(warnings).toEqual([expect.stringContaining('no more writes are taken until a restart')]);
    expect(await transactions(api, 'idempotencyKey=key-1')).toEqual([]);
    expect(await balance(api, assetId, 'alice')).toBe(10n);
    expect(sandbox.blocks).toHaveLength(2);
  });

  test.each(CHANGES)('%s while a block is pending: it is not committed, and nothing is written', async (_, change) => {
    const file = temporaryFile();
    const clock = manualClock();
    const { sandbox, api } = start({ dataFile: file, blockTime: 2_000, clock, onWarning: () => {} });
    await createAsset(api);
    clock.advance(2_000);
    const { body } = await api.post(`${APP}/assets`, creation());
    change(file);
    const left = contents(file);
    clock.advance(2_000);
    expect(await status(api, body.transactionId)).toBe('PENDING');
    expect(sandbox.blocks).toHaveLength(1);
    await sandbox.close();
    expect(contents(file)).toEqual(left);
  });

  test('a symbolic link whose target changed', async () => {
    const file = temporaryFile();
    symlinkSync(file, `${file}.link`);
    const { api } = start({ dataFile: `${file}.link`, onWarning: () => {} });
    await createAsset(api);
    rmSync(`${file}.link`);
    symlinkSync(`${file}.other`, `${file}.link`);
    expect((await api.post(`${APP}/assets`, creation())).status).toBe(503);
  });

  test('but an additional hard link does not', async () => {
    const file = temporaryFile();
    const { api } = start({ dataFile: file });
    await createAsset(api);
    linkSync(file, `${file}.hard`);
    expect((await api.post(`${APP}/assets`, creation())).status).toBe(200);
  });
});
