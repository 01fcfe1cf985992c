import type { ResponseCache } from './cache/response-cache.js';
import { SharedCaches } from './cache/shared-caches.js';
import { Calls } from './calls.js';
import type { CallOptions } from './core/call.js';
import { ensureMayBegin, ensureNode } from './core/runtime.js';
import { ensureRecord } from './core/validate.js';
import { InvalidInputError } from './errors.js';
import { type Health, unhealthy, unhealthyLedger } from './health.js';
import { Transport } from './http/transport.js';
import { cachedReads } from './ledger/cached-reads.js';
import { invalidatingWrites } from './ledger/invalidating-writes.js';
import type { Ledger } from './ledger/ledger.js';
import { givenOf, resolveSettings, type Settings, type SpydraClientOptions } from './options.js';
import { Assets } from './resources/assets.js';
import { Cache } from './resources/cache.js';
import { Tokens } from './resources/tokens.js';
import { Transactions } from './resources/transactions.js';
import { Wallets } from './resources/wallets.js';
import { spydraRest } from './rest/api.js';
import { reportedWrites, safeWrites } from './writes/safe-writes.js';
import { SharedWrites } from './writes/shared-writes.js';

/** What the clients of one ledger share. */
interface Common {
  readonly writes: SharedWrites;
  readonly caches: SharedCaches;
  /** How many of them are not closed. */
  open: number;
}

/** What a client shares with those made from it by `withOptions`. */
class ClientGroup {
  readonly #byLedger = new Map<unknown, Common>();

  of(given: Ledger | undefined, { baseUrl, projectId, networkId, appId }: Settings): Common {
    const ledger = given ?? JSON.stringify([baseUrl, projectId, networkId, appId]);
    const common = this.#byLedger.get(ledger) ?? { writes: new SharedWrites(), caches: new SharedCaches(), open: 0 };
    this.#byLedger.set(ledger, common);
    return common;
  }
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
  /** Undefined on a ledger that was given. */
  readonly #transport: Transport | undefined;
  readonly #given: Ledger | undefined;
  readonly #group: ClientGroup;
  readonly #common: Common;
  readonly #cache: ResponseCache | undefined;
  #isClosed = false;

  constructor(options?: SpydraClientOptions);
  // `group` is not part of the declared signature: withOptions alone passes it.
  constructor(options: SpydraClientOptions = {}, group: unknown = undefined) {
    ensureNode();
    ensureMayBegin();
    const settings = resolveSettings(options);
    this.#group = group instanceof ClientGroup ? group : new ClientGroup();
    const common = this.#group.of(options.ledger, settings);
    common.open++;
    const transport = settings.ledger ? undefined : new Transport(settings);
    const cache = common.caches.join(options.cache, settings);
    const once = transport
      ? safeWrites(spydraRest(transport, settings), settings, common.writes)
      : reportedWrites(settings.ledger as Ledger, settings);
    const written = invalidatingWrites(once, common.caches, settings.uncertaintyWindow);
    const ledger = cache ? cachedReads(written, cache) : written;
    this.#options = options;
    this.#common = common;
    this.#cache = cache;
    this.#calls = new Calls(settings);
    this.#transport = transport;
    this.#given = settings.ledger;
    this.assets = new Assets(ledger, this.#calls);
    this.tokens = new Tokens(ledger, this.#calls);
    this.wallets = new Wallets(ledger, this.#calls);
    this.transactions = new Transactions(ledger, this.#calls, common.writes, settings);
    this.cache = new Cache(cache, this.#calls);
  }

  /**
   * A new client with some options changed. Calls of both under one idempotency key run one at a time, and so do writes
   * to one wallet or supply that conflict; a write of one invalidates the other's cache.
   *
   * @example
   * ```ts
   * const patient = spydra.withOptions({ deadline: 600_000 });
   * ```
   */
  withOptions(options: SpydraClientOptions): SpydraClient {
    this.#calls.ensureSameRequest();
    return clientOf({ ...this.#options, ...givenOf(options) }, this.#group);
  }

  /**
   * Requests one asset to see whether Spydra, or the ledger, responds. Does not throw if it does not.
   *
   * @example
   * ```ts
   * const { healthy, message } = await spydra.health({ deadline: 2_000 });
   * ```
   */
  async health(options: CallOptions = {}): Promise<Health> {
    ensureRecord(options, 'options');
    try {
      await this.assets.list({ limit: 1 }, { ...options, cache: 'no-store' });
      return { healthy: true, message: this.#given ? 'The ledger responds.' : 'Spydra responds.' };
    } catch (error) {
      if (error instanceof InvalidInputError) throw error;
      return this.#given ? unhealthyLedger(error) : unhealthy(error);
    }
  }

  /**
   * Refuses new calls and ends those on their way; a write that was sent ends in OutcomeUnknownError. When it resolves,
   * no timer, listener or promise of the client is left. Await your writes first.
   */
  async close(): Promise<void> {
    await this.#calls.close();
    await this.#transport?.close();
    if (this.#isClosed) return;
    this.#isClosed = true;
    if (this.#cache) await this.#common.caches.leave(this.#cache);
    if (--this.#common.open === 0) await this.#given?.close?.();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/** Outside the class: a bundler renames one that names itself, and frameworks print the name. */
function clientOf(options: SpydraClientOptions, group: ClientGroup): SpydraClient {
  const Client: new (options: SpydraClientOptions, group: ClientGroup) => SpydraClient = SpydraClient;
  return new Client(options, group);
}
