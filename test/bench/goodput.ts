import { SpydraClient, type TransferInput, type WriteLockMode } from 'spydra-sdk';
import { type Clock, createSandbox, type Sandbox } from 'spydra-sdk/sandbox';
import { FLAT } from '../helpers/flat.js';
import { printTable } from './table.js';

/*
 * How many transfers a ledger commits per block, and how often each is submitted, with the three modes of `writeLocks`.
 */

const SIZE = 200;
const BLOCK_TIME = 2_000;
/** Time runs so many times as fast: blocks of 2 s come every 100 ms. */
const SCALE = 20;
const MODES: readonly WriteLockMode[] = ['adaptive', 'always', 'never'];

/** A clock that runs as fast as it is set to: the wallets are filled in no time. */
function variableClock(): Clock & { factor: number } {
  return {
    factor: 1_000_000,
    now: () => Date.now(),
    setTimeout(callback, delay) {
      return setTimeout(callback, delay / this.factor);
    },
    clearTimeout: (handle) => clearTimeout(handle as NodeJS.Timeout),
  };
}

async function market(writeLocks: WriteLockMode) {
  const clock = variableClock();
  const sandbox = createSandbox({ blockTime: BLOCK_TIME, blockSize: 10_000, clock });
  const spydra = new SpydraClient({ ...sandbox.connection(), writeLocks, deadline: 600_000 });
  const filling = new SpydraClient({ ...sandbox.connection(), writeLocks: 'always', deadline: 600_000 });
  const { assetId } = await filling.assets.create(FLAT);
  await filling.tokens.mint({ assetId, recipientWallet: 'treasury', amount: 100_000n });
  const sellers = Array.from({ length: SIZE }, (_, n) => ({ assetId, recipientWallet: `seller-${n}`, amount: 10 }));
  await filling.tokens.mintMany(sellers, { concurrency: SIZE });
  await filling.close();
  clock.factor = SCALE;
  return { sandbox, spydra, assetId };
}

const hot = (assetId: string, name: string): TransferInput[] =>
  Array.from({ length: SIZE }, (_, n) => ({ assetId, fromWallet: 'treasury', toWallet: `${name}-${n}`, amount: 1 }));

const disjoint = (assetId: string): TransferInput[] =>
  Array.from({ length: SIZE }, (_, n) => ({ assetId, fromWallet: `seller-${n}`, toWallet: `buyer-${n}`, amount: 1 }));

/** Conflicts with nothing on a ledger that puts each payment in a row of its own. */
const into = (assetId: string): TransferInput[] =>
  Array.from({ length: SIZE }, (_, n) => ({ assetId, fromWallet: `seller-${n}`, toWallet: 'hot', amount: 1 }));

async function measure(
  name: string,
  writeLocks: WriteLockMode,
  market: { sandbox: Sandbox; spydra: SpydraClient },
  inputs: TransferInput[],
) {
  const { sandbox, spydra } = market;
  const before = sandbox.blocks.length;
  const results = await spydra.tokens.transferMany(inputs, { concurrency: SIZE });
  const blocks = sandbox.blocks.slice(before);
  const submitted = blocks.flatMap(({ transactions }) => transactions);
  const committed = submitted.filter(({ validationCode }) => validationCode === 'VALID').length;
  return {
    workload: name,
    writeLocks,
    'failed for the caller': results.filter(({ status }) => status === 'rejected').length,
    committed,
    blocks: blocks.length,
    'committed per block': (committed / blocks.length).toFixed(2),
    'submissions per commit': (submitted.length / committed).toFixed(2),
  };
}

const rows: Awaited<ReturnType<typeof measure>>[] = [];
for (const writeLocks of MODES) {
  const ledger = await market(writeLocks);
  rows.push(await measure('one wallet, first burst', writeLocks, ledger, hot(ledger.assetId, 'first')));
  rows.push(await measure('one wallet, next burst', writeLocks, ledger, hot(ledger.assetId, 'next')));
  rows.push(await measure('disjoint wallets', writeLocks, ledger, disjoint(ledger.assetId)));
  rows.push(await measure('into one wallet', writeLocks, ledger, into(ledger.assetId)));
  await ledger.spydra.close();
  await ledger.sandbox.close();
}
rows.sort((a, b) => a.workload.localeCompare(b.workload));
printTable(`${SIZE} transfers at once, blocks of ${BLOCK_TIME} ms, ${SCALE} times as fast`, rows);
