import type * as z from 'zod/mini';
import { callSoon, whenAborted } from '../core/abort.js';
import type { Call, WriteCall } from '../core/call.js';
import { messageOf } from '../core/shapes.js';
import { withMethods } from '../core/validate.js';
import { withResolvers } from '../core/with-resolvers.js';
import { OutcomeUnknownError, SpydraError } from '../errors.js';
import type { Ledger } from './ledger.js';
import type { Receipt } from './operations.js';

/** Methods that do not resolve with the result of one call. */
const OTHERS = ['listen', 'invalidate', 'close'] as const;
type Method = Exclude<keyof Ledger, 'name' | 'batchSize' | (typeof OTHERS)[number]>;
/** A write that leaves a transaction, another write, or a read. */
type Kind = 'transaction' | 'write' | 'read';

/** The other methods: what each of them is, and the place of its call among its arguments. */
const METHODS: Readonly<Record<Method, readonly [Kind, number]>> = {
  createAsset: ['transaction', 1],
  updateAsset: ['transaction', 1],
  mint: ['transaction', 1],
  burn: ['transaction', 1],
  transfer: ['transaction', 1],
  addMetadata: ['write', 2],
  getAsset: ['read', 1],
  listAssets: ['read', 2],
  getBalances: ['read', 2],
  getTransaction: ['read', 1],
  waitForTransaction: ['read', 1],
  listTransactions: ['read', 2],
  getHoldings: ['read', 1],
  getMetadata: ['read', 1],
  getSupply: ['read', 1],
  getClaim: ['read', 1],
  voidKey: ['write', 0],
};
/** Those that a ledger may lack. */
const OPTIONAL: readonly string[] = ['getSupply', 'getClaim', 'voidKey'];

/** Milliseconds for which a method may go on after its call is over: the ledger itself knows best what became of it. */
const GRACE = 1_000;

/** A ledger of the user's: an object or an instance of a class. */
export const givenLedger: z.ZodMiniType<Ledger> = withMethods<Ledger>(
  ...Object.keys(METHODS).filter((method) => !OPTIONAL.includes(method)),
);

/**
 * The ledger as an object of functions, which a wrapper can copy: methods of a class are not copied by `{ ...ledger }`.
 * A method that ignores the end of its call is waited for no longer than a second, and a write is unknown whose result
 * does not state that it was applied, or whose error does not state that it was not.
 */
export function boundLedger(ledger: Ledger): Ledger {
  const { name, batchSize } = ledger;
  const methods: Record<string, unknown> = {};
  for (const method of Object.keys(METHODS) as Method[]) {
    if (ledger[method] !== undefined) methods[method] = bounded(ledger, method);
  }
  for (const method of OTHERS) {
    if (ledger[method] !== undefined) methods[method] = (ledger[method] as () => unknown).bind(ledger);
  }
  return { ...(methods as unknown as Ledger), name, batchSize };
}

function bounded(ledger: Ledger, method: Method) {
  const run = ledger[method] as (...args: unknown[]) => Promise<unknown>;
  const [kind, place] = METHODS[method];
  const isWrite = kind !== 'read';
  return async (...args: unknown[]): Promise<unknown> => {
    const call = args[place] as Call & Partial<WriteCall>;
    try {
      const result = await endsWith(run.apply(ledger, args), call, isWrite ? unfinished : reasonOf);
      if (kind === 'transaction') ensureReceipt(result, call);
      return result;
    } catch (error) {
      throw isWrite && !isConclusive(error, call) ? interrupted(error, call) : error;
    }
  };
}

/**
 * Whether an error states what became of a write. `fetch`, given the call's signal, throws the signal's reason after it
 * has sent the request too, and what is no error of this package states nothing.
 */
function isConclusive(error: unknown, call: Call): boolean {
  return error instanceof SpydraError && error !== reasonOf(call);
}

/** The result of a method, or the end of its call: at once if the method ends with it, else after the grace. */
function endsWith<T>(work: Promise<T>, call: Call, endOf: (call: Call) => unknown): Promise<T> {
  let cancel = () => {};
  const { promise: ended, reject } = withResolvers<never>();
  const forget = whenAborted(call.signal, () => {
    cancel = callSoon(GRACE, () => reject(endOf(call)));
  });
  return Promise.race([work, ended]).finally(() => {
    forget();
    cancel();
  });
}

function reasonOf({ signal }: Call): unknown {
  return signal.reason;
}

function unfinished(call: Call & Partial<WriteCall>): OutcomeUnknownError {
  const cause = reasonOf(call);
  return unknown(call, `The ledger went on after the call was over: ${messageOf(cause)}`, { cause });
}

function interrupted(cause: unknown, call: Partial<WriteCall>): OutcomeUnknownError {
  return unknown(call, `The ledger did not report what became of it: ${messageOf(cause)}`, { cause });
}

/** @throws OutcomeUnknownError */
function ensureReceipt(result: unknown, call: Partial<WriteCall>): void {
  const { transactionId, status }: Partial<Receipt> = Object(result);
  if (typeof transactionId === 'string' && transactionId !== '') {
    if (status === 'committed' || (status === 'pending' && !call.confirm)) return;
    throw unknown(call, 'The ledger returned it before its commit.', { transactionId });
  }
  throw unknown(call, 'The ledger returned no transaction for it.', {});
}

function unknown(
  { idempotencyKey, keyIsGiven }: Partial<WriteCall>,
  why: string,
  details: { readonly transactionId?: string; readonly cause?: unknown },
): OutcomeUnknownError {
  return new OutcomeUnknownError(
    `It is not known whether the write was applied. ${why} Call again with this idempotencyKey and the same input.`,
    {
      ...details,
      stage: details.transactionId === undefined ? 'submit' : 'commit',
      idempotencyKey,
      // The same call without a key would write under a new one.
      retryable: keyIsGiven,
    },
  );
}
