import { randomUUID } from 'node:crypto';
import { OutcomeUnknownError, type SpydraClient, SpydraError } from 'spydra-sdk';
import { expect } from 'vitest';
import { assetOf, type Clients } from './interleavings.js';

interface AuditOptions {
  /** How many transfers are made. */
  readonly writes: number;
  /** Milliseconds of each call: too few for some, so that their outcome is unknown. */
  readonly deadline: (write: number, attempt: number) => number;
  /** Called before each attempt: it may break the network, or repair it. */
  readonly disturb?: (attempt: number) => Promise<void> | void;
}

/** What was seen of the writes. */
export interface Audit {
  /** Calls that ended in OutcomeUnknownError. */
  readonly unknown: number;
  /** Calls that failed otherwise, and were repeated. */
  readonly failed: number;
}

const TOKENS = 10n;
const MAX_ATTEMPTS = 200;

/**
 * Makes many transfers into one wallet, and repeats each call under its key, by two clients in turn, until it resolves. In
 * the end each has been applied exactly once: nothing else adds up.
 */
export async function audit(clients: Clients, { writes, deadline, disturb }: AuditOptions): Promise<Audit> {
  const assetId = await assetOf(clients);
  const { one, other } = clients;
  const funded = await one.tokens.mintMany(
    Array.from({ length: writes }, (_, n) => ({ assetId, recipientWallet: `s${n}`, amount: TOKENS })),
  );
  expect(funded.every(({ status }) => status === 'fulfilled')).toBe(true);
  let [unknown, failed] = [0, 0];

  const call = async (client: SpydraClient, n: number, idempotencyKey: string, ms: number): Promise<boolean> => {
    const input = { assetId, fromWallet: `s${n}`, toWallet: 'sink', amount: TOKENS };
    try {
      await client.tokens.transfer(input, { idempotencyKey, deadline: ms });
      return true;
    } catch (error) {
      // A second application would be refused: the wallet has tokens for one.
      if (error instanceof SpydraError && error.code === 'INSUFFICIENT_BALANCE') throw error;
      if (error instanceof OutcomeUnknownError) unknown++;
      else failed++;
      return false;
    }
  };

  const write = async (n: number) => {
    const key = randomUUID();
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      await disturb?.(attempt);
      if (await call(attempt % 2 ? other : one, n, key, deadline(n, attempt))) return;
    }
    throw new Error(`transfer ${n} did not end`);
  };
  await Promise.all(Array.from({ length: writes }, (_, n) => write(n)));

  const holders = await one.tokens.holders(assetId);
  expect(holders).toEqual([{ wallet: 'sink', balance: TOKENS * BigInt(writes) }]);
  const { circulatingSupply } = await one.tokens.supply(assetId);
  expect(circulatingSupply).toBe(TOKENS * BigInt(writes));
  const records = new Set<string>();
  for await (const { transactionId } of one.wallets.transactions('sink', { assetId })) records.add(transactionId);
  expect(records.size).toBe(writes);
  return { unknown, failed };
}
