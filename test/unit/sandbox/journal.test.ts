import type * as fs from 'node:fs';
import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { createSandbox, manualClock, type SandboxOptions } from '../../../src/sandbox/index.js';
import {
  APP,
  apiOf,
  balance,
  createAsset,
  creation,
  mint,
  NETWORK,
  start,
  status,
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

function temporaryFile(): string {
  const directory = mkdtempSync(join(tmpdir(), 'sandbox-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  return join(directory, 'ledger.jsonl');
}

/** A file with five blocks: an asset, a mint, two transfers of which the second failed, an update, a document. */
async function writeLedger(file: string): Promise<string> {
  const clock = manualClock();
  const sandbox = createSandbox({ dataFile: file, blockTime: 2_000, clock });
  const api = apiOf(sandbox.fetch);
  const assetId = await createAsset(api, { totalSupply: 10n ** 30n, pricePerToken: 0.1 });
  clock.advance(2_000);
  await mint(api, assetId, 'alice', 10n ** 30n);
  clock.advance(2_000);
  await transfer(api, assetId, 'alice', 'bob', 10n ** 29n);
  await transfer(api, assetId, 'alice', 'bob', 1);
  clock.advance(2_000);
  await api.put(`${APP}/assets/${assetId}`, { assetId, updaterWallet: 'o', updates: { status: 'published' } });
  clock.advance(2_000);
  await api.post(`${APP}/metadata`, { assetId, metadata: { deep: [[1.1]] }, timestamp: 'now' });
  await sandbox.close();
  return assetId;
}

/** Everything that can be asked of a ledger. */
async function everything(options: SandboxOptions) {
  await using sandbox = createSandbox(options);
  const api = apiOf(sandbox.fetch);
  const lists = [`${APP}/assets`, `${NETWORK}/transactions`, `${APP}/balances/alice`, `${APP}/balances/bob`];
  return {
    blocks: [...sandbox.blocks],
    texts: await Promise.all(lists.map(async (path) => (await api.get(path)).text)),
  };
}

describe('a restart', () => {
  test('brings back blocks, state and transactions, and the chain goes on', async () => {
    const file = temporaryFile();
    const assetId = await writeLedger(file);
    const before = await everything({ dataFile: file });
    expect(before.blocks.map(({ transactions }) => transactions.map(({ validationCode }) => validationCode))).toEqual([
      ['VALID'],
      ['VALID'],
      ['VALID', 'MVCC_READ_CONFLICT'],
      ['VALID'],
      ['VALID'],
    ]);
    expect(await everything({ dataFile: file })).toEqual(before);

    const { sandbox, api } = start({ dataFile: file });
    expect(await balance(api, assetId, 'alice')).toBe(9n * 10n ** 29n);
    await transfer(api, assetId, 'alice', 'bob', 1);
    expect(sandbox.blocks.at(-1)).toMatchObject({ number: 5, previousHash: before.blocks[4]?.hash });
  });

  test('forgets what was never committed', async () => {
    const file = temporaryFile();
    const clock = manualClock();
    const { api } = start({ dataFile: file, blockTime: 2_000, clock });
    await createAsset(api);
    expect(readFileSync(file, 'utf8')).toBe('');
    clock.advance(2_000);
    expect(readFileSync(file, 'utf8')).toMatch(/^\{"hash":"[0-9a-f]{64}","block":\{"number":0,.*\}\}\n$/);
  });

  test('every line is JSON', async () => {
    const file = temporaryFile();
    await writeLedger(file);
    const lines = readFileSync(file, 'utf8').split('\n');
    expect(lines.pop()).toBe('');
    expect(lines.map((line) => JSON.parse(line).block.number)).toEqual([0, 1, 2, 3, 4]);
  });
});

describe('a last line that was cut short', () => {
  test('is dropped with a warning, wherever it was cut', async () => {
    const file = temporaryFile();
    await writeLedger(file);
    const whole = readFileSync(file);
    const lastLine = whole.lastIndexOf(10, whole.length - 2) + 1;
    for (let length = lastLine; length < whole.length; length++) {
      writeFileSync(file, whole.subarray(0, length));
      const warnings: string[] = [];
      await using sandbox = createSandbox({ dataFile: file, onWarning: (message) => warnings.push(message) });
      expect(sandbox.blocks).toHaveLength(4);
      expect(warnings).toEqual(length === lastLine ? [] : [expect.stringContaining(`its ${length - lastLine} bytes`)]);
      expect(statSync(file).size).toBe(lastLine);
    }
    const { sandbox, api } = start({ dataFile: file });
    await createAsset(api);
    await sandbox.close();
    expect((await everything({ dataFile: file })).blocks).toHaveLength(5);
  });

  test.each([
    ['the first line of all', '', '{"hash":"12'],
    ['zeros, as a file system may leave them', undefined, '\0'.repeat(300)],
    ['JSON that ends too early, with a line feed', undefined, '{"hash":"12\n'],
  ])('%s', async (_, content, tail) => {
    const file = temporaryFile();
    await writeLedger(file);
    if (content !== undefined) writeFileSync(file, content);
    const { size } = statSync(file);
    appendFileSync(file, tail);
    const warnings: string[] = [];
    const { sandbox, api } = start({ dataFile: file, onWarning: (message) => warnings.push(message) });
    expect(warnings).toHaveLength(1);
    expect(statSync(file).size).toBe(size);
    await createAsset(api);
    const height = sandbox.blocks.length;
    await sandbox.close();
    expect(start({ dataFile: file }).sandbox.blocks).toHaveLength(height);
  });
});

describe('damage', () => {
  test.each<[string, (lines: string[]) => string[]]>([
    ['an altered byte', ([first = '', ...rest]) => [first.replace('Harbour', 'harbour'), ...rest]],
    ['an altered byte in the last line', (lines) => [...lines.slice(0, 4), (lines[4] ?? '').replace('1.1', '1.2')]],
    ['an altered hash', ([first = '', ...rest]) => [first.replace(/"hash":"./, '"hash":"x'), ...rest]],
    ['half a line in the middle', ([first = '', second = '', ...rest]) => [first, second.slice(0, 99), ...rest]],
    ['an empty line in the middle', ([first = '', ...rest]) => [first, '', ...rest]],
    ['a missing line', ([first = '', , ...rest]) => [first, ...rest]],
    ['lines in another order', ([first = '', second = '', ...rest]) => [second, first, ...rest]],
    ['a line twice', ([first = '', ...rest]) => [first, first, ...rest]],
  ])('%s refuses to start, and leaves the file as it is', async (_, damage) => {
    const file = temporaryFile();
    await writeLedger(file);
    const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
    const damaged = `${damage(lines).join('\n')}\n`;
    expect(damaged).not.toBe(`${lines.join('\n')}\n`);
    writeFileSync(file, damaged);
    for (const _attempt of [1, 2]) {
      expect(() => createSandbox({ dataFile: file })).toThrow(/ledger file .* is damaged at byte \d+ \(.+\)\./);
    }
    expect(readFileSync(file, 'utf8')).toBe(damaged);
  });

  test.each(['notes without an end', 'two lines of\nnotes\n', '{"name":"package"}', '{"name":"package"}\n'])(
    'some other file is refused and not cut: %j',
    (content) => {
      const file = temporaryFile();
      writeFileSync(file, content);
      expect(() => createSandbox({ dataFile: file })).toThrow('is damaged at byte 0');
      expect(readFileSync(file, 'utf8')).toBe(content);
    },
  );

  test('a file that cannot be opened', () => {
    expect(() => createSandbox({ dataFile: tmpdir() })).toThrow('EISDIR');
    expect(() => createSandbox({ dataFile: join(tmpdir(), 'no', 'such', 'directory') })).toThrow('ENOENT');
  });
});

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
