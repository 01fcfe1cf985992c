// Prints transactions as they are committed, and resumes where it stopped: `npm run watch -- [--asset <assetId>]
// [--checkpoint <file>] [--ledger fabric]`. On the server in the SPYDRA_* variables, or the peer in the FABRIC_* ones.
import { parseArgs } from 'node:util';
import { type Logger, SpydraClient, type TransactionRecord } from 'spydra-sdk';
import { fabricLedger } from 'spydra-sdk/fabric';
import { readCheckpoint, writeCheckpoint } from './checkpoint-file.js';
import { networkIn } from './fabric-networks.js';
import { STOPPED, stopSignal } from './stop-signal.js';

const { values } = parseArgs({
  options: {
    asset: { type: 'string' },
    checkpoint: { type: 'string', default: 'checkpoint.json' },
    ledger: { type: 'string' },
  },
});
const { asset: assetId, checkpoint: file, ledger } = values;
const signal = stopSignal(() => console.error('Stopped. The same command goes on from here.'));
const { logger, isBack } = failures();

try {
  const from = (await readCheckpoint(file)) ?? 'beginning';
  await using spydra = open(ledger);
  for await (const { record, checkpoint } of spydra.transactions.watch({ from, assetId, signal })) {
    isBack();
    console.log(lineOf(record));
    // After the line was printed: killed before that, it prints the line again.
    await writeCheckpoint(file, checkpoint);
  }
} catch (error) {
  if (!signal.aborted) console.error(error instanceof Error ? error.message : error);
  process.exitCode = signal.aborted ? STOPPED : 1;
}

function open(name: string | undefined): SpydraClient {
  if (name === undefined) return new SpydraClient({ logger });
  if (name !== 'fabric') throw new Error(`There is no ledger "${name}": give --ledger fabric, or leave it out.`);
  const network = networkIn(process.env);
  if (!network) throw new Error('Set the FABRIC_* variables of the peer (docs/fabric.md).');
  return new SpydraClient({ ledger: fabricLedger(network), logger });
}

function lineOf({ timestamp, type, amount, assetId: asset, transactionId, ...record }: TransactionRecord): string {
  const from = record.fromWallet ?? record.holderWallet;
  const to = record.toWallet ?? record.recipientWallet;
  const wallets = [from && `from ${from}`, to && `to ${to}`];
  return [timestamp, type, amount, asset, ...wallets, transactionId].filter(Boolean).join(' ');
}

/** Says once that the server fails, until it is back: a request has succeeded, or a transaction has come. */
function failures(): { readonly logger: Logger; readonly isBack: () => void } {
  let isAway = false;
  const hear = (_fields: object, message: string) => {
    if (!isAway) console.error(`Waiting for the server (${message})`);
    isAway = true;
  };
  const isBack = () => {
    if (isAway) console.error('The server responds again.');
    isAway = false;
  };
  const debug = (_fields: object, message: string) => {
    if (message === 'spydra: response') isBack();
  };
  return { logger: { debug, info: () => {}, warn: hear, error: hear }, isBack };
}
