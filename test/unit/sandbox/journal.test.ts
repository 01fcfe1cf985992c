import { appendFileSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createSandbox, manualClock, type SandboxOptions } from '../../../src/sandbox/index.js';
import { APP, apiOf, balance, createAsset, mint, NETWORK, start, temporaryFile, transfer } from './harness.js';

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
