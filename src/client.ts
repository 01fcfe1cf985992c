import { SharedCaches } from './cache/shared-caches.js';
import { type CallOptions, Calls } from './call.js';
import { InvalidInputError, SpydraError } from './errors.js';
import { Transport } from './http/transport.js';
import { cached } from './ledger/cached.js';
import { folded } from './ledger/holdings.js';
import { polled } from './ledger/polled.js';
import { repriced } from './ledger/repriced.js';
import { restV2 } from './ledger/rest-v2.js';
import { safeWrites } from './ledger/safe-writes.js';
import { Shared } from './ledger/write-once.js';
import { resolveSettings, type SpydraClientOptions } from './options.js';
import { Assets } from './resources/assets.js';
import { Cache } from './resources/cache.js';
import { Tokens } from './resources/tokens.js';
import { Transactions } from './resources/transactions.js';
import { Wallets } from './resources/wallets.js';

/** What clients of one ledger share: one made by withOptions, and the one that it came from. */
interface Common {
  readonly writes: Shared;
  readonly caches: SharedCaches;
}
type Origin = Map<string, Common>;
const inherited = new WeakMap<SpydraClientOptions, Origin>();

/** Whether Spydra answers. */
export interface Health {
  readonly healthy: boolean;
  /** A sentence for a person. */
  readonly message: string;
}

/**
 * The way into Spydra. One client serves a whole process; close it when the process is done.
 *
 * @throws ConfigurationError naming all that is missing.
 * @example
 * ```ts
 * await using spydra = new SpydraClient(); // reads SPYDRA_API_KEY and the other SPYDRA_* variables
 * const { assetId } = await spydra.assets.create(asset);
 * await spydra.tokens.mint({ assetId, recipientWallet: 'treasury', amount: 10_000n });
 * ```
 */
export class SpydraClient {
  readonly assets: Assets;
  readonly tokens: Tokens;
  readonly wallets: Wallets;
  readonly transactions: Transactions;
  readonly cache: Cache;
  readonly #options: SpydraClientOptions;
  readonly #calls: Calls;
  readonly #transport: Transport;
  readonly #origin: Origin;
  readonly #common: Common;

  constructor(options: SpydraClientOptions = {}) {
    const settings = resolveSettings(options);
    const origin: Origin = inherited.get(options) ?? new Map();
    const { baseUrl, projectId, networkId, appId } = settings;
    const place = [baseUrl, projectId, networkId, appId].join(' ');
    const common = origin.get(place) ?? { writes: new Shared(), caches: new SharedCaches() };
    origin.set(place, common);
    const transport = new Transport(settings);
    const spydra = polled(folded(restV2(transport, settings)));
    const cache = common.caches.join(this, options.cache, settings);
    const { settleWindow } = settings;
    const safe = safeWrites(repriced(spydra), settings, common.writes);
    const ledger = cached(safe, { own: cache, all: common.caches.all, settleWindow });
    this.#options = options;
    this.#origin = origin;
    this.#common = common;
    this.#calls = new Calls(settings);
    this.#transport = transport;
    this.assets = new Assets(ledger, this.#calls);
    this.tokens = new Tokens(ledger, this.#calls);
    this.wallets = new Wallets(ledger, this.#calls);
    this.transactions = new Transactions(ledger, this.#calls, settings);
    this.cache = new Cache(cache, this.#calls);
  }

  /**
   * A client of its own with some options changed. Writes of both keep out of each other's way: calls under
   * one idempotency key, and those to one wallet or supply, take turns. What one writes, the other's cache forgets.
   *
   * @example
   * ```ts
   * const patient = spydra.withOptions({ deadline: 600_000 });
   * ```
   */
  withOptions(options: SpydraClientOptions): SpydraClient {
    const merged = { ...this.#options, ...options };
    inherited.set(merged, this.#origin);
    return new SpydraClient(merged);
  }

  /**
   * Asks Spydra for one asset to see whether it answers. Never throws for a server that does not.
   *
   * @example
   * ```ts
   * const { healthy, message } = await spydra.health({ deadline: 2_000 });
   * ```
   */
  async health(options?: CallOptions): Promise<Health> {
    try {
      await this.assets.list({ limit: 1 }, { ...options, cache: 'no-store' });
      return { healthy: true, message: 'Spydra answers.' };
    } catch (error) {
      if (error instanceof InvalidInputError) throw error;
      // The error's kind, and nothing that the server wrote: whoever asks for health may be anybody.
      const kind = error instanceof SpydraError ? ` (${error.name})` : '';
      return { healthy: false, message: `Spydra does not answer${kind}.` };
    }
  }

  /**
   * Refuses new calls and ends those on their way; a write that was sent ends in OutcomeUnknownError. When it resolves,
   * no timer, listener or promise of the client is left. Await your writes first.
   */
  async close(): Promise<void> {
    await this.#calls.close();
    await this.#transport.close();
    await this.#common.caches.leave(this);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
