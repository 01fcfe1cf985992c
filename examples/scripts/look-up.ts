import { setTimeout as sleep } from 'node:timers/promises';
import type { SpydraClient } from 'spydra-sdk';
import type { Command } from './command-line.js';
import type { Outcome } from './outcome.js';

/** Milliseconds: a block or two. Whoever runs the same command again needs no more. */
const PATIENCE = 6_000;
const PAUSE = 250;

/** Asks the ledger, for a few seconds if need be, what became of the rows that are unknown. */
export async function lookUp(spydra: SpydraClient, outcomes: readonly Outcome[], command: Command): Promise<Outcome[]> {
  const latest = [...outcomes];
  const until = Date.now() + PATIENCE;
  for (;;) {
    for (const [index, outcome] of latest.entries()) {
      const left = until - Date.now();
      if (outcome.fate === 'unknown' && left > 0) latest[index] = await ask(spydra, outcome, command, left);
    }
    const mayTellMore = latest.some(({ fate, isOnItsWay }) => fate === 'unknown' && isOnItsWay);
    if (!mayTellMore || Date.now() >= until) return latest;
    await sleep(PAUSE);
  }
}

/** The outcome as it is known now; the same one where there is nothing new for certain. */
async function ask(
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
    return { ...outcome, reason, transactionId: transaction.transactionId, isOnItsWay: true };
  }
  // The key may have been used for another amount, in an earlier run with another file.
  const { amount, fromWallet, toWallet } = transaction;
  const isOurs = amount === row.amount && toWallet === row.wallet && fromWallet === from;
  if (found.state === 'committed' && isOurs) return { row, fate: 'done' };
  // A failed one settles nothing unless it is the last that was sent: another one may be on its way.
  if (found.state === 'failed' && transaction.transactionId === transactionId) {
    const reason = `Transaction ${transactionId} failed with ${transaction.error} and changed nothing.`;
    return { row, fate: 'not done', reason };
  }
  return outcome;
}
