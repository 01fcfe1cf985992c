import { randomUUID } from 'node:crypto';
import { ledger, peer } from '@hyperledger/fabric-protos';
import { compareKeys } from '../../../src/sandbox/sorted-keys.js';
import type { RangeRead, Version, WorldState } from '../../../src/sandbox/world-state.js';
import { RANGE_END, type ReadWriteSet } from './read-write-set.js';

const { Type } = peer.ChaincodeMessage;
const TYPE_NAMES = new Map(Object.entries(Type).map(([name, value]) => [value as number, name]));

/** Rows that a peer sends at a time, whatever it was asked for. */
const PEER_PAGE = 100;

/** A range that chaincode reads. */
interface Range {
  readonly prefix: string;
  readonly keys: Generator<string>;
  /** The row that was read ahead. */
  next: string | undefined;
  readonly rows: Map<string, Version>;
  /** Its place in the read set. */
  readonly place: number;
}

/** What chaincode asks the peer for within one transaction. It sees the committed state, and not what it writes. */
export class Simulation implements ReadWriteSet {
  readonly reads = new Map<string, Version>();
  readonly ranges: RangeRead[] = [];
  readonly writes = new Map<string, Uint8Array | undefined>();
  readonly #open = new Map<string, Range>();
  #isPaginated = false;

  constructor(
    private readonly txId: string,
    private readonly namespace: string,
    private readonly state: WorldState<Uint8Array>,
  ) {}

  /**
   * The response to a request of the chaincode.
   *
   * @throws Error with the text that a peer sends
   */
  respond(type: number, request: Uint8Array): Uint8Array {
    try {
      return this.#respond(type, request);
    } catch (error) {
      throw new Error(`${TYPE_NAMES.get(type)} failed: transaction ID: ${this.txId}: ${(error as Error).message}`);
    }
  }

  #respond(type: number, request: Uint8Array): Uint8Array {
    switch (type) {
      case Type.GET_STATE:
        return this.#get(peer.GetState.deserializeBinary(request).getKey());
      case Type.PUT_STATE: {
        const put = peer.PutState.deserializeBinary(request);
        return this.#write(put.getKey(), put.getValue_asU8());
      }
      case Type.DEL_STATE:
        return this.#write(peer.DelState.deserializeBinary(request).getKey(), undefined);
      case Type.GET_STATE_BY_RANGE:
        return this.#range(peer.GetStateByRange.deserializeBinary(request));
      case Type.QUERY_STATE_NEXT:
        return this.#next(peer.QueryStateNext.deserializeBinary(request).getId());
      case Type.QUERY_STATE_CLOSE:
        return this.#close(peer.QueryStateClose.deserializeBinary(request).getId());
      case Type.GET_QUERY_RESULT:
        throw new Error('ExecuteQueryWithPagination not supported for leveldb');
      default:
        throw new Error('not supported by the stand-in');
    }
  }

  #get(key: string): Uint8Array {
    this.reads.set(key, this.state.versionOf(key));
    return this.#valueOf(key);
  }

  /** Empty for an absent key. */
  #valueOf(key: string): Uint8Array {
    return this.state.valueOf(key) ?? new Uint8Array();
  }

  #write(key: string, value: Uint8Array | undefined): Uint8Array {
    if (this.#isPaginated) this.#refuse('Transaction has already performed a paginated query. Writes are not allowed');
    this.writes.set(key, value);
    return new Uint8Array();
  }

  #range(request: peer.GetStateByRange): Uint8Array {
    const prefix = request.getStartkey();
    if (request.getEndkey() !== `${prefix}${RANGE_END}`) throw new Error('the stand-in has ranges of a prefix only');
    const options = peer.QueryMetadata.deserializeBinary(request.getMetadata_asU8());
    if (options.getPagesize() > 0) return this.#page(prefix, options.getPagesize(), options.getBookmark());
    const range: Range = {
      prefix,
      keys: this.state.keysBelow(prefix),
      next: undefined,
      rows: new Map(),
      place: this.ranges.length,
    };
    this.#readAhead(range);
    const id = randomUUID();
    this.#open.set(id, range);
    return this.#next(id);
  }

  #next(id: string): Uint8Array {
    const range = this.#open.get(id);
    if (!range) throw new Error('query iterator not found');
    const page: string[] = [];
    while (range.next !== undefined && page.length < PEER_PAGE) {
      page.push(range.next);
      this.#readAhead(range);
    }
    const { prefix, next, rows, place } = range;
    this.ranges[place] = { prefix, last: next, rows };
    if (next === undefined) this.#open.delete(id);
    return this.#rows(page, id, next !== undefined).serializeBinary();
  }

  /** A peer looks one row ahead, and so validates it. */
  #readAhead(range: Range): void {
    const { value, done } = range.keys.next();
    range.next = done ? undefined : value;
    if (range.next !== undefined) range.rows.set(range.next, this.state.versionOf(range.next));
  }

  #page(prefix: string, size: number, bookmark: string): Uint8Array {
    if (this.writes.size > 0) this.#refuse('Paginated queries are supported only in a read-only transaction');
    this.#isPaginated = true;
    const page: string[] = [];
    let next = '';
    for (const key of this.state.keysBelow(prefix)) {
      if (bookmark !== '' && compareKeys(key, bookmark) < 0) continue;
      if (page.length === size) {
        next = key;
        break;
      }
      page.push(key);
    }
    const metadata = new peer.QueryResponseMetadata();
    metadata.setFetchedRecordsCount(page.length);
    metadata.setBookmark(next);
    const response = this.#rows(page, randomUUID(), false);
    response.setMetadata(metadata.serializeBinary());
    return response.serializeBinary();
  }

  #rows(keys: readonly string[], id: string, hasMore: boolean): peer.QueryResponse {
    const response = new peer.QueryResponse();
    response.setId(id);
    response.setHasMore(hasMore);
    response.setResultsList(
      keys.map((key) => {
        const row = new ledger.queryresult.KV();
        row.setNamespace(this.namespace);
        row.setKey(key);
        row.setValue(this.#valueOf(key));
        const bytes = new peer.QueryResultBytes();
        bytes.setResultbytes(row.serializeBinary());
        return bytes;
      }),
    );
    return response;
  }

  #close(id: string): Uint8Array {
    this.#open.delete(id);
    const response = new peer.QueryResponse();
    response.setId(id);
    return response.serializeBinary();
  }

  /** Fabric's own spelling. */
  #refuse(reason: string): never {
    throw new Error(`txid [${this.txId}]: unsuppored transaction. ${reason}`);
  }
}
