import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { createSandbox, manualClock, type Sandbox, type SandboxOptions } from '../../../src/sandbox/index.js';
import { isMissing } from '../../helpers/programs.js';
import { listening, spawnCli } from './cli-process.js';
import {
  APP,
  type Api,
  apiOf,
  balance,
  burning,
  createAsset,
  expectError,
  mint,
  NETWORK,
  start,
  startWithHolders,
  temporaryFile,
  transfer,
} from './harness.js';

const CONFLICT = 'MVCC_READ_CONFLICT';
const deltas = { contract: 'deltas' } as const;

const startDeltas = (holders: Record<string, number>) => startWithHolders(holders, deltas);
const burn = (api: Api, assetId: string, wallet: string, amount: number) =>
  api.post(`${APP}/tokens/burn`, burning(assetId, wallet, amount));
const update = (api: Api, assetId: string, updates: object) =>
  api.put(`${APP}/assets/${assetId}`, { assetId, updaterWallet: 'owner', updates });
const codesOf = (sandbox: Sandbox) => sandbox.blocks.at(-1)?.transactions.map(({ validationCode }) => validationCode);
const times = <Result>(count: number, work: (n: number) => Result) => Array.from({ length: count }, (_, n) => work(n));

describe('with delta rows, concurrent writes do not conflict:', () => {
  test('200 transfers out of one wallet in one block', async () => {
    const { sandbox, api, clock, assetId } = await startDeltas({ alice: 1_000 });
    const answers = await Promise.all(times(200, (n) => transfer(api, assetId, 'alice', `buyer-${n}`, 5)));
    expect(answers.map(({ body }) => body.fromBalance)).toEqual(times(200, (n) => 1_000 - 5 * (n + 1)));
    expect(await balance(api, assetId, 'alice')).toBe(1_000n);
    clock.advance(2_000);
    expect(codesOf(sandbox)).toEqual(Array(200).fill('VALID'));
    expect((await api.get(`${APP}/balances/alice`)).body).toEqual({ balances: [], totalAssets: 0 });
    for (const n of [0, 199]) expect(await balance(api, assetId, `buyer-${n}`)).toBe(5n);
  });

  test('200 transfers into one wallet, and 200 mints of one asset', async () => {
    const sellers = times(200, (n) => `seller-${n}`);
    const { sandbox, api, clock, assetId } = await startDeltas({});
    await Promise.all(sellers.map((seller) => mint(api, assetId, seller, 3)));
    clock.advance(2_000);
    expect(codesOf(sandbox)).toEqual(Array(200).fill('VALID'));
    await Promise.all(sellers.map((seller) => transfer(api, assetId, seller, 'alice', 2)));
    clock.advance(2_000);
    expect(codesOf(sandbox)).toEqual(Array(200).fill('VALID'));
    expect(await balance(api, assetId, 'alice')).toBe(400n);
    expect(await balance(api, assetId, 'seller-0')).toBe(1n);
  });

  test('a mint, a burn, a transfer in and one out of the same wallet', async () => {
    const { sandbox, api, clock, assetId } = await startDeltas({ alice: 10, bob: 10 });
    await mint(api, assetId, 'alice', 100);
    await burn(api, assetId, 'alice', 2);
    await transfer(api, assetId, 'bob', 'alice', 7);
    await transfer(api, assetId, 'alice', 'bob', 3);
    clock.advance(2_000);
    expect(codesOf(sandbox)).toEqual(Array(4).fill('VALID'));
    expect([await balance(api, assetId, 'alice'), await balance(api, assetId, 'bob')]).toEqual([112n, 6n]);
  });

  test('and a wallet with many rows stays correct over many blocks', async () => {
    const { sandbox, api, clock, assetId } = await startDeltas({ alice: 2_000 });
    for (let n = 0; n < 1_500; n++) await transfer(api, assetId, 'alice', 'bob', 1);
    clock.advance(2_000);
    expect(sandbox.blocks.slice(-3).map(({ transactions }) => transactions.length)).toEqual([500, 500, 500]);
    expect([await balance(api, assetId, 'alice'), await balance(api, assetId, 'bob')]).toEqual([500n, 1_500n]);
  });

  test('but an update of the asset invalidates later writes in its block, which releases their amounts', async () => {
    const { sandbox, api, clock, assetId } = await startDeltas({ alice: 10 });
    await transfer(api, assetId, 'alice', 'bob', 1);
    await update(api, assetId, { name: 'New' });
    await transfer(api, assetId, 'alice', 'bob', 9);
    await mint(api, assetId, 'alice', 1);
    clock.advance(2_000);
    expect(codesOf(sandbox)).toEqual(['VALID', 'VALID', CONFLICT, CONFLICT]);
    expect((await transfer(api, assetId, 'alice', 'bob', 9)).body).toMatchObject({ fromBalance: 0, toBalance: 10 });
  });
});

describe('a pending transaction', () => {
  test('reduces what a wallet may spend', async () => {
    const { sandbox, api, clock, assetId } = await startDeltas({ alice: 10 });
    await transfer(api, assetId, 'alice', 'bob', 6);
    const details = { walletId: 'alice', assetId, balance: 4, amount: 5 };
    expectError(await transfer(api, assetId, 'alice', 'carol', 5), 409, 'INSUFFICIENT_BALANCE', details);
    expectError(await burn(api, assetId, 'alice', 5), 409, 'INSUFFICIENT_BALANCE', details);
    expect((await burn(api, assetId, 'alice', 4)).body).toMatchObject({ newBalance: 0 });
    clock.advance(2_000);
    expect(codesOf(sandbox)).toEqual(['VALID', 'VALID']);
    expect(await balance(api, assetId, 'alice')).toBe(0n);
  });

  test('does not increase what the recipient may spend', async () => {
    const { api, clock, assetId } = await startDeltas({ alice: 10 });
    expect((await transfer(api, assetId, 'alice', 'bob', 6)).body).toMatchObject({ fromBalance: 4, toBalance: 6 });
    expect((await mint(api, assetId, 'bob', 5)).body).toMatchObject({ newBalance: 5 });
    const details = { walletId: 'bob', assetId, balance: 0, amount: 1 };
    expectError(await transfer(api, assetId, 'bob', 'carol', 1), 409, 'INSUFFICIENT_BALANCE', details);
    clock.advance(2_000);
    expect((await transfer(api, assetId, 'bob', 'carol', 11)).status).toBe(200);
  });

  test('counts towards the total supply if it is a mint, and does not reduce it if it is a burn', async () => {
    const { api, clock, assetId } = await startDeltas({ alice: 9_000 });
    await mint(api, assetId, 'bob', 600);
    await burn(api, assetId, 'alice', 9_000);
    const details = { assetId, totalSupply: 10_000, circulating: 10_001 };
    expectError(await mint(api, assetId, 'bob', 401), 409, 'SUPPLY_EXCEEDED', details);
    expect((await mint(api, assetId, 'bob', 400)).status).toBe(200);
    clock.advance(2_000);
    expect((await mint(api, assetId, 'bob', 9_000)).status).toBe(200);
  });

  test('prevents a total supply below it', async () => {
    const { sandbox, api, clock, assetId } = await startDeltas({ alice: 100 });
    await mint(api, assetId, 'bob', 50);
    await burn(api, assetId, 'alice', 100);
    const details = { assetId, totalSupply: 149, circulating: 150 };
    expectError(await update(api, assetId, { totalSupply: 149 }), 409, 'SUPPLY_EXCEEDED', details);
    expect((await update(api, assetId, { totalSupply: 150 })).status).toBe(200);
    // It was checked against the old total supply, and so must not commit after the update.
    expect((await mint(api, assetId, 'bob', 1_000)).status).toBe(200);
    clock.advance(2_000);
    expect(codesOf(sandbox)).toEqual(['VALID', 'VALID', 'VALID', CONFLICT]);
    expect((await mint(api, assetId, 'bob', 101)).status).toBe(409);
  });

  test('affects only its own wallet and asset', async () => {
    const { api, clock, assetId } = await startDeltas({ alice: 10, bob: 10 });
    const other = await createAsset(api);
    clock.advance(2_000);
    await mint(api, other, 'alice', 10_000);
    clock.advance(2_000);
    await transfer(api, assetId, 'alice', 'carol', 10);
    await mint(api, assetId, 'carol', 9_980);
    expect((await transfer(api, assetId, 'bob', 'carol', 10)).status).toBe(200);
    expect((await transfer(api, other, 'alice', 'carol', 10_000)).status).toBe(200);
    expect((await mint(api, other, 'bob', 1)).status).toBe(409);
  });
});

describe('the ledger file with delta rows', () => {
  /** A ledger of one contract with a mint and two transfers in one block; returns everything that can be read of it. */
  async function writeLedger(options: SandboxOptions): Promise<string> {
    const clock = manualClock();
    await using sandbox = createSandbox({ ...options, blockTime: 2_000, clock });
    const api = apiOf(sandbox.fetch);
    const assetId = await createAsset(api, { totalSupply: 10n ** 30n });
    clock.advance(2_000);
    await mint(api, assetId, 'alice', 10n ** 30n);
    clock.advance(2_000);
    for (const taker of ['bob', 'carol']) await transfer(api, assetId, 'alice', taker, 10n ** 29n);
    return assetId;
  }

  const everything = (api: Api) =>
    Promise.all(
      [
        `${APP}/assets`,
        `${NETWORK}/transactions`,
        ...['alice', 'bob', 'carol'].map((name) => `${APP}/balances/${name}`),
      ]
        .map((path) => api.get(path))
        .map(async (answer) => (await answer).text),
    );

  test('restores the ledger, which continues', async () => {
    const dataFile = temporaryFile();
    const assetId = await writeLedger({ ...deltas, dataFile });
    const first = start({ ...deltas, dataFile });
    const before = await everything(first.api);
    expect(await balance(first.api, assetId, 'alice')).toBe(8n * 10n ** 29n);
    await first.sandbox.close();

    const { sandbox, api } = start({ ...deltas, dataFile, blockTime: 2_000, clock: manualClock() });
    expect(await everything(api)).toEqual(before);
    expect((await mint(api, assetId, 'dave', 1)).body.code).toBe('SUPPLY_EXCEEDED');
    for (const taker of ['bob', 'carol']) await transfer(api, assetId, 'alice', taker, 1);
    await sandbox.close();
    expect(codesOf(sandbox)).toEqual(['VALID', 'VALID']);
    expect(await balance(api, assetId, 'alice')).toBe(8n * 10n ** 29n - 2n);
  });

  test('has a row for each change, with a key of its own', async () => {
    const dataFile = temporaryFile();
    await writeLedger({ ...deltas, dataFile });
    const lines = readFileSync(dataFile, 'utf8').trimEnd().split('\n');
    const written = JSON.parse(lines[2] ?? '').block.transactions as { transactionId: string; writes: object }[];
    const keys = written.flatMap(({ transactionId, writes }) => {
      for (const key of Object.keys(writes)) expect(key).toContain(`\u0000${transactionId}\u0000`);
      return Object.keys(writes);
    });
    expect(new Set(keys).size).toBe(4);
    expect(written.map(({ writes }) => Object.values(writes))).toEqual(
      Array(2).fill([`-1${'0'.repeat(29)}`, `1${'0'.repeat(29)}`]),
    );
  });

  test.each([
    ['balances', 'deltas'],
    ['deltas', 'balances'],
  ] as const)('one of the contract %s is refused under %s, and left as it is', async (own, other) => {
    const dataFile = temporaryFile();
    await writeLedger({ contract: own, dataFile });
    const content = readFileSync(dataFile, 'utf8');
    for (const _attempt of [1, 2]) {
      expect(() => createSandbox({ contract: other, dataFile })).toThrow(
        `was written under the contract ${own}, not ${other}.`,
      );
    }
    expect(readFileSync(dataFile, 'utf8')).toBe(content);
    expect(start({ contract: own, dataFile }).sandbox.blocks).toHaveLength(3);
  });

  test('uses the contract of balances if it names none', async () => {
    const dataFile = temporaryFile();
    const { sandbox, api } = start({ dataFile });
    const assetId = await createAsset(api);
    await sandbox.close();
    const { block } = JSON.parse(readFileSync(dataFile, 'utf8'));
    expect(block.contract).toBe('balances');
    const { contract: _, ...unnamed } = block;
    const text = JSON.stringify(unnamed);
    const hash = createHash('sha256').update(text).digest('hex');
    writeFileSync(dataFile, `{"hash":"${hash}","block":${text}}\n`);
    expect(() => createSandbox({ ...deltas, dataFile })).toThrow('under the contract balances');
    expect((await start({ dataFile }).api.get(`${APP}/assets/${assetId}`)).status).toBe(200);
  });
});

describe('spydra-sandbox --contract', () => {
  test.skipIf(isMissing('flock'))(
    'deltas: all transfers of a block commit; with the other contract its file is refused with exit code 1',
    async () => {
      const file = temporaryFile();
      const flags = ['--port', '0', '--data', file, '--block-time', '60s'];
      const cli = spawnCli([...flags, '--seed', '--contract', 'deltas']);
      const api = apiOf(globalThis.fetch, `${await listening(cli)}/v2`);
      const [asset] = (await api.get(`${APP}/assets`)).body.assets as { assetId: string }[];
      for (const _time of [1, 2]) await transfer(api, asset?.assetId ?? '', 'wallet-alice', 'wallet-bob', 1);
      cli.child.kill('SIGTERM');
      expect(await cli.exited).toBe(0);

      const other = spawnCli(flags);
      expect(await other.exited).toBe(1);
      expect(other.printed.stderr).toMatch(/^spydra-sandbox: .* under the contract deltas, not balances\. [^\n]+\n$/);
      expect(codesOf(start({ ...deltas, dataFile: file }).sandbox)).toEqual(['VALID', 'VALID']);
    },
  );

  test('refuses any other value in one sentence with exit code 2', async () => {
    const cli = spawnCli(['--port', '0', '--contract', 'rows']);
    expect(await cli.exited).toBe(2);
    expect(cli.printed.stderr).toBe("spydra-sandbox: --contract needs balances or deltas, not 'rows'\n");
  });
});
