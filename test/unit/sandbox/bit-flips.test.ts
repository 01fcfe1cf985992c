import type * as childProcess from 'node:child_process';
import type * as fs from 'node:fs';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { createSandbox, manualClock } from '../../../src/sandbox/index.js';
import { scaled, stride } from '../../helpers/scale.js';
import { APP, apiOf, createAsset, mint, temporaryFile, transfer } from './harness.js';

// Thousands of starts would spend their time on the command `flock` and on the disk; no test here needs the lock
// or durability.
vi.mock('node:child_process', async (importOriginal) => ({
  ...(await importOriginal<typeof childProcess>()),
  spawnSync: () => ({ status: 0 }),
}));
vi.mock('node:fs', async (importOriginal) => ({ ...(await importOriginal<typeof fs>()), fsyncSync: () => {} }));

const BLOCKS = 8;

/** A ledger file of eight acknowledged blocks. */
async function writeLedger(file: string): Promise<Buffer> {
  await using sandbox = createSandbox({ dataFile: file, clock: manualClock() });
  const api = apiOf(sandbox.fetch);
  const assetId = await createAsset(api, { name: 'Hafenblick é \u{1f3e0} \ufffd' });
  for (const wallet of ['alice', 'bob', 'carol']) await mint(api, assetId, wallet, 100);
  for (const amount of [1, 2, 3]) await transfer(api, assetId, 'alice', 'bob', amount);
  await api.post(`${APP}/metadata`, { assetId, metadata: { price: 50.25 }, timestamp: 'now' });
  expect(sandbox.blocks).toHaveLength(BLOCKS);
  return readFileSync(file);
}

/** Checks that a start on the file with this bit flipped has every block or is refused, and that no byte is lost. */
async function expectNothingLost(file: string, whole: Buffer, bit: number): Promise<void> {
  const flipped = Buffer.from(whole);
  flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
  writeFileSync(file, flipped);
  let blocks: number | string;
  try {
    await using sandbox = createSandbox({ dataFile: file, onWarning: () => {} });
    blocks = sandbox.blocks.length;
  } catch (error) {
    blocks = String(error);
  }
  if (blocks !== BLOCKS) expect([bit, blocks]).toEqual([bit, expect.stringMatching(/is damaged at byte \d+/)]);
  if (!readFileSync(file).equals(flipped)) expect.fail(`The file was changed after bit ${bit} was flipped.`);
}

/** Numbers below a bound that are the same in every run (a linear congruential generator). */
function* numbersBelow(bound: number): Generator<number> {
  for (let state = 42; ; ) {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32;
    yield Math.floor((state / 2 ** 32) * bound);
  }
}

describe('a flipped bit in a ledger file loses no block and no byte', () => {
  test('at many positions', async () => {
    const file = temporaryFile();
    const whole = await writeLedger(file);
    const places = numbersBelow(whole.length * 8);
    for (let n = 0; n < scaled(200); n++) await expectNothingLost(file, whole, Number(places.next().value));
    expect(readdirSync(dirname(file))).toEqual(['ledger.jsonl']);
  });

  test('anywhere in the last two lines and in the line feeds around them', async () => {
    const file = temporaryFile();
    const whole = await writeLedger(file);
    const ends = [...whole.entries()].filter(([, byte]) => byte === 10).map(([index]) => index);
    for (let bit = (ends.at(-3) ?? 0) * 8; bit < whole.length * 8; bit += stride(7))
      await expectNothingLost(file, whole, bit);
    expect(readdirSync(dirname(file))).toEqual(['ledger.jsonl']);
  });
});
