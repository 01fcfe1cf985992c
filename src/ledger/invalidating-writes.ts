import type { ResponseCache } from '../cache/response-cache.js';
import type { WriteCall } from '../core/call.js';
import { SpydraError } from '../errors.js';
import type { Ledger, TransactionRecord } from './ledger.js';
import { changed, mapOperations, type Receipt, tagsOfRecord } from './operations.js';

/**
 * A ledger whose writes invalidate what they touch in caches before they resolve.
 *
 * @param caches - of all clients of the ledger
 * @param uncertaintyWindow - milliseconds for which a write of unknown outcome may still be applied
 */
export function invalidatingWrites(ledger: Ledger, caches: Iterable<ResponseCache>, uncertaintyWindow: number): Ledger {
  const invalidate = async (tags: readonly string[], isOver: boolean) => {
    await Promise.all([...caches].map((cache) => cache.invalidate(tags, isOver ? 0 : uncertaintyWindow)));
  };

  /** What a transaction has changed, also one of another client. */
  const invalidateRecord = (found: TransactionRecord) => invalidate(tagsOfRecord(found), true);

  /** A write that invalidates what it touches before it ends; for longer where it may still be applied. */
  const invalidating =
    <O, R>(
      write: (order: O, call: WriteCall) => Promise<R>,
      touched: (order: O, result: R | undefined) => readonly string[],
    ) =>
    async (order: O, call: WriteCall): Promise<R> => {
      const result = await write(order, call).catch(async (error: unknown) => {
        if (isUnknown(error)) await invalidate(touched(order, undefined), false);
        throw error;
      });
      await invalidate(touched(order, result), (result as Partial<Receipt>).status === 'committed');
      return result;
    };

  return {
    ...ledger,
    ...mapOperations((operation) => invalidating((order, call) => operation.send(ledger, order, call), operation.tags)),
    addMetadata: (assetId, metadata, call) =>
      invalidating(
        () => ledger.addMetadata(assetId, metadata, call),
        () => changed(assetId),
      )(metadata, call),

    async waitForTransaction(transactionId, call, isFresh) {
      const found = await ledger.waitForTransaction(transactionId, call, isFresh);
      await invalidateRecord(found);
      return found;
    },

    invalidate: invalidateRecord,
  };
}

function isUnknown(error: unknown): boolean {
  return !(error instanceof SpydraError) || error.outcome === 'unknown';
}
