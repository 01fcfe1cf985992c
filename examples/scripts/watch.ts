// Prints transactions as they are committed, and resumes where it stopped: `npm run watch -- [--asset <assetId>]
// [--checkpoint <file>]`. On the server in the SPYDRA_* variables.
import { parseArgs } from 'node:util';
import { type Logger, SpydraClient, type TransactionRecord } from 'spydra-sdk';
import { readCheckpoint, writeCheckpoint } from './checkpoint-file.js';
import { STOPPED, stopSignal } from './stop-signal.js';

const { values } = parseArgs({
  options: { asset: { type: 'string' }, checkpoint: { type: 'string', default: 'checkpoint.json' } },
});
const { asset: assetId, checkpoint: file } = values;
const signal = stopSignal(() => console.error('Stopped. The same command goes on from here.'));

try {
  const from = (await readCheckpoint(file)) ?? 'beginning';
  await using spydra = new SpydraClient({ logger: failures() });
  for await (const { record, checkpoint } of spydra.transactions.watch({ from, assetId, signal })) {
    console.log(lineOf(record));
    // After the line was printed: killed before that, it prints the line again.
    await writeCheckpoint(file, checkpoint);
  }
} catch (error) {
  if (!signal.aborted) console.error(error instanceof Error ? error.message : error);
  process.exitCode = signal.aborted ? STOPPED : 1;
}

function lineOf({ timestamp, type, amount, assetId: asset, transactionId, ...record }: TransactionRecord): string {
  const from = record.fromWallet ?? record.holderWallet;
  const to = record.toWallet ?? record.recipientWallet;
  const wallets = [from && `from ${from}`, to && `to ${to}`];
  return [timestamp, type, amount, asset, ...wallets, transactionId].filter(Boolean).join(' ');
}

/** Says once that the server fails, until a request succeeds again. */
function failures(): Logger {
  let isAway = false;
  const hear = (_fields: object, message: string) => {
    if (!isAway) console.error(`Waiting for the server (${message})`);
    isAway = true;
  };
  const back = (_fields: object, message: string) => {
    if (!isAway || message !== 'spydra: response') return;
    console.error('The server responds again.');
    isAway = false;
  };
  return { debug: back, info: () => {}, warn: hear, error: hear };
}
