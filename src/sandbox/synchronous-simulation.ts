import type { Bounds } from './bounds.js';
import type { RowSums, TotalName } from './delta-rows.js';
import type { JsonObject } from './json.js';
import type { ReadSet, StateReader, Version, WorldState, WriteSet } from './key-values.js';

/** The ledger as a chaincode function sees it: the part of Fabric's `ChaincodeStub` that this contract needs. */
export interface ChaincodeStub extends StateReader {
  /** The transaction's id. The only source of fresh names, because every endorser must come to the same result. */
  readonly txId: string;
  /** The committed value. As in Fabric, a function does not see its own writes. */
  getState(key: string): string | undefined;
  /**
   * The committed and the pending rows of a total. It is not recorded as read, so that rows of other transactions do not
   * make this transaction conflict; the bounds must prevent what validation will not detect.
   *
   * An endorser of Fabric does not see pending transactions. There a gateway in front of the chaincode has to count them.
   */
  sumRows(total: TotalName): Bounds;
  putState(key: string, value: string): void;
  /** Names the event that is emitted if the transaction commits as valid; the last call wins. */
  setEvent(name: string, payload: JsonObject): void;
}

/** A chaincode function: reads and writes through the stub, returns its response, throws to refuse. */
export type ChaincodeFunction<Args, Response extends JsonObject> = (stub: ChaincodeStub, args: Args) => Response;

/** One run of a chaincode function over the committed state. Records what was read and written and changes nothing. */
export class Simulation implements ChaincodeStub {
  readonly txId: string;
  readonly #state: WorldState;
  readonly #waitingRows: RowSums;
  readonly #reads = new Map<string, Version | undefined>();
  readonly #writes = new Map<string, string>();
  #event: { readonly name: string; readonly payload: JsonObject } | undefined;

  constructor(state: WorldState, waitingRows: RowSums, txId: string) {
    this.#state = state;
    this.#waitingRows = waitingRows;
    this.txId = txId;
  }

  get reads(): ReadSet {
    return this.#reads;
  }

  get writes(): WriteSet {
    return this.#writes;
  }

  get event() {
    return this.#event;
  }

  getState(key: string): string | undefined {
    this.#reads.set(key, this.#state.versionOf(key));
    return this.#state.getState(key);
  }

  sumRows(total: TotalName): Bounds {
    const { least, most } = this.#state.sumRows(total);
    const { added, taken } = this.#waitingRows.of(total);
    return { least: least - taken, most: most + added };
  }

  putState(key: string, value: string): void {
    this.#writes.set(key, value);
  }

  setEvent(name: string, payload: JsonObject): void {
    this.#event = { name, payload };
  }
}
