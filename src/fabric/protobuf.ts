/*
 * The few messages of Fabric's protocol that @hyperledger/fabric-gateway neither makes nor reads.
 */

/** Wire type of a field that has a length: bytes, texts and messages. */
const WITH_LENGTH = 2;
const BYTES_BY_WIRE_TYPE: Readonly<Record<number, number>> = { 1: 8, 5: 4 };

/** A `SignedCommitStatusRequest` for a transaction by its id. The gateway signs it. */
export function commitStatusRequest(
  { mspId, credentials }: { readonly mspId: string; readonly credentials: Uint8Array },
  channel: string,
  transactionId: string,
): Uint8Array {
  const creator = Buffer.concat([field(1, utf8(mspId)), field(2, credentials)]);
  return field(1, Buffer.concat([field(1, utf8(transactionId)), field(2, utf8(channel)), field(3, creator)]));
}

/** The validation code of a `ProcessedTransaction`, and when it was proposed by the clock of its client, in ISO 8601. */
export function processedTransaction(bytes: Uint8Array): {
  readonly code: number;
  readonly timestamp: string | undefined;
} {
  const processed = fieldsOf(bytes);
  const payload = messageIn(messageIn(processed, 1), 1);
  const channelHeader = messageIn(messageIn(payload, 1), 1);
  const timestamp = messageIn(channelHeader, 3);
  const seconds = Number(timestamp.get(1) ?? 0);
  const milliseconds = seconds * 1_000 + Math.floor(Number(timestamp.get(2) ?? 0) / 1_000_000);
  // What is zero is left out.
  return {
    code: Number(processed.get(2) ?? 0),
    timestamp: seconds > 0 ? new Date(milliseconds).toISOString() : undefined,
  };
}

/** How many blocks a channel has, by its `BlockchainInfo`. */
export function chainHeight(bytes: Uint8Array): number {
  return Number(fieldsOf(bytes).get(1) ?? 0);
}

type Fields = ReadonlyMap<number, number | Uint8Array>;

/** The fields of a message within another one; none if it is not there. */
function messageIn(fields: Fields, number: number): Fields {
  const bytes = fields.get(number);
  return bytes instanceof Uint8Array ? fieldsOf(bytes) : new Map();
}

/** The fields of a message by their numbers. */
function fieldsOf(bytes: Uint8Array): Fields {
  const fields = new Map<number, number | Uint8Array>();
  let at = 0;
  const varint = () => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = bytes[at++];
      if (byte === undefined) throw new RangeError('The message is cut short.');
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  };
  while (at < bytes.length) {
    const tag = varint();
    const [number, wireType] = [tag >>> 3, tag & 7];
    if (wireType === 0) fields.set(number, varint());
    else {
      const length = wireType === WITH_LENGTH ? varint() : BYTES_BY_WIRE_TYPE[wireType];
      if (length === undefined || at + length > bytes.length) throw new RangeError('The message is cut short.');
      fields.set(number, bytes.subarray(at, at + length));
      at += length;
    }
  }
  return fields;
}

function field(number: number, bytes: Uint8Array): Buffer {
  return Buffer.concat([varintOf((number << 3) | WITH_LENGTH), varintOf(bytes.length), bytes]);
}

function varintOf(value: number): Buffer {
  const bytes: number[] = [];
  let left = value;
  for (; left > 127; left >>>= 7) bytes.push((left & 127) | 128);
  bytes.push(left);
  return Buffer.from(bytes);
}

function utf8(text: string): Buffer {
  return Buffer.from(text, 'utf8');
}
