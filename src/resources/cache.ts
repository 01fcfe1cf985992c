import * as z from 'zod/mini';
import { type CacheStats, Counters } from '../cache/counters.js';
import type { ResponseCache } from '../cache/response-cache.js';
import type { Calls } from '../calls.js';
import { validate } from '../core/validate.js';
import { changed, tag } from '../ledger/operations.js';
import { existingId } from './input-schemas.js';

/** Which entries to invalidate: those about an asset, a wallet, or both. */
export interface InvalidateCacheInput {
  readonly assetId?: string | undefined;
  readonly walletId?: string | undefined;
}

const invalidateInput = z
  .strictObject({ assetId: z.optional(existingId), walletId: z.optional(existingId) })
  .check(z.refine(({ assetId, walletId }) => (assetId ?? walletId) !== undefined, 'must name an asset or a wallet'));

/** The client's cache: `spydra.cache`. */
export class Cache {
  readonly #cache: ResponseCache | undefined;
  readonly #calls: Calls;

  /** @internal Made by the client. */
  constructor(cache: ResponseCache | undefined, calls: Calls) {
    this.#cache = cache;
    this.#calls = calls;
  }

  /**
   * Counts what reads have found since the client was made, by what they read. All zero without a cache.
   *
   * @example
   * ```ts
   * const { hits, misses } = spydra.cache.stats().balances;
   * ```
   */
  stats(): CacheStats {
    return this.#cache?.stats ?? new Counters().stats;
  }

  /**
   * Invalidates what is cached of an asset or a wallet, for all that share the store: for changes that were not made through
   * this SDK. Its own writes do so by themselves.
   *
   * @throws InvalidInputError; ClientClosedError
   * @example
   * ```ts
   * await spydra.cache.invalidate({ walletId: 'alice' });
   * ```
   */
  async invalidate(input: InvalidateCacheInput): Promise<void> {
    const { assetId, walletId } = validate(invalidateInput, input);
    // Balances and lists of assets state what an asset is called.
    const more = assetId === undefined ? [] : [tag.assets];
    const tags = [...changed(assetId, walletId), ...more];
    await this.#calls.readUncached(undefined, async () => this.#cache?.invalidate(tags));
  }
}
