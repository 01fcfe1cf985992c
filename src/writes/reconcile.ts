import type { Call } from '../core/call.js';
import { TRANSACTION_TYPES } from '../known-values.js';
import { commitState, type KeyClaim, type Ledger, type TransactionRecord } from '../ledger/ledger.js';
import { findByKey } from './find-by-key.js';
import { KeyUse, type SharedWrites } from './shared-writes.js';
import { SEARCH_SKEW } from './write-lookup.js';

/** What became of a write. */
export type Reconciliation =
  /** It is on the ledger. */
  | { readonly state: 'committed'; readonly transaction: TransactionRecord }
  /** It was accepted: ask again. */
  | { readonly state: 'pending'; readonly transaction: TransactionRecord }
  /** The last transaction under the key failed and changed nothing. */
  | ({ readonly state: 'failed'; readonly transaction: TransactionRecord } & Finality)
  /** No transaction carries the key. */
  | ({ readonly state: 'not-found' } & Finality);

/** Whether the write may still be applied: a request without a response may still arrive. */
export interface Finality {
  /** Whether it can no longer be applied: the write was not applied. */
  readonly final: boolean;
  /** From then on, by this process's clock, the result is final. Undefined if only `void: true` makes it final. */
  readonly finalAt?: Date;
  /** Only if the call had no `since`: pass this one to the next call, or no result is ever final. */
  readonly since?: Date;
}

/** Which write to find. */
interface Sought {
  readonly idempotencyKey: string;
  readonly assetId: string | undefined;
  /** When its outcome became unknown, by the clock of the process that saw it. */
  readonly since: Date | undefined;
}

/**
 * Finds the write that was sent under a key.
 *
 * @throws InvalidResponseError if the server's records cannot tell.
 */
export async function reconcile(
  ledger: Ledger,
  shared: SharedWrites,
  uncertaintyWindow: number,
  { idempotencyKey, assetId, since }: Sought,
  call: Call,
): Promise<Reconciliation> {
  // Before the search, which may miss what arrives during it.
  const began = Date.now();
  // What this client has sent is timed by the monotonic clock; `since` may come from another process.
  const key = new KeyUse(shared, idempotencyKey, uncertaintyWindow);
  const { uncertainUntil = 0, isInFlight, holder } = key;
  const uncertainFor = uncertainUntil - performance.now();
  const recentSince = (since?.getTime() ?? began) - SEARCH_SKEW;
  const scope = { identity: { types: TRANSACTION_TYPES, assetId }, recentSince };
  const [transaction] = await findByKey(ledger, idempotencyKey, scope, shared.metadataSupport, call);
  // A list may lag behind what was accepted.
  const isMissed = isInFlight || (holder !== undefined && holder.transactionId !== transaction?.transactionId);
  const bySince = (since?.getTime() ?? began) + uncertaintyWindow;
  const finalAt = Math.max(bySince, began + Math.ceil(uncertainFor), isMissed ? began + uncertaintyWindow : 0);
  const finality = {
    final: began >= finalAt,
    finalAt: new Date(finalAt),
    ...(since === undefined ? { since: new Date(began) } : {}),
  };
  if (!transaction) return { state: 'not-found', ...finality };
  const state = commitState(transaction);
  if (state !== 'failed') key.holdFound(transaction);
  if (state === 'committed') await ledger.invalidate?.(transaction);
  // A failed write may have been submitted again.
  return state === 'failed' ? { state, transaction, ...finality } : { state, transaction };
}

/** What became of a write, by the claim on its key. A ledger with claims needs no search and no window. */
export async function reconcileByClaim(ledger: Ledger, claim: KeyClaim, call: Call): Promise<Reconciliation> {
  if (claim.state !== 'applied') return { state: 'not-found', final: claim.state === 'void' };
  const transaction = await ledger.getTransaction(claim.transactionId, call);
  await ledger.invalidate?.(transaction);
  return { state: 'committed', transaction };
}
