import { setTimeout as sleep } from 'node:timers/promises';
import type { SpydraClient } from 'spydra-sdk';
import type { Command } from './command-line.js';
import type { Outcome } from './outcome.js';

/** Milliseconds for all checks: a block or two. The same command run again checks later. */
const TIME_LIMIT = 6_000;
const PAUSE = 250;

/** Checks the unknown rows on the ledger, for a few seconds if necessary. */
export async function lookUp(spydra: SpydraClient, outcomes: readonly Outcome[], command: Command): Promise<Outcome[]> {
  const latest = [...outcomes];
  const until = Date.now() + TIME_LIMIT;
  for (;;) {
    for (const [index, outcome] of latest.entries()) {
      const left = until - Date.now();
      if (outcome.fate === 'unknown' && left > 0) latest[index] = await check(spydra, outcome, command, left);
    }
    const mayChange = latest.some(({ fate, mayBeApplied }) => fate === 'unknown' && mayBeApplied);
    if (!mayChange || Date.now() >= until) return latest;
    await sleep(PAUSE);
  }
}

/** Returns the current outcome; the given one if there is no certain change. */
async function check(
  spydra: SpydraClient,
  outcome: Outcome,
  { assetId, from }: Command,
  deadline: number,
): Promise<Outcome> {
  const { row, idempotencyKey, transactionId } = outcome;
  if (idempotencyKey === undefined) return outcome;
  const found = await spydra.transactions.reconcile(idempotencyKey, { assetId }, { deadline }).catch(() => undefined);
  if (found === undefined || found.state === 'not-found') return outcome;

  const { transaction } = found;
  if (found.state === 'pending') {
    const reason = `Transaction ${transaction.transactionId} is not committed yet.`;
    return { ...outcome, reason, transactionId: transaction.transactionId, mayBeApplied: true };
  }
  // An earlier run may have used the key for another amount, or with another asset.
  const { amount, fromWallet, toWallet } = transaction;
  const isSameWay = transaction.assetId === assetId && toWallet === row.wallet && fromWallet === from;
  const isOurs = isSameWay && amount === row.amount;
  if (found.state === 'committed' && isOurs) return { row, fate: 'done' };
  // A failed transaction is final only if it is the last one that was sent: another one may still be applied.
  if (found.state === 'failed' && transaction.transactionId === transactionId) {
    const reason = `Transaction ${transactionId} failed with ${transaction.error} and changed nothing.`;
    return { row, fate: 'not done', reason };
  }
  return outcome;
}
