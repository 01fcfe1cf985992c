import type { Call } from '../core/call.js';
import { ExpiringMap } from '../core/expiring-map.js';
import type { Ledger, TransactionQuery, TransactionRecord } from '../ledger/ledger.js';
import type { WriteIdentity } from '../ledger/operations.js';
import { hasKey, hasMetadata } from './write-identity.js';

/** Enough records to find one that the SDK has written, if it is in use. */
const NEWEST = { limit: 20, offset: 0 };
/** How many of them are read one by one if the list omits metadata. */
const MAX_READS = 3;
/** Milliseconds before the newest records are read again. */
const NOT_SHOWN = 5_000;
/** Milliseconds for which a transaction without proof stays claimed by a call. */
const CLAIMED = 3_600_000;

/** The part of a ledger that shows records. */
type Records = Pick<Ledger, 'listTransactions' | 'getTransaction'>;

/**
 * Whether a server's records keep the metadata that a write was sent with. Known for a type of transaction as soon as
 * one record of it shows an idempotency key; until then a record without one may be a write of the SDK's.
 */
export class MetadataSupport {
  readonly #keptFor = new Set<string>();
  readonly #notShown = new ExpiringMap<true>();
  /** By transaction that proves nothing: the call that has taken it for its write, so that no other one does. */
  readonly #claims = new ExpiringMap<string>();

  /** Learns from a record that the server shows. */
  note(record: TransactionRecord): void {
    if (hasKey(record)) this.#keptFor.add(kindOf(record.type));
  }

  /** Whether a record of this type has shown it. */
  isKnownFor(type: string): boolean {
    return this.#keptFor.has(kindOf(type));
  }

  /** Whether a record of these types has shown it; if not, reads the newest ones, of the asset and then of any. */
  async isKeptFor({ types, assetId }: WriteIdentity, ledger: Records, call: Call): Promise<boolean> {
    const name = JSON.stringify([assetId, types]);
    const isKnown = () => types.every((type) => this.isKnownFor(type));
    if (isKnown() || this.#notShown.get(name)) return isKnown();
    await this.#read({ types, assetId }, ledger, call);
    if (assetId !== undefined && !isKnown()) await this.#read({ types }, ledger, call);
    this.#notShown.set(name, true, NOT_SHOWN);
    return isKnown();
  }

  /** Claims a transaction for the write of a call, unless another call has. */
  claim({ transactionId }: TransactionRecord, callId: string): boolean {
    const claimant = this.#claims.get(transactionId) ?? callId;
    this.#claims.set(transactionId, claimant, CLAIMED);
    return claimant === callId;
  }

  async #read(query: TransactionQuery, ledger: Records, call: Call): Promise<void> {
    const { items } = await ledger.listTransactions(query, NEWEST, call);
    const bare = items.filter((record) => !hasMetadata(record)).slice(0, MAX_READS);
    const read = await Promise.all(bare.map(({ transactionId }) => ledger.getTransaction(transactionId, call)));
    for (const record of [...items, ...read]) this.note(record);
  }
}

/** Publishing an asset is an update of it. */
function kindOf(type: string): string {
  return type === 'publish' ? 'update' : type;
}
