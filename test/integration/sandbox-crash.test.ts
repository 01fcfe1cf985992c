import { expect, test } from 'vitest';
import { createSandbox } from '../../src/sandbox/index.js';
import { scaled } from '../helpers/scale.js';
import { type CliProcess, listening, spawnCli } from '../unit/sandbox/cli-process.js';
import {
  APP,
  type Api,
  apiOf,
  balance,
  createAsset,
  mint,
  moving,
  NETWORK,
  temporaryFile,
  transactions,
} from '../unit/sandbox/harness.js';

const ROUNDS = scaled(2);
const WRITES_PER_ROUND = 50;

/** A transfer of its own amount from its own seller to its own buyer, under its own key. */
interface Write {
  readonly number: number;
  readonly seller: string;
  readonly buyer: string;
  readonly amount: bigint;
  readonly key: string;
}

function writesOf(round: number): Write[] {
  return Array.from({ length: WRITES_PER_ROUND }, (_, seller) => {
    const number = round * WRITES_PER_ROUND + seller;
    return {
      number,
      seller: `seller-${seller}`,
      buyer: `buyer-${number}`,
      amount: BigInt(number + 1),
      key: `key-${number}`,
    };
  });
}

const EACH_SELLER_HAS = BigInt(ROUNDS * (ROUNDS * WRITES_PER_ROUND));

/** The ledger of every round: fifty sellers with enough tokens. */
async function prepare(file: string): Promise<string> {
  await using sandbox = createSandbox({ dataFile: file });
  const api = apiOf(sandbox.fetch);
  const assetId = await createAsset(api, { totalSupply: EACH_SELLER_HAS * BigInt(WRITES_PER_ROUND) });
  for (const { seller } of writesOf(0)) await mint(api, assetId, seller, EACH_SELLER_HAS);
  return assetId;
}

function send(api: Api, assetId: string, { seller, buyer, amount, key }: Write) {
  return api.post(`${APP}/tokens/transfer`, moving(assetId, seller, buyer, amount), { 'Idempotency-Key': key });
}

/** Sends all writes concurrently, and kills the process once a given number of them is known to be committed. */
async function writeUntilKilled(
  cli: CliProcess,
  assetId: string,
  writes: Write[],
  survivors: number,
): Promise<Write[]> {
  const api = apiOf(globalThis.fetch, `${await listening(cli)}/v2`);
  const committed: Write[] = [];
  const writeAndWait = async (write: Write) => {
    const { status, body } = await send(api, assetId, write);
    expect(status).toBe(200);
    while ((await api.get(`${NETWORK}/transactions/${body.transactionId}`)).body.status !== 'COMMITTED');
    committed.push(write);
    if (committed.length === survivors) cli.child.kill('SIGKILL');
  };
  for (const result of await Promise.allSettled(writes.map(writeAndWait))) {
    // fetch rejects with a TypeError if the connection broke: this write got no response.
    if (result.status === 'rejected' && !(result.reason instanceof TypeError)) throw result.reason;
  }
  expect(await cli.exited).toBe('SIGKILL');
  return committed;
}

/** Checks that a write is on the ledger once and complete, or not at all; returns which. */
async function timesApplied(api: Api, assetId: string, { buyer, amount, key }: Write): Promise<number> {
  const records = await transactions(api, `idempotencyKey=${key}`);
  expect(records.length).toBeLessThanOrEqual(1);
  expect(await balance(api, assetId, buyer)).toBe(amount * BigInt(records.length));
  return records.length;
}

test('after repeated kill -9 during many writes no committed transaction is lost, partial or duplicated', async () => {
  const file = temporaryFile();
  const assetId = await prepare(file);

  const unknown: Write[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const writes = writesOf(round);
    const blockTime = round % 2 === 0 ? '0' : '10ms';
    const cli = spawnCli(['--port', '0', '--data', file, '--block-time', blockTime]);
    const committed = await writeUntilKilled(cli, assetId, writes, 1 + ((round * 17) % (WRITES_PER_ROUND - 1)));

    await using sandbox = createSandbox({ dataFile: file, onWarning: () => {} });
    const api = apiOf(sandbox.fetch);
    for (const write of writes) {
      const times = await timesApplied(api, assetId, write);
      if (committed.includes(write)) expect(times).toBe(1);
      else unknown.push(write);
    }
  }

  // Writes without a response are repeated under the same key, and applied once in all.
  await using sandbox = createSandbox({ dataFile: file });
  const api = apiOf(sandbox.fetch);
  for (const write of unknown) expect((await send(api, assetId, write)).status).toBe(200);
  const sold = new Map<string, bigint>();
  for (const write of Array.from({ length: ROUNDS }, (_, round) => writesOf(round)).flat()) {
    expect(await timesApplied(api, assetId, write)).toBe(1);
    sold.set(write.seller, (sold.get(write.seller) ?? 0n) + write.amount);
  }
  for (const [seller, amount] of sold) expect(await balance(api, assetId, seller)).toBe(EACH_SELLER_HAS - amount);
  expect(unknown.length).toBeGreaterThan(0);
});
