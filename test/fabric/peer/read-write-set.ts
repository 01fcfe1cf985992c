import { ledger } from '@hyperledger/fabric-protos';
import type { ReadWriteSet as OfTransaction } from '../../../src/sandbox/world-state.js';

const { kvrwset } = ledger.rwset;

/** What a simulation has read and written. */
export type ReadWriteSet = Omit<OfTransaction<Uint8Array>, 'txId'>;

/** The end of a range of all keys with a prefix, as fabric-shim makes it. */
export const RANGE_END = '\u{10ffff}';

/** The results of a simulation as endorsers sign them. */
export function encodeResults(namespace: string, { reads, ranges, writes }: ReadWriteSet): Uint8Array {
  const set = new kvrwset.KVRWSet();
  set.setReadsList(kvReads(reads));
  set.setRangeQueriesInfoList(
    ranges.map(({ prefix, last, rows }) => {
      const info = new kvrwset.RangeQueryInfo();
      info.setStartKey(prefix);
      info.setEndKey(last ?? `${prefix}${RANGE_END}`);
      info.setItrExhausted(last === undefined);
      const raw = new kvrwset.QueryReads();
      raw.setKvReadsList(kvReads(rows));
      info.setRawReads(raw);
      return info;
    }),
  );
  set.setWritesList(
    [...writes].map(([key, value]) => {
      const write = new kvrwset.KVWrite();
      write.setKey(key);
      write.setIsDelete(value === undefined);
      if (value !== undefined) write.setValue(value);
      return write;
    }),
  );
  const ofNamespace = new ledger.rwset.NsReadWriteSet();
  ofNamespace.setNamespace(namespace);
  ofNamespace.setRwset(set.serializeBinary());
  const all = new ledger.rwset.TxReadWriteSet();
  all.setNsRwsetList([ofNamespace]);
  return all.serializeBinary();
}

export function decodeResults(results: Uint8Array): ReadWriteSet {
  const [ofNamespace] = ledger.rwset.TxReadWriteSet.deserializeBinary(results).getNsRwsetList();
  const set = kvrwset.KVRWSet.deserializeBinary(ofNamespace?.getRwset_asU8() ?? new Uint8Array());
  return {
    reads: versions(set.getReadsList()),
    ranges: set.getRangeQueriesInfoList().map((info) => ({
      prefix: info.getStartKey(),
      last: info.getItrExhausted() ? undefined : info.getEndKey(),
      rows: versions(info.getRawReads()?.getKvReadsList() ?? []),
    })),
    writes: new Map(
      set.getWritesList().map((write) => [write.getKey(), write.getIsDelete() ? undefined : write.getValue_asU8()]),
    ),
  };
}

function kvReads(reads: Iterable<readonly [key: string, version: string | undefined]>): ledger.rwset.kvrwset.KVRead[] {
  return [...reads].map(([key, version]) => {
    const read = new kvrwset.KVRead();
    read.setKey(key);
    if (version !== undefined) {
      const [block, place] = version.split('.').map(Number);
      const encoded = new kvrwset.Version();
      encoded.setBlockNum(block ?? 0);
      encoded.setTxNum(place ?? 0);
      read.setVersion(encoded);
    }
    return read;
  });
}

function versions(reads: readonly ledger.rwset.kvrwset.KVRead[]): Map<string, string | undefined> {
  return new Map(
    reads.map((read) => {
      const version = read.getVersion();
      return [read.getKey(), version && `${version.getBlockNum()}.${version.getTxNum()}`];
    }),
  );
}
