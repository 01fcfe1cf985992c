import { type CallOptions, Calls } from './call.js';
import { InvalidInputError, SpydraError } from './errors.js';
import { Transport } from './http/transport.js';
import { polled } from './ledger/polled.js';
import { repriced } from './ledger/repriced.js';
import { restV2 } from './ledger/rest-v2.js';
import { safeWrites } from './ledger/safe-writes.js';
import { Shared } from './ledger/write-once.js';
import { resolveSettings, type SpydraClientOptions } from './options.js';
import { Assets } from './resources/assets.js';
import { Tokens } from './resources/tokens.js';
import { Transactions } from './resources/transactions.js';
import { Wallets } from './resources/wallets.js';

/** What clients share by the ledger that they write to: one made by withOptions, and the one that it came from. */
type Origin = Map<string, Shared>;
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
  readonly #options: SpydraClientOptions;
  readonly #calls: Calls;
  readonly #transport: Transport;
  readonly #origin: Origin;

  constructor(options: SpydraClientOptions = {}) {
    const settings = resolveSettings(options);
    const origin = inherited.get(options) ?? new Map<string, Shared>();
    const { baseUrl, projectId, networkId, appId } = settings;
    const place = [baseUrl, projectId, networkId, appId].join(' ');
    const shared = origin.get(place) ?? new Shared();
    origin.set(place, shared);
    const transport = new Transport(settings);
    const spydra = polled(restV2(transport, settings));
    const ledger = safeWrites(repriced(spydra), settings, shared);
    this.#options = options;
    this.#origin = origin;
    this.#calls = new Calls(settings);
    this.#transport = transport;
    this.assets = new Assets(ledger, this.#calls);
    this.tokens = new Tokens(ledger, this.#calls);
    this.wallets = new Wallets(ledger, this.#calls);
    this.transactions = new Transactions(ledger, this.#calls, settings);
  }

  /**
   * A client of its own with some options changed. Writes of both keep out of each other's way: calls under
   * one idempotency key, and those to one wallet or supply, take turns.
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
      await this.assets.list({ limit: 1 }, options);
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
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
