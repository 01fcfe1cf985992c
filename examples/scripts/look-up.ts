import { setTimeout as sleep } from 'node:timers/promises';
import type { SpydraClient } from 'spydra-sdk';
import type { Command } from './command-line.js';
import type { Outcome } from './outcome.js';

/** Milliseconds for the commit of what the ledger shows: a block or two. The same command run again checks later. */
const COMMIT = 6_000;
/** Milliseconds after which nothing is checked any more: the client's `uncertaintyWindow`, and time for a last check. */
const LONGEST = 75_000;
/** Milliseconds between two checks, at first and after COMMIT. */
const PAUSE = 250;
const LONG_PAUSE = 2_000;

/**
 * Checks the unknown rows on the ledger. What it does not show may still arrive, and the next run would not know of it:
 * so these are checked until they are found, or can no longer be applied.
 */
export async function lookUp(spydra: SpydraClient, outcomes: readonly Outcome[], command: Command): Promise<Outcome[]> {
  const latest = [...outcomes];
  const since = new Date();
  const passed = () => Date.now() - since.getTime();
  /** Milliseconds for which the outcome is still checked. */
  const left = ({ mayBeApplied, isListed }: Outcome) => (mayBeApplied && !isListed ? LONGEST : COMMIT) - passed();
  for (;;) {
    for (const [index, outcome] of latest.entries()) {
      const deadline = Math.min(left(outcome), COMMIT);
      if (outcome.fate === 'unknown' && deadline > 0) {
        latest[index] = await check(spydra, outcome, command, { since, deadline });
      }
    }
    if (!latest.some((outcome) => outcome.fate === 'unknown' && outcome.mayBeApplied && left(outcome) > 0))
      return latest;
    await sleep(passed() < COMMIT ? PAUSE : LONG_PAUSE);
  }
}

/** Returns the current outcome; the given one if there is no certain change. */
async function check(
  spydra: SpydraClient,
  outcome: Outcome,
  { assetId, from }: Command,
  { since, deadline }: { readonly since: Date; readonly deadline: number },
): Promise<Outcome> {
  const { row, idempotencyKey, transactionId, mayBeApplied } = outcome;
  if (idempotencyKey === undefined) return outcome;
  const asked = { assetId, since };
  const found = await spydra.transactions.reconcile(idempotencyKey, asked, { deadline }).catch(() => undefined);
  if (found === undefined) return outcome;
  if (found.state === 'not-found') {
    // What this run has not sent, an earlier one may have.
    return found.final && mayBeApplied ? { row, fate: 'not done', reason: 'It has not reached the ledger.' } : outcome;
  }

  const { transaction } = found;
  if (found.state === 'pending') {
    const reason = `Transaction ${transaction.transactionId} is not committed yet.`;
    return { ...outcome, reason, transactionId: transaction.transactionId, mayBeApplied: true, isListed: true };
  }
  // An earlier run may have used the key for another amount, or with another asset.
  const { amount, fromWallet, toWallet } = transaction;
  const isSameWay = transaction.assetId === assetId && toWallet === row.wallet && fromWallet === from;
  const isOurs = isSameWay && amount === row.amount;
  if (found.state === 'committed' && isOurs) return { row, fate: 'done' };
  // A failed transaction is final only if it is the last one that was sent: another one may still be applied.
  if (found.state === 'failed' && (found.final || transaction.transactionId === transactionId)) {
    const reason = `Transaction ${transaction.transactionId} failed with ${transaction.error} and changed nothing.`;
    return { row, fate: 'not done', reason };
  }
  return outcome;
}
