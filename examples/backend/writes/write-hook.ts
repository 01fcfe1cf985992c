import { IdempotencyConflictError, type SpydraClient } from 'spydra-sdk';
import type { RunWrite, Send } from '../../express/index.js';
import { callerOf } from '../access/caller.js';
import { priceOf } from '../access/offers.js';
import { ensureOwnWallet } from '../access/own-wallet.js';
import { outcomeUnknown } from './outcome-unknown.js';
import { runAlone, runLocked, type SharedKeys } from './run-write.js';
import { UncertainKeys } from './uncertain-keys.js';

export interface WriteHookOptions {
  /** Wallets that investors may buy from, besides the creator of the asset. */
  readonly sellers: readonly string[];
  /** Milliseconds after which a write that was sent is in the ledger's lists, or never will be; as for the client. */
  readonly uncertaintyWindow: number;
  /** Idempotency keys shared with other instances. Default: this process is the only one. */
  readonly sharedKeys?: SharedKeys | undefined;
}

/** The router's hook `write`: under a lock on the idempotency key, and an investor's purchase only as offered. */
export function writeHook(spydra: SpydraClient, options: WriteHookOptions): RunWrite {
  const { sellers, uncertaintyWindow, sharedKeys } = options;
  const run = sharedKeys ? runLocked(spydra, sharedKeys) : runAlone;
  const uncertain = new UncertainKeys(uncertaintyWindow);

  return async (order, send) => {
    // A document has no transaction that another request could find.
    if (order.route === 'POST /assets/:assetId/metadata') return send(order.options);
    const noted: Send = (options, body) => uncertain.noted(options, () => send(options, body));
    // Under the lock, if there is one: what waits for it is checked after this request.
    const runCounted = (work: Send) =>
      run(order, (options, body) => uncertain.during(options, () => work(options, body)));
    if (order.route !== 'POST /tokens/purchase') return runCounted(noted);
    const { body, response, options } = order;
    ensureOwnWallet(response, body.buyerWallet);
    const isAdmin = callerOf(response).role === 'admin';
    const { idempotencyKey, ...reading } = options;
    return runCounted(async (locked) => {
      const { price, isMade } = await priceOf(spydra, body, { isAdmin, sellers, idempotencyKey, reading }).catch(
        (error) => {
          if (idempotencyKey === undefined || !uncertain.isUsedByOthers(idempotencyKey)) throw error;
          throw outcomeUnknown(idempotencyKey, 'Another write under the key may be applied, or was.', error);
        },
      );
      return noted(locked, { ...body, price }).catch((error: unknown) => {
        const isRounded = isMade && error instanceof IdempotencyConflictError;
        if (idempotencyKey === undefined || !isRounded) throw error;
        throw outcomeUnknown(
          idempotencyKey,
          'The ledger shows this sale under the key, at a price with other digits.',
          error,
        );
      });
    });
  };
}
