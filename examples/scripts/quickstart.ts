/*
 * The life cycle of an asset: `npm run demo`. On the embedded sandbox, or on the server in the SPYDRA_* variables;
 * with `--ledger platform` on the API of Spydra's platform: that of the sandbox, or the one in SPYDRA_PLATFORM_URL; with
 * `--ledger fabric` on a peer of Hyperledger Fabric: a stand-in, or the one in the FABRIC_* variables.
 */
import { parseArgs } from 'node:util';
import { SpydraError } from 'spydra-sdk';
import { type DemoLedger, openLedger } from './demo-ledgers.js';
import { lifeOfAnAsset } from './life-of-an-asset.js';
import { STOPPED, stopSignal } from './stop-signal.js';
import { title } from './terminal.js';

let ledger: DemoLedger | undefined;
// close() ends the running call; its error states the outcome.
const stopped = stopSignal(() => void ledger?.spydra.close());

try {
  ledger = await openLedger(ledgerName());
  stopped.throwIfAborted();
  title(ledger.title);
  await lifeOfAnAsset(ledger.spydra, ledger.blockOf);
} catch (error) {
  process.exitCode = stopped.aborted ? STOPPED : 1;
  if (stopped.aborted) console.error(`\nStopped. ${outcomeOf(error)}`);
  else explain(error);
} finally {
  await ledger?.close();
}

/** The value of `--ledger`, if it was given. */
function ledgerName(): string | undefined {
  try {
    return parseArgs({ options: { ledger: { type: 'string' } } }).values.ledger;
  } catch (error) {
    throw new Error(`${(error as Error).message}. Usage: npm run demo -- [--ledger fabric|platform]`);
  }
}

/** Returns a sentence about the outcome of the write that was stopped. */
function outcomeOf(error: unknown): string {
  const isOpen = error instanceof SpydraError && error.outcome === 'unknown';
  if (!isOpen) return 'No write was unfinished.';
  const { isTemporary } = ledger ?? {};
  return `One write was unfinished: ${error.message}${isTemporary ? ' (This ledger ends with the demo.)' : ''}`;
}

function explain(error: unknown): void {
  const code = error instanceof SpydraError ? ` [${error.code}]` : '';
  console.error(`\n✗ ${error instanceof Error ? error.message : String(error)}${code}`);
}
