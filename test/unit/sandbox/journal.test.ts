import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { appendFileSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { describe, expect, test as testAlways } from 'vitest';
import { createSandbox, manualClock, type SandboxOptions } from '../../../src/sandbox/index.js';
import { isMissing } from '../../helpers/programs.js';
import { stride } from '../../helpers/scale.js';
import { APP, apiOf, balance, createAsset, mint, NETWORK, start, temporaryFile, transfer } from './harness.js';

// Without flock a sandbox warns, which would change the warnings that the tests expect.
const test = testAlways.skipIf(isMissing('flock'));

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

/** Everything that can be read of a ledger. */
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
  test('restores blocks, state and transactions, and continues the chain', async () => {
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

  test('drops transactions that were never committed', async () => {
    const file = temporaryFile();
    const clock = manualClock();
    const { api } = start({ dataFile: file, blockTime: 2_000, clock });
    await createAsset(api);
    expect(readFileSync(file, 'utf8')).toBe('');
    clock.advance(2_000);
    expect(readFileSync(file, 'utf8')).toMatch(/^\{"hash":"[0-9a-f]{64}","block":\{"number":0,.*\}\}\n$/);
  });

  test('restores timestamps with fractions of a millisecond', async () => {
    const file = temporaryFile();
    const { sandbox, api } = start({ dataFile: file, clock: manualClock(1_735_689_600_000.5) });
    await createAsset(api);
    await sandbox.close();
    expect(start({ dataFile: file }).sandbox.blocks[0]?.timestamp).toBe(1_735_689_600_000.5);
  });

  test('reads a file of JSON lines', async () => {
    const file = temporaryFile();
    await writeLedger(file);
    const lines = readFileSync(file, 'utf8').split('\n');
    expect(lines.pop()).toBe('');
    expect(lines.map((line) => JSON.parse(line).block.number)).toEqual([0, 1, 2, 3, 4]);
  });
});

/** The suffixes of the files with incomplete lines. */
function tornFiles(file: string): string[] {
  return readdirSync(dirname(file))
    .filter((name) => name.startsWith(`${basename(file)}.torn-`))
    .sort();
}

describe('an incomplete last line', () => {
  test('is moved to a separate file with a warning, wherever it was cut', async () => {
    const file = temporaryFile();
    await writeLedger(file);
    const whole = readFileSync(file);
    const lastLine = whole.lastIndexOf(10, whole.length - 2) + 1;
    for (let length = lastLine; length < whole.length - 1; length += length < lastLine + 100 ? stride(9) : 37) {
      writeFileSync(file, whole.subarray(0, length));
      const warnings: string[] = [];
      await using sandbox = createSandbox({ dataFile: file, onWarning: (message) => warnings.push(message) });
      expect(sandbox.blocks).toHaveLength(4);
      expect(statSync(file).size).toBe(lastLine);
      if (length === lastLine) expect(warnings).toEqual([]);
      else {
        expect(warnings).toEqual([expect.stringContaining(`its ${length - lastLine} bytes were moved to`)]);
        expect(readFileSync(`${file}.torn-1`)).toEqual(whole.subarray(lastLine, length));
        rmSync(`${file}.torn-1`);
      }
    }
    const { sandbox, api } = start({ dataFile: file });
    await createAsset(api);
    await sandbox.close();
    expect((await everything({ dataFile: file })).blocks).toHaveLength(5);
  });

  test.each([
    ['the first line of all', '', '{"hash":"12'],
    ['half a hash', undefined, '{"hash":"12'],
    ['zeros, as a file system may leave them', undefined, '\0'.repeat(300)],
    ['half a hash and zeros', undefined, `{"hash":"12${'\0'.repeat(300)}`],
  ])('%s is moved to a separate file', async (_, content, tail) => {
    const file = temporaryFile();
    await writeLedger(file);
    if (content !== undefined) writeFileSync(file, content);
    const { size } = statSync(file);
    appendFileSync(file, tail);
    const warnings: string[] = [];
    const { sandbox, api } = start({ dataFile: file, onWarning: (message) => warnings.push(message) });
    expect(warnings).toHaveLength(1);
    expect(statSync(file).size).toBe(size);
    expect(readFileSync(`${file}.torn-1`, 'utf8')).toBe(tail);
    await createAsset(api);
    const height = sandbox.blocks.length;
    await sandbox.close();
    expect(start({ dataFile: file }).sandbox.blocks).toHaveLength(height);
  });

  test('does not overwrite earlier ones', async () => {
    const file = temporaryFile();
    for (const tail of ['{"hash":"1', '{"hash":"2', '{"hash":"3']) {
      await writeLedger(file);
      appendFileSync(file, tail);
      await createSandbox({ dataFile: file, onWarning: () => {} }).close();
      rmSync(file);
    }
    expect(tornFiles(file)).toEqual(['ledger.jsonl.torn-1', 'ledger.jsonl.torn-2', 'ledger.jsonl.torn-3']);
    expect(readFileSync(`${file}.torn-3`, 'utf8')).toBe('{"hash":"3');
  });
});

describe('a complete last line', () => {
  test.each([
    ['nothing', ''],
    ['zeros, as a file system may leave them', '\0'.repeat(300)],
  ])('is kept with %s instead of its line feed, and the chain continues', async (_, end) => {
    const file = temporaryFile();
    await writeLedger(file);
    const whole = readFileSync(file, 'utf8');
    writeFileSync(file, whole.slice(0, -1) + end);
    const warnings: string[] = [];
    const { sandbox, api } = start({ dataFile: file, onWarning: (message) => warnings.push(message) });
    expect(sandbox.blocks).toHaveLength(5);
    expect(readFileSync(file, 'utf8')).toBe(whole);
    expect(warnings.at(-1)).toContain('line feed');
    expect(tornFiles(file).map(() => readFileSync(`${file}.torn-1`, 'utf8'))).toEqual(end === '' ? [] : [end]);
    await createAsset(api);
    await sandbox.close();
    expect(start({ dataFile: file }).sandbox.blocks).toHaveLength(6);
  });
});

/** Checks that a ledger file with this content is refused repeatedly, and not changed. */
function expectRefused(file: string, content: string): void {
  writeFileSync(file, content);
  for (const _attempt of [1, 2]) {
    expect(() => createSandbox({ dataFile: file })).toThrow(/ledger file .* is damaged at byte \d+ \(.+\)\./);
  }
  expect(readFileSync(file, 'utf8')).toBe(content);
  expect(readdirSync(dirname(file))).toEqual([basename(file)]);
}

/** A line with the right hash. */
const lineOf = (text: string) => `{"hash":"${createHash('sha256').update(text).digest('hex')}","block":${text}}\n`;

test('a ledger file of an earlier version is refused with what to do, and not changed', () => {
  for (const contract of ['', '"contract":"balances",', '"contract":"deltas",']) {
    const file = temporaryFile();
    const content = lineOf(
      `{"number":0,"previousHash":"${'0'.repeat(64)}","timestamp":1,${contract}"transactions":[]}`,
    );
    writeFileSync(file, content);
    for (const _attempt of [1, 2]) {
      expect(() => createSandbox({ dataFile: file })).toThrow(
        `The ledger file ${file} was written by another version of the sandbox, which keeps other rows. Open it with that version, or name another file.`,
      );
    }
    expect(readFileSync(file, 'utf8')).toBe(content);
  }
});

describe('a damaged ledger file', () => {
  test.each<[string, (lines: string[]) => string[]]>([
    ['an altered byte', ([first = '', ...rest]) => [first.replace('Harbour', 'harbour'), ...rest]],
    ['an altered byte in the last line', (lines) => [...lines.slice(0, 4), (lines[4] ?? '').replace('1.1', '1.2')]],
    ['an altered hash', ([first = '', ...rest]) => [first.replace(/"hash":"./, '"hash":"x'), ...rest]],
    ['half a line in the middle', ([first = '', second = '', ...rest]) => [first, second.slice(0, 99), ...rest]],
    ['an empty line in the middle', ([first = '', ...rest]) => [first, '', ...rest]],
    ['a missing line', ([first = '', , ...rest]) => [first, ...rest]],
    ['lines in another order', ([first = '', second = '', ...rest]) => [second, first, ...rest]],
    ['a line twice', ([first = '', ...rest]) => [first, first, ...rest]],
    ['a last line that ends too early, with a line feed', (lines) => [...lines, '{"hash":"12']],
    ['zeros in the last line, with a line feed', (lines) => [...lines, `{"hash":"12${'\0'.repeat(99)}`]],
    ['line feeds with carriage returns', (lines) => lines.map((line) => `${line}\r`)],
    ['a byte order mark', ([first = '', ...rest]) => [`\ufeff${first}`, ...rest]],
  ])('refuses the start and is not changed: %s', async (_, damage) => {
    const file = temporaryFile();
    await writeLedger(file);
    const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
    const damaged = `${damage(lines).join('\n')}\n`;
    expect(damaged).not.toBe(`${lines.join('\n')}\n`);
    expectRefused(file, damaged);
  });

  test.each<[string, (whole: string) => string]>([
    ['a byte more than the last line', (whole) => `${whole.slice(0, -1)}x`],
    ['two last lines without a line feed between', (whole) => whole.slice(0, -1) + whole.slice(0, 99)],
    ['words of somebody', (whole) => `${whole}remember the milk`],
    ['other JSON', (whole) => `${whole}{"hash":"12"}`],
    ['a last line that was altered, without its line feed', (whole) => whole.slice(0, -1).replace('1.1', '1.2')],
  ])('refuses the start and is not changed: %s at the end', async (_, damage) => {
    const file = temporaryFile();
    await writeLedger(file);
    expectRefused(file, damage(readFileSync(file, 'utf8')));
  });

  test('is refused for a forged block with a valid hash', () => {
    const start = `{"number":0,"previousHash":"${'0'.repeat(64)}","timestamp":1,"format":2`;
    expectRefused(temporaryFile(), lineOf(`${start},"transactions":[{"writes":{}}]}`));
  });

  test.each(['notes without an end', 'two lines of\nnotes\n', '{"name":"package"}', '{"name":"package"}\n'])(
    'is refused and not cut if it is another file: %j',
    (content) => {
      const file = temporaryFile();
      writeFileSync(file, content);
      expect(() => createSandbox({ dataFile: file })).toThrow('is damaged at byte 0');
      expect(readFileSync(file, 'utf8')).toBe(content);
    },
  );

  test('is refused if it cannot be opened', () => {
    expect(() => createSandbox({ dataFile: tmpdir() })).toThrow('EISDIR');
    expect(() => createSandbox({ dataFile: join(tmpdir(), 'no', 'such', 'directory') })).toThrow('ENOENT');
  });

  test('is refused if it is not a regular file', () => {
    const pipe = temporaryFile();
    execFileSync('mkfifo', [pipe]);
    for (const name of [pipe, '/dev/null']) {
      expect(() => createSandbox({ dataFile: name })).toThrow(`${name} is not a regular file`);
    }
  });
});
