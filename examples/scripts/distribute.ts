// Distributes tokens from one wallet to the wallets in a CSV file, each once: `npm run distribute -- --help`.
import { ConfigurationError, InvalidInputError, SpydraClient } from 'spydra-sdk';
import { type Command, HELP, readCommand } from './command-line.js';
import { itemKeyOf } from './item-key.js';
import { lookUp } from './look-up.js';
import { outcomeOf } from './outcome.js';
import { ProgressBar } from './progress-bar.js';
import { report } from './report.js';
import { readRows } from './rows.js';
import { STOPPED, stopSignal } from './stop-signal.js';
import { UsageError } from './usage-error.js';

/** The deadline of a row in milliseconds: transfers from one wallet may have to be made one after the other. */
const DEADLINE = 600_000;

try {
  const command = readCommand(process.argv.slice(2));
  if (command === 'help') console.log(HELP);
  else process.exitCode = await distribute(command);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = isWrongUsage(error) ? 2 : 1;
}

/** Returns the exit code. */
async function distribute(command: Command): Promise<number> {
  const { file, assetId, from, batch, concurrency } = command;
  const rows = await readRows(file);
  await using spydra = new SpydraClient();

  const bar = new ProgressBar();
  const signal = stopSignal(() => {
    bar.clear();
    console.error(
      'Stopping: no further rows are sent, and those already sent are checked on the ledger, for a minute if necessary. Ctrl-C again exits at once.',
    );
  });
  const transfers = rows.map(({ wallet, amount }) => ({ assetId, fromWallet: from, toWallet: wallet, amount }));
  const results = await spydra.tokens.transferMany(transfers, {
    batchKey: batch,
    itemKey: ({ toWallet }) => itemKeyOf(toWallet),
    concurrency,
    deadline: DEADLINE,
    signal,
    onProgress: (progress) => signal.aborted || bar.show(progress),
  });
  bar.clear();

  const outcomes = rows.map((row, index) => outcomeOf(row, results[index]));
  const latest = await lookUp(spydra, outcomes, command);
  console.log(report(latest));
  if (latest.every(({ fate }) => fate === 'done')) return 0;
  return signal.aborted ? STOPPED : 1;
}

function isWrongUsage(error: unknown): boolean {
  return error instanceof UsageError || error instanceof ConfigurationError || error instanceof InvalidInputError;
}
